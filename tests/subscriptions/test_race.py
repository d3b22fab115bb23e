"""A subscriber that is cut off again and again while many write: it misses nothing and is told nothing twice."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.rules.ids import Prefix, shown
from app.rules.row_results import Outcome
from app.services import changes, uploads
from app.services.changes import ChangeSet
from app.store.database import Database
from app.worker import sequencer
from tests.feed import mutants
from tests.feed.world import Program, draft
from tests.live_exchange import Client, LiveExchange
from tests.waiting import PATIENCE

FOLLOW = """subscription ($after: String) { signalChanged(after: $after) {
    ... on ChangePage { items { signalId } endCursor caughtUp } } }"""
WRITERS = 12
# Of each writer at least; then it goes on until the subscriber was cut off so often.
ROUNDS = 10
CUTS = 12
MOST_ROUNDS = 200
# Seconds that a transaction stays open after it has written, at most.
LONGEST_COMMIT = 0.2
# Seconds in which nothing more may come.
QUIET = 1.0


@dataclass(frozen=True)
class Tally:
    """All zero if nothing went wrong: changes that were missed, and that were told more often than they happened."""

    unread: int = 0
    overread: int = 0


@dataclass
class Race:
    program: Program
    served: LiveExchange
    random: Random
    shared: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    cuts: int = 0
    is_written: asyncio.Event = field(default_factory=asyncio.Event)
    # All that was written is in the feed.
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> Tally:
        engine = create_async_engine(self.program.exchange.urls.serving, pool_size=WRITERS, max_overflow=0)
        following, moving = asyncio.create_task(self._follow()), asyncio.create_task(self._sequence())
        async with asyncio.TaskGroup() as writers:
            for number in range(WRITERS):
                writers.create_task(self._write(Database(engine), number))
        self.is_written.set()
        await moving
        self.is_over.set()
        await following
        await engine.dispose()
        return Tally(
            unread=len(self.shared.keys() - self.told.keys()),
            overread=sum(self.told[id] > count for id, count in self.shared.items()),
        )

    async def _write(self, database: Database, number: int) -> None:
        actor = await self.program.actor("alder")
        for round_number in range(MOST_ROUNDS):
            if round_number >= ROUNDS and self.cuts >= CUTS:
                return
            await asyncio.sleep(self.random.uniform(0, LONGEST_COMMIT))
            self.program.clock.forward(milliseconds=1)
            now = replace(actor, as_of=self.program.clock())
            async with database.write(now) as session:
                drafts = [draft(f"race-{number}-{round_number}")]
                (row,) = await uploads.upload(session, now, self.program.exchange.keyring, drafts)
                await asyncio.sleep(self.random.uniform(0, LONGEST_COMMIT))
            assert row.outcome is Outcome.CREATED
            self.shared[shown(Prefix.SIGNAL, row.signal_id or UUID(int=0))] += 1

    async def _sequence(self) -> None:
        while not self.is_written.is_set():
            await sequencer.sequence_all(self.served.worker)
            await asyncio.sleep(0.02)
        await sequencer.sequence_all(self.served.worker)

    async def _follow(self) -> None:
        """Connect, follow for a moment, be cut off; what was sent and not read counts as not told."""
        cursor: str | None = None
        while True:
            was_over = self.is_over.is_set()
            client = await self.served.client("elm")
            await client.subscribe(FOLLOW, after=cursor)
            cursor = await self._listen(client, cursor, was_over)
            self.cuts += 1
            client.socket.transport.abort()
            if was_over:
                return

    async def _listen(self, client: Client, cursor: str | None, to_the_end: bool) -> str | None:
        left, caught_up = self.random.randint(1, 3), False
        while to_the_end or left:
            left -= 1
            # At the end an event is owed until all was told, however slow the machine is; then none may come.
            patience = self.random.uniform(0.1, 0.5) if not to_the_end else QUIET if caught_up else PATIENCE
            try:
                event: Any = await client.event(patience=patience)
            except TimeoutError:
                break
            self.told.update(item["signalId"] for item in event["items"])
            cursor, caught_up = event["endCursor"], event["caughtUp"]
        return cursor


async def race(program: Program, served: LiveExchange) -> tuple[Race, Tally]:
    run = Race(program, served, Random(11))
    return run, await run.run()


async def test_nothing_is_missed_or_told_twice(program: Program, served: LiveExchange) -> None:
    run, tally = await race(program, served)
    assert tally == Tally()
    assert len(run.shared) >= WRITERS * ROUNDS
    assert run.cuts >= CUTS


async def test_positions_by_order_of_insert_are_caught(
    program: Program, served: LiveExchange, owner_engine: AsyncEngine
) -> None:
    async with mutants.POSITIONS_BY_ORDER_OF_INSERT.at_large(owner_engine):
        _, tally = await race(program, served)
    assert tally.unread > 0


async def test_a_cursor_that_does_not_move_is_caught(
    program: Program, served: LiveExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = changes.follow_from

    async def wrong(*given: Any) -> Any:
        found = await right(*given)
        return replace(found, end_cursor=found.start_cursor) if isinstance(found, ChangeSet) else found

    monkeypatch.setattr(changes, "follow_from", wrong)
    _, tally = await race(program, served)
    assert tally.overread > 0


async def test_a_cursor_that_runs_ahead_is_caught(
    program: Program, served: LiveExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the head of the feed is asked for after the page, what came in between is passed over."""
    head = changes.changes.head

    async def ahead(session: Any) -> int:
        return await head(session) + 1

    monkeypatch.setattr(changes.changes, "head", ahead)
    _, tally = await race(program, served)
    assert tally.unread > 0
