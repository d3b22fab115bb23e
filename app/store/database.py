"""Connections to the database, and the transactions that carry who is looking (architecture, section 3)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from app.errors import Forbidden
from app.rules.actor import Actor
from app.store import key_use
from app.store.live_keys import LiveKeys
from app.store.reader import Reader, who

# Connections of one process, and as many again while there is much to do; the embedded server accepts 100.
POOL_SIZE = 12
# Of these for one participant, whatever its clients ask at once; what is beyond waits for its turn, under the deadline
# of its operation. A third, so that two busy participants leave the others enough.
PARTICIPANT_CONNECTIONS = 8
# Seconds to wait for a free connection; no query may take longer.
FREE_CONNECTION_SECONDS = 10
# Milliseconds until a statement is given up; the deadline of the operation usually comes first.
STATEMENT_TIMEOUT_MS = 60_000

# One round trip. `true` makes each setting end with the transaction, as SET LOCAL does, so nothing of one viewer is
# left on a pooled connection; parameters keep the statement prepared, where literals would each be a new one.
_SAY_WHO = text(
    "SELECT set_config('lantern.participant', :participant, true), set_config('lantern.client', :client, true),"
    " set_config('lantern.groups', :groups, true), set_config('lantern.as_of', :as_of, true),"
    " set_config('lantern.sight', :sight, true), (SELECT epoch FROM key_use) AS key_epoch"
)
# The settings come first in the list, so the function finds the viewer, and so does the policy of `key_use`.
_SAY_WHO_AND_HOLD = text(f"{_SAY_WHO.text}, hold_viewer(:epoch, :status) AS stands")


@dataclass(frozen=True, slots=True)
class Database:
    """The serving role's connections; each transaction says on whose behalf it looks."""

    engine: AsyncEngine
    # The keys of this process, which follow what each transaction sees in use; null where they never change.
    keys: LiveKeys | None = None
    # Each lasts for as long as somebody holds it or waits for it.
    _turns: WeakValueDictionary[UUID, asyncio.Semaphore] = field(
        default_factory=WeakValueDictionary, repr=False, compare=False
    )

    reader: Reader = field(init=False, repr=False, compare=False)
    # The same connections, for transactions that see one moment.
    _snapshots: AsyncEngine = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", Reader(self.engine.url))
        object.__setattr__(self, "_snapshots", self.engine.execution_options(isolation_level="REPEATABLE READ"))

    @classmethod
    def at(cls, url: URL, keys: LiveKeys | None = None) -> "Database":
        return cls(connect(url), keys)

    @asynccontextmanager
    async def read(self, actor: Actor) -> AsyncIterator[AsyncSession]:
        """A transaction that sees what the actor may see, all of it at one moment, and never commits."""
        async with self._turn(actor), AsyncSession(self._snapshots, expire_on_commit=False) as session:
            told = (await session.execute(_SAY_WHO, who(actor))).one()
            await self._follow_keys(session, told.key_epoch)
            yield session

    @asynccontextmanager
    async def write(self, actor: Actor) -> AsyncIterator[AsyncSession]:
        """A transaction that commits when the block ends, and not at all when it raises.

        What the actor is stays so until then: who is suspended meanwhile, or leaves a group, has written before.
        Raises: Forbidden if it changed since the token was read.
        """
        async with self._turn(actor), AsyncSession(self.engine, expire_on_commit=False) as session:
            stood = {"epoch": actor.feed_epoch, "status": actor.status}
            told = (await session.execute(_SAY_WHO_AND_HOLD, who(actor) | stood)).one()
            if not told.stands:
                raise Forbidden("Your participant's status or groups have just changed: ask again.")
            await self._follow_keys(session, told.key_epoch)
            yield session
            await session.commit()

    @asynccontextmanager
    async def nobody(self) -> AsyncIterator[AsyncSession]:
        """A transaction without a viewer, for finding out who is asking; it sees no row of any table."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session
            await session.commit()

    async def answer(self, actor: Actor, statement: str, values: Sequence[object]) -> Any:
        """What a statement answers that says itself who looks, see `store.reader`."""
        async with self._turn(actor):
            return await self.reader.value(statement, values)

    async def close(self) -> None:
        await self.reader.close()
        await self.engine.dispose()

    async def _follow_keys(self, session: AsyncSession, epoch: int | None) -> None:
        if self.keys is not None:
            session.info[key_use.IN_USE] = await self.keys.follow(session, epoch)

    def _turn(self, actor: Actor) -> asyncio.Semaphore:
        """Held for a transaction; whoever holds one must not wait for another, or all could wait for each other."""
        return self._turns.setdefault(actor.participant_id, asyncio.Semaphore(PARTICIPANT_CONNECTIONS))


@asynccontextmanager
async def owner_session(owner: URL) -> AsyncIterator[AsyncSession]:
    """One transaction of the owner of the tables, committed after its block."""
    engine = create_async_engine(owner, poolclass=NullPool, hide_parameters=True)
    try:
        async with AsyncSession(engine) as session, session.begin():
            yield session
    finally:
        await engine.dispose()


def connect(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=FREE_CONNECTION_SECONDS,
        # One more round trip, so that a database that was restarted costs nobody an answer.
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "prepared_statement_cache_size": 500,
            "server_settings": {"statement_timeout": str(STATEMENT_TIMEOUT_MS), "jit": "off"},
        },
    )
