"""Everything that one participant sees of the exchange, read page by page, and the feed followed beside it."""

from dataclasses import dataclass, field
from typing import Any

from scripts.exchange_client import BATCH, Client, Refused
from scripts.scenario_truth import Graph, Identity, measures

_LINKS = """edges { node { id from { id } to { id } assertedBy { slug } } } pageInfo { hasNextPage endCursor }"""
_SIGNALS = f"""query Signals($after: String) {{ signals(first: 500, orderBy: CREATED_OLDEST_FIRST, after: $after) {{
  edges {{ node {{
    id type value
    contributions {{ id version updatedAt expiresAt contributor {{ slug }} }}
    feedbackSummary {{ verdicts {{ verdict participants }} }}
    links {{ {_LINKS} }}
  }} }}
  pageInfo {{ hasNextPage endCursor }}
}} }}"""
_MORE_LINKS = f"""query Links($id: ID!, $after: String) {{ signal(id: $id) {{
  links(first: {BATCH}, after: $after) {{ {_LINKS} }}
}} }}"""
_CHANGES = f"""query Changes($after: String) {{ changes(after: $after, first: {BATCH}) {{
  ... on ChangePage {{ items {{ signalId removed signal {{ type value }} }} endCursor caughtUp }}
  ... on ResyncRequired {{ startCursor }}
}} }}"""


@dataclass(frozen=True, slots=True)
class Statement:
    """A contribution as far as a second import might change it."""

    id: str
    contributor: str
    version: int
    updated_at: str
    expires_at: str


@dataclass(slots=True)
class World:
    """Signals and links by their ids; a link is its two ends and who asserts it."""

    signals: dict[str, Identity] = field(default_factory=dict)
    statements: dict[str, frozenset[Statement]] = field(default_factory=dict)
    verdicts: dict[str, dict[str, int]] = field(default_factory=dict)
    links: dict[str, tuple[frozenset[str], str]] = field(default_factory=dict)

    def contributors(self, signal_id: str) -> frozenset[str]:
        return frozenset(statement.contributor for statement in self.statements[signal_id])

    def graph(self) -> Graph:
        return Graph(frozenset(self.signals), frozenset(ends for ends, _ in self.links.values()))

    def measures(self) -> dict[str, object]:
        types = [type for type, _ in self.signals.values()]
        return measures(types, [len(said) for said in self.statements.values()], self.graph())

    def _add(self, signal: Any) -> None:
        id = signal["id"]
        self.signals[id] = (signal["type"], signal["value"])
        self.statements[id] = frozenset(
            Statement(said["id"], said["contributor"]["slug"], said["version"], said["updatedAt"], said["expiresAt"])
            for said in signal["contributions"]
        )
        tally = {counted["verdict"]: counted["participants"] for counted in signal["feedbackSummary"]["verdicts"]}
        if tally:
            self.verdicts[id] = tally

    def _add_links(self, page: Any) -> None:
        for edge in page["edges"]:
            link = edge["node"]
            self.links[link["id"]] = (frozenset((link["from"]["id"], link["to"]["id"])), link["assertedBy"]["slug"])


async def read(client: Client) -> World:
    """All that the client sees, each link once although both of its ends show it."""
    world = World()
    after = None
    while True:
        page = await client.ask(_SIGNALS, after=after)
        for edge in page["edges"]:
            world._add(edge["node"])
            await _read_links(client, world, edge["node"])
        if not page["pageInfo"]["hasNextPage"]:
            return world
        after = page["pageInfo"]["endCursor"]


async def _read_links(client: Client, world: World, signal: Any) -> None:
    page = signal["links"]
    world._add_links(page)
    while page["pageInfo"]["hasNextPage"]:
        page = (await client.ask(_MORE_LINKS, id=signal["id"], after=page["pageInfo"]["endCursor"]))["links"]
        world._add_links(page)


@dataclass(slots=True)
class Follower:
    """A consumer of the change feed, with the copy that it keeps."""

    client: Client
    copy: dict[str, Identity] = field(default_factory=dict)
    _cursor: str | None = None

    async def catch_up(self) -> int:
        """Take in what changed since the last time; says how many changes that were.

        Raises: Refused if the feed starts a new epoch, which nothing in the scenario causes.
        """
        seen = 0
        while True:
            page = await self.client.ask(_CHANGES, after=self._cursor)
            if "startCursor" in page:
                raise Refused("The feed wants a new start.")
            for change in page["items"]:
                if change["removed"]:
                    self.copy.pop(change["signalId"], None)
                else:
                    self.copy[change["signalId"]] = (change["signal"]["type"], change["signal"]["value"])
            seen += len(page["items"])
            self._cursor = page["endCursor"]
            if page["caughtUp"]:
                return seen
