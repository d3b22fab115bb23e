"""Playing a world from its seed, and letting everybody in it look through every channel."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

import httpx
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.graphql.execution import ReadEngine
from app.rules.keyring import Keyring
from app.rules.scopes import ALLOWED, Scope
from app.rules.tokens import AccessTokens
from app.store.database import Database, connect
from app.store.database_urls import DatabaseUrls
from app.store.tables import metadata
from app.web import asgi
from app.worker import sequencer
from tests.demo_exchange import ISSUER, Clock
from tests.oracle import people
from tests.oracle.asking import Exchange
from tests.oracle.channels import FOR_OPERATORS, Channel, Difference, Look, Mark, Tally, compare
from tests.oracle.documents import document
from tests.oracle.facts import Participant
from tests.oracle.feed_channels import FROM_START, replayed
from tests.oracle.scene import Scene
from tests.oracle.world import World

# Acts of a world between its opening and its end.
ACTS = 9


@dataclass
class Played:
    """A world that has come to its end, and where readers of the feed stood half-way."""

    seed: int
    world: World
    marks: dict[Participant, Mark] = field(default_factory=dict)

    def look(self, viewer: Participant) -> Look:
        scene = self.world.scene
        return Look(scene.oracle, viewer, scene.history, self.marks.get(viewer), self.seed, self.world.values)

    def viewers(self) -> list[Participant]:
        return self.world.scene.facts.participants

    def one_viewer(self, channels: Sequence[Channel]) -> list[Participant]:
        """One of those to whom all these channels are open, but for the ones of operators."""
        plain = [channel for channel in channels if channel.name not in FOR_OPERATORS]
        able = [viewer for viewer in self.viewers() if all(map(self.look(viewer).may, plain))]
        # Who stands half-way in the feed has more to compare.
        marked = [viewer for viewer in able if viewer in self.marks]
        rng = Random(f"{self.seed} {channels[0].name}")
        return [rng.choice(marked if marked and "changes" in channels[0].name else able)]


@dataclass
class Stage:
    """A served exchange, emptied before each world."""

    owner: AsyncEngine
    worker: AsyncEngine
    database: Database
    keyring: Keyring
    clock: Clock
    exchange: Exchange

    async def play(self, seed: int) -> Played:
        """The whole world of this seed, in an empty exchange."""
        rng = Random(seed)
        played = Played(seed, World(await self.scene(rng), rng))
        await played.world.open()
        await self._mark(played)
        await played.world.go_on(ACTS)
        await played.world.end()
        await sequencer.sequence_all(self.worker)
        return played

    async def scene(self, rng: Random) -> Scene:
        """An exchange with people and groups, in which nothing has happened yet."""
        await self.empty()
        self.clock.now = Clock().now
        scene = Scene(self.database, self.worker, self.keyring, self.clock)
        await people.settle(self.owner, scene.facts, rng, self.keyring, self.clock())
        return scene

    async def empty(self) -> None:
        async with self.owner.begin() as connection:
            await connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)}"))

    async def _mark(self, played: Played) -> None:
        """One reads the whole feed half-way, and keeps the cursor and a copy."""
        await sequencer.sequence_all(self.worker)
        readers = [p for p in played.world.scene.facts.participants if Scope.FEED_READ in ALLOWED[p.kind]]
        for reader in played.world.some(readers, 1):
            page = (await self.exchange.ask(reader, FROM_START, {}))["changes"]
            copy = replayed({}, page["items"])
            played.marks[reader] = Mark(self.clock(), page["endCursor"], copy)
        played.world.scene.pause(seconds=1)


async def differences(
    exchange: Exchange, played: Played, channels: Sequence[Channel], tally: Tally, viewers: Iterable[Participant]
) -> list[Difference]:
    """Everything in which what comes back is not what the oracle says."""
    found: list[Difference] = []
    for viewer in viewers:
        look = played.look(viewer)
        open_to = [channel for channel in channels if look.may(channel)]
        if not open_to:
            continue
        variables = {name: value for channel in open_to for name, value in channel.given(look).items()}
        data = await exchange.ask(viewer, _asking(open_to), variables)
        found += [difference for channel in open_to for difference in compare(channel, look, data, tally)]
    return found


def _asking(channels: Sequence[Channel]) -> str:
    return document((c.fields for c in channels), (variable for c in channels for variable in c.variables))


@asynccontextmanager
async def staged(urls: DatabaseUrls) -> AsyncIterator[Stage]:
    """An exchange on this database."""
    keyring, clock = Keyring.generate(), Clock()
    owner, worker, database = create_async_engine(urls.owner), connect(urls.worker), Database(few(urls.serving))
    async with served(database, keyring, clock) as exchange:
        yield Stage(owner, worker, database, keyring, clock, exchange)
    await database.close()
    for engine in (owner, worker):
        await engine.dispose()


def few(url: URL) -> AsyncEngine:
    """Few connections, as each prepares every statement for itself."""
    cache = {"prepared_statement_cache_size": 1_000, "server_settings": {"jit": "off"}}
    return create_async_engine(url, pool_size=4, max_overflow=0, connect_args=cache)


@asynccontextmanager
async def served(
    database: Database, keyring: Keyring, clock: Clock, engine: ReadEngine = ReadEngine.COMPILED
) -> AsyncIterator[Exchange]:
    """The application on this database, reached over HTTP within the process."""
    application = asgi.build(database, keyring, ISSUER, clock, asgi.Serving(engine))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application)) as http:
        yield Exchange(http, AccessTokens.of(ISSUER, keyring), clock)
