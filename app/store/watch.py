"""Waking whoever waits for changes: a process hears that something changed, and looks once for each participant.

What it hears is a hint without content: who is woken reads for itself what it may see, and what was not heard is found
by looking every few seconds.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias, cast
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from app.rules.actor import Actor
from app.store import clients, looks
from app.store.clients import Standing
from app.store.looks import News, Since
from app.store.reader import DIALECT
from app.store.statements import Driver

log = structlog.get_logger("lantern.watch")

# What the sequencer notifies, when it has moved something.
CHANNEL = "lantern_changes"

# Seconds until a look that nothing called for; whether tokens still stand is asked then too.
LOOK_EVERY = 10.0
# Seconds between two looks, however much changes; the sequencer itself comes every 0.2.
LEAST_PAUSE = 0.05
# Those of one participant that read at a time; connections are few, and requests need them too.
READ_AT_ONCE = 2
# Seconds to wait after the connection was lost.
_AFTER_FAILURE = 1.0

_OPTIONS = {
    # A look goes along indexes, whatever the planner guesses of positions that it is not told.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "statement_timeout": "60000",
    "jit": "off",
    "timezone": "UTC",
    "max_parallel_workers_per_gather": "0",
}
_LOST = (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


class Topic(Enum):
    """What is waited for."""

    SIGNALS = 1
    FEEDBACK = 2
    CASE = 3


@dataclass(eq=False, slots=True)
class Waiting:
    """One that has read up to a position: of the feed, or of the events of a case."""

    actor: Actor
    standing: Standing
    topic: Topic
    position: int
    case_id: UUID | None = None
    woken: asyncio.Future[None] = field(init=False)

    @property
    def looks_as(self) -> tuple[object, ...]:
        """Those for whom one look is enough."""
        actor = self.actor
        return actor.participant_id, actor.participant_class, actor.status, actor.groups

    @property
    def token(self) -> tuple[UUID, str]:
        return self.actor.bearer_id, self.standing.token_id

    def wake(self) -> None:
        if not self.woken.done():
            self.woken.set_result(None)


Together: TypeAlias = dict[Waiting, None]
"""Those who wait, in the order in which they came."""


@dataclass(slots=True)
class Watch:
    """Of one process, with a connection of its own for as long as it runs; `clock` says the moment of a look."""

    url: URL
    clock: Callable[[], datetime]
    # How often it heard of something. Note it before reading, and say it when there is nothing more to read.
    heard: int = 0
    # Statements that looked, for those who count.
    asked: int = 0
    _waiting: defaultdict[tuple[object, ...], Together] = field(default_factory=lambda: defaultdict(dict))
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _turns: defaultdict[UUID, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(READ_AT_ONCE))
    )

    def turn(self, participant_id: UUID) -> asyncio.Semaphore:
        """To be held while one reads that was woken: where hundreds are, they read one after the other."""
        return self._turns[participant_id]

    async def until_changed(self, waiting: Waiting, heard: int) -> None:
        """Wait until something may have changed for it after its position, or whoever waits is not what it was.

        `heard` is what it was before it read up to there: what is heard of while it reads is looked for again.
        """
        waiting.woken = asyncio.get_running_loop().create_future()
        together = self._waiting[waiting.looks_as]
        together[waiting] = None
        if heard != self.heard:
            self._news.set()
        try:
            await waiting.woken
        finally:
            together.pop(waiting, None)
            if not together:
                self._waiting.pop(waiting.looks_as, None)

    @property
    def waiting(self) -> int:
        return sum(map(len, self._waiting.values()))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen and look for as long as the block runs."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            try:
                async with self._listening() as driver:
                    self._hear()
                    await self._attend(driver)
            except _LOST as error:
                # The driver's texts may hold values, so only the kind of failure is told.
                log.error("watch interrupted", error=type(error).__name__)
            except Exception as error:  # whatever it was: subscriptions must not wait for ever
                log.error("watch failed", error=type(error).__name__)
            await asyncio.sleep(_AFTER_FAILURE)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[Driver]:
        _, options = DIALECT.create_connect_args(self.url)
        driver = cast(Driver, await asyncpg.connect(**options, server_settings=_OPTIONS))
        try:
            driver.add_termination_listener(self._hear)
            await driver.add_listener(CHANNEL, self._hear)
            yield driver
        finally:
            driver.terminate()

    def _hear(self, *_: Any) -> None:
        self.heard += 1
        self._news.set()

    async def _attend(self, driver: Driver) -> None:
        """Look whenever something is heard, or nothing was for a while."""
        loop = asyncio.get_running_loop()
        checked = loop.time()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_EVERY)
            self._news.clear()
            if loop.time() - checked >= LOOK_EVERY:
                await self.check_tokens(driver)
                checked = loop.time()
            await self.look(driver)
            await asyncio.sleep(LEAST_PAUSE)

    async def look(self, driver: Driver) -> None:
        """Wake those for whom there is something, by one statement for each participant that waits."""
        for together in list(self._waiting.values()):
            those = list(together)
            if those:
                actor = those[0].actor.at(self.clock())
                self.asked += 1
                _wake(those, await looks.look(driver, actor, _since(those)))

    async def check_tokens(self, driver: Driver) -> None:
        """Wake those whose token was revoked, or whose bearer is not what it was; one statement for all."""
        those = [waiting for together in self._waiting.values() for waiting in together]
        if not those:
            return
        self.asked += 1
        bearers = await clients.bearers_of(driver, {waiting.token for waiting in those})
        for waiting in those:
            if bearers.get(waiting.token) != waiting.standing.bearer:
                waiting.wake()


def _since(those: Iterable[Waiting]) -> Since:
    positions = {topic: [w.position for w in those if w.topic is topic] for topic in (Topic.SIGNALS, Topic.FEEDBACK)}
    cases: dict[UUID, int] = {}
    for waiting in those:
        if waiting.case_id is not None:
            cases[waiting.case_id] = min(waiting.position, cases.get(waiting.case_id, waiting.position))
    least = {topic: min(found, default=None) for topic, found in positions.items()}
    return Since(least[Topic.SIGNALS], least[Topic.FEEDBACK], list(cases.items()))


def _wake(those: Iterable[Waiting], news: News) -> None:
    changed = {Topic.SIGNALS: news.changes, Topic.FEEDBACK: news.feedback}
    for waiting in those:
        if changed.get(waiting.topic, waiting.case_id in news.cases):
            waiting.wake()
        elif waiting.topic is not Topic.CASE:
            # Nothing up to there is for it: the next look begins there.
            waiting.position = max(waiting.position, news.head)
