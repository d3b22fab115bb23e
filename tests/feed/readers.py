"""Those who follow the change feed: by the service or over HTTP, and the copies that they keep of what they see."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import httpx

from app.rules.cursors import Cursors
from app.rules.ids import Prefix, shown
from app.rules.signal_lists import SignalFilter
from app.rules.summaries import summary
from app.rules.verdicts import Verdict
from app.services import changes, signals
from app.services.changes import FreshStart
from app.store import feedback
from app.store.pages import Window
from app.store.signals import SeenSignal
from tests.feed.world import Program
from tests.served_exchange import Session

Shown: TypeAlias = dict[str, Any]
"""What a reader sees of a signal."""

SIGNAL = """id type value violations severity confidence handling createdAt updatedAt contributors { slug }
    contributions { id version programWide updatedAt }
    feedbackSummary { opinion participants verdicts { verdict participants } }"""
CHANGES = f"""query ($after: String, $first: Int!) {{ changes(after: $after, first: $first) {{
    __typename
    ... on ChangePage {{ items {{ signalId removed signal {{ {SIGNAL} }} }} startCursor endCursor caughtUp }}
    ... on ResyncRequired {{ code startCursor }} }} }}"""
SIGNALS = f"""query ($after: String) {{ signals(first: 50, after: $after) {{
    edges {{ node {{ {SIGNAL} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""

# Times that a reader over HTTP asks for one page.
PATIENCE = 5


@dataclass(frozen=True)
class Page:
    """One page of the feed; of a removed signal nothing is shown."""

    items: Sequence[tuple[str, Shown | None]]
    end: str
    caught_up: bool


class Reader(Protocol):
    async def page(self, after: str | None, first: int) -> Page | str:
        """The page, or the cursor from which to start afresh."""

    async def everything(self) -> dict[str, Shown]:
        """What a full read shows, by id."""


@dataclass(frozen=True)
class ServiceReader:
    """Calls the services, as a participant that acts at the moment of the call."""

    program: Program
    slug: str

    async def page(self, after: str | None, first: int) -> Page | str:
        exchange, actor = self.program.exchange, await self.program.actor(self.slug)
        async with exchange.database.read(actor) as session:
            cursors = Cursors(exchange.keyring, actor.participant_id)
            found = await changes.follow(session, actor, cursors, after, first)
            if isinstance(found, FreshStart):
                return found.start_cursor
            tallies = await feedback.tallies(session, actor, [id for id, seen in found.items if seen])
        items = [(_name(id), None if seen is None else _shown(seen, tallies)) for id, seen in found.items]
        return Page(items, found.end_cursor, found.caught_up)

    async def everything(self) -> dict[str, Shown]:
        actor, window, found = await self.program.actor(self.slug), Window(10), list[SeenSignal]()
        async with self.program.exchange.database.read(actor) as session:
            while True:
                page = await signals.find(session, actor, SignalFilter(), window)
                found += [seen for _, seen in page.items]
                if not page.has_next:
                    break
                window = Window(10, page.items[-1][0])
            tallies = await feedback.tallies(session, actor, [seen.row.id for seen in found])
        return {_name(seen.row.id): _shown(seen, tallies) for seen in found}


def _name(id: Any) -> str:
    return shown(Prefix.SIGNAL, id)


def _shown(seen: SeenSignal, tallies: dict[Any, dict[Verdict, int]]) -> Shown:
    told = summary(seen.contributions)
    stated = [(row.id, row.version, row.program_wide, row.updated_at) for row in seen.contributions]
    derived = {name: getattr(told, name) for name in told.__slots__}
    return derived | {"stated": stated, "tally": tallies.get(seen.row.id, {})}


@dataclass(eq=False)
class ApiReader:
    """Asks over HTTP, with one token for as long as the clock stands still."""

    http: httpx.AsyncClient
    program: Program
    slug: str
    token: str = ""

    async def ask(self, document: str, **variables: Any) -> Any:
        """As a patient client does: again where the exchange had no time, as on a machine that is busy elsewhere."""
        for _ in range(PATIENCE):
            answer = await self._answer(document, variables)
            if "TOO_MANY" not in {error["extensions"]["code"] for error in answer.get("errors", ())}:
                break
        assert "errors" not in answer, answer["errors"]
        (found,) = answer["data"].values()
        return found

    async def _answer(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        if not self.token:
            self.token = await Session(self.http, self.program.exchange.client(self.slug)).token()
        headers, body = {"Authorization": f"Bearer {self.token}"}, {"query": document, "variables": variables}
        response = await self.http.post("/graphql", json=body, headers=headers)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self.token = ""
            return await self._answer(document, variables)
        answer: dict[str, Any] = response.json()
        return answer

    async def page(self, after: str | None, first: int) -> Page | str:
        found = await self.ask(CHANGES, after=after, first=first)
        if found["__typename"] == "ResyncRequired":
            return str(found["startCursor"])
        assert all(item["removed"] == (item["signal"] is None) for item in found["items"])
        items = [(item["signalId"], item["signal"]) for item in found["items"]]
        return Page(items, found["endCursor"], found["caughtUp"])

    async def everything(self) -> dict[str, Shown]:
        found, after, more = dict[str, Shown](), None, True
        while more:
            page = await self.ask(SIGNALS, after=after)
            found |= {edge["node"]["id"]: edge["node"] for edge in page["edges"]}
            more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
        return found


@dataclass
class Replica:
    """A copy of what one reader sees, fed by its change feed alone; `told` counts what it was told."""

    items: dict[str, Shown] = field(default_factory=dict)
    cursor: str | None = None
    told: Counter[str] = field(default_factory=Counter)

    def copy(self) -> "Replica":
        return Replica(dict(self.items), self.cursor)

    async def follow(self, reader: Reader, first: int, pages: int | None = None) -> None:
        """Until it has caught up, or for so many pages."""
        while pages is None or pages > 0:
            page = await reader.page(self.cursor, first)
            if isinstance(page, str):
                self.items, self.cursor = {}, page
                self.told["resync"] += 1
                continue
            self._apply(page)
            if page.caught_up:
                return
            pages = None if pages is None else pages - 1

    def _apply(self, page: Page) -> None:
        for id, signal in page.items:
            self.told["removed" if signal is None else "changed" if id in self.items else "new"] += 1
            if signal is None:
                self.items.pop(id, None)
            else:
                self.items[id] = signal
        self.cursor = page.end


def difference(copy: dict[str, Shown], full: dict[str, Shown]) -> dict[str, tuple[Shown | None, Shown | None]]:
    """By id, what the copy and the full read hold where they differ."""
    return {id: (copy.get(id), full.get(id)) for id in copy.keys() | full.keys() if copy.get(id) != full.get(id)}
