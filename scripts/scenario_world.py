"""Everything that one participant sees of the exchange, read page by page, and the feed followed beside it."""

from dataclasses import dataclass, field
from typing import Any

from scripts.exchange_client import BATCH, Client, Refused
from scripts.scenario_truth import Graph, Identity, measures

# Signals of one page: with their links they take long enough.
_PAGE = 250
_LINKS = "edges { node { id assertedBy { slug } } } pageInfo { hasNextPage endCursor }"
_SIGNALS = f"""query Signals($after: String, $feedback: Boolean!) {{
  signals(first: {_PAGE}, orderBy: CREATED_OLDEST_FIRST, after: $after) {{
    edges {{ node {{
      id type value
      contributions {{ id version updatedAt expiresAt contributor {{ slug }} }}
      feedbackSummary @include(if: $feedback) {{ verdicts {{ verdict participants }} }}
      links {{ {_LINKS} }}
    }} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
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
class Link:
    """A link by the signals that show it, which are its two ends."""

    asserted_by: str
    ends: set[str] = field(default_factory=set)


@dataclass(slots=True)
class World:
    """Signals and links by their ids."""

    signals: dict[str, Identity] = field(default_factory=dict)
    statements: dict[str, frozenset[Statement]] = field(default_factory=dict)
    verdicts: dict[str, dict[str, int]] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)

    def contributors(self, signal_id: str) -> frozenset[str]:
        return frozenset(statement.contributor for statement in self.statements[signal_id])

    def statement_of(self, contributor: str, signal_id: str) -> Statement:
        (found,) = (said for said in self.statements[signal_id] if said.contributor == contributor)
        return found

    def graph(self) -> Graph:
        return Graph(frozenset(self.signals), frozenset(frozenset(link.ends) for link in self.links.values()))

    def measures(self) -> dict[str, object]:
        types = [type for type, _ in self.signals.values()]
        return measures(types, [len(said) for said in self.statements.values()], self.graph())

    def add(self, signal: Any) -> None:
        id = signal["id"]
        self.signals[id] = (signal["type"], signal["value"])
        self.statements[id] = frozenset(
            Statement(said["id"], said["contributor"]["slug"], said["version"], said["updatedAt"], said["expiresAt"])
            for said in signal["contributions"]
        )
        given = signal.get("feedbackSummary", {"verdicts": []})["verdicts"]
        if given:
            self.verdicts[id] = {counted["verdict"]: counted["participants"] for counted in given}

    def add_links(self, signal_id: str, page: Any) -> None:
        for edge in page["edges"]:
            said = edge["node"]
            self.links.setdefault(said["id"], Link(said["assertedBy"]["slug"])).ends.add(signal_id)


async def read(client: Client, *, feedback: bool = False) -> World:
    """All that the client sees, with the feedback only if it is asked for."""
    world = World()
    after = None
    while True:
        page = await client.ask(_SIGNALS, after=after, feedback=feedback)
        for edge in page["edges"]:
            world.add(edge["node"])
            await _read_links(client, world, edge["node"])
        if not page["pageInfo"]["hasNextPage"]:
            return world
        after = page["pageInfo"]["endCursor"]


async def _read_links(client: Client, world: World, signal: Any) -> None:
    page = signal["links"]
    world.add_links(signal["id"], page)
    while page["pageInfo"]["hasNextPage"]:
        page = (await client.ask(_MORE_LINKS, id=signal["id"], after=page["pageInfo"]["endCursor"]))["links"]
        world.add_links(signal["id"], page)


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
