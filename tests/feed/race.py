"""A race for the feed: many writers that commit late, sequencers that are killed, and a reader that polls meanwhile."""

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random
from uuid import UUID

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.rules.actor import Actor
from app.rules.drafts import SignalDraft
from app.rules.ids import Prefix, shown
from app.rules.labels import Severity
from app.rules.row_results import Outcome, RowResult
from app.services import uploads
from app.store.database import Database, connect
from app.worker import sequencer
from tests.feed.readers import ApiReader
from tests.feed.world import LABELS, Program, draft

WRITERS = ("alder", "birch", "cedar", "dogwood")
# It is in no group, so it sees what is shared with the program alone.
READER = "elm"
# Seconds that a transaction stays open after it has written.
LONGEST_COMMIT = 0.25
# Seconds that a sequencer lives; it takes about 0.1 to start.
LIFETIMES = (0.05, 0.5)

_processes = multiprocessing.get_context("forkserver")
# What a sequencer needs is loaded once, so that each starts at once.
_processes.set_forkserver_preload(["app.worker.sequencer", "app.store.database", "pytest", __name__])


@dataclass(frozen=True)
class Size:
    writers: int = 64
    rounds: int = 3
    kills: int = 24
    # What the reader asks for at a time, by chance; one that asks for little falls behind the writers.
    pages: tuple[int, ...] = (1, 5, 100)


@dataclass(frozen=True)
class Tally:
    """What went wrong; all zero if nothing did.

    `lost` and `doubled` count changes in the feed against those committed, `gaps` positions that are not 1 to n,
    `unread` and `overread` changes that the reader missed or was told too often, `foreign` what it may not see.
    """

    lost: int = 0
    doubled: int = 0
    gaps: int = 0
    unread: int = 0
    overread: int = 0
    foreign: int = 0


class Abandoned(Exception):
    """A writer gives up at the last moment."""


@dataclass
class Race:
    program: Program
    owner: AsyncEngine
    random: Random
    size: Size
    # By signal: how many changes were committed, of those that the reader may see and of the others.
    public: Counter[UUID] = field(default_factory=Counter)
    private: Counter[UUID] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    abandoned: int = 0
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, reader: ApiReader) -> Tally:
        async with _many_connections(self.program, self.size.writers) as database, asyncio.TaskGroup() as around:
            around.create_task(self._poll(reader))
            around.create_task(self._keep_killing(delay=0))
            around.create_task(self._keep_killing(delay=1))
            async with asyncio.TaskGroup() as writers:
                for number in range(self.size.writers):
                    writers.create_task(self._write(database, number))
            await self._sequence_the_rest()
            self.is_over.set()
        return await self._tally()

    async def _write(self, database: Database, number: int) -> None:
        """In each round two new signals, one for the program and one for a group, and one changed again."""
        actor = await self.program.actor(WRITERS[number % len(WRITERS)])
        for round_number in range(self.size.rounds):
            severity = self.random.choice(list(Severity))
            new = (draft(f"new-{number}-{round_number}"), draft(f"group-{number}-{round_number}", actor.groups[0]))
            again = draft(f"again-{number}", labels=replace(LABELS, severity=severity))
            await asyncio.sleep(self.random.uniform(0, LONGEST_COMMIT))
            try:
                await self._upload(database, actor, [again, *new])
            except Abandoned:
                self.abandoned += 1

    async def _upload(self, database: Database, actor: Actor, drafts: list[SignalDraft]) -> None:
        self.program.clock.forward(milliseconds=1)
        actor = replace(actor, as_of=self.program.clock())
        async with database.write(actor) as session:
            results = await uploads.upload(session, actor, self.program.exchange.keyring, drafts)
            await asyncio.sleep(self.random.uniform(0, LONGEST_COMMIT))
            if self.random.random() < 0.1:
                raise Abandoned
        self.public.update(_changed(results[:2]))
        self.private.update(_changed(results[2:]))

    async def _poll(self, reader: ApiReader) -> None:
        """Ask again and again, from one cursor to the next, until all is over and the reader has caught up."""
        after = None
        while True:
            was_over = self.is_over.is_set()
            page = await reader.page(after, self.random.choice(self.size.pages))
            assert not isinstance(page, str), "nobody's sight changed"
            self.told.update(id for id, _ in page.items)
            after = page.end
            if page.caught_up and was_over:
                return
            await asyncio.sleep(self.random.uniform(0, 0.03))

    async def _keep_killing(self, delay: float) -> None:
        """Start a sequencer in a process of its own and kill it, over and over; a second one joins in later."""
        await asyncio.sleep(delay)
        while not self.is_over.is_set() or self.kills < self.size.kills:
            process = _processes.Process(target=sequence_for_ever, args=(self.program.exchange.urls.worker,))
            process.start()
            await asyncio.sleep(self.random.uniform(*LIFETIMES))
            process.kill()
            await asyncio.to_thread(process.join)
            self.kills += 1

    async def _sequence_the_rest(self) -> None:
        """The last sequencer to be killed may have left rows behind."""
        while await self._scalar("SELECT count(*) FROM inbox"):
            await self.program.sequence()
            await asyncio.sleep(0.02)

    async def _scalar(self, query: str) -> int:
        async with self.owner.connect() as connection:
            return int(await connection.scalar(text(query)) or 0)

    async def _tally(self) -> Tally:
        async with self.owner.connect() as connection:
            rows = (await connection.execute(text("SELECT position, signal_id FROM feed ORDER BY position"))).all()
        committed, placed = self.public + self.private, Counter(signal_id for _, signal_id in rows)
        visible = {shown(Prefix.SIGNAL, id): changes for id, changes in self.public.items()}
        return Tally(
            lost=(committed - placed).total(),
            doubled=(placed - committed).total(),
            gaps=sum(position != place for place, (position, _) in enumerate(rows, 1)),
            unread=len(visible.keys() - self.told.keys()),
            overread=sum(self.told[id] > changes for id, changes in visible.items()),
            foreign=len(self.told.keys() - visible.keys()),
        )


def _changed(results: list[RowResult]) -> list[UUID]:
    assert all(result.rejection is None for result in results), results
    return [r.signal_id for r in results if r.signal_id and r.outcome in (Outcome.CREATED, Outcome.UPDATED)]


@asynccontextmanager
async def _many_connections(program: Program, most: int) -> AsyncIterator[Database]:
    """So that all writers have a transaction open at the same time."""
    engine = create_async_engine(program.exchange.urls.serving, pool_size=most, max_overflow=0)
    yield Database(engine)
    await engine.dispose()


def sequence_for_ever(url: URL) -> None:
    asyncio.run(_sequence_for_ever(url))


async def _sequence_for_ever(url: URL) -> None:
    engine = connect(url)
    while True:
        await sequencer.sequence_all(engine)
        await asyncio.sleep(0.01)
