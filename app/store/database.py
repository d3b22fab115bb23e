"""Connections to the database, and the transactions that carry who is looking (architecture, section 3)."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from app.errors import Forbidden
from app.rules.actor import Actor
from app.rules.key_use import KeyUse
from app.store import connections, key_use
from app.store.clients import Changed, Standing
from app.store.connections import Opened
from app.store.live_keys import LiveKeys
from app.store.reader import Reader, array_of, who
from app.store.statements import Driver

T = TypeVar("T")

# Connections of one process, and as many again while there is much to do; the embedded server accepts 100.
POOL_SIZE = 12
# Of these for one participant, whatever its clients ask at once; what is beyond waits for its turn, under the deadline
# of its operation. A third, so that two busy participants leave the others enough.
PARTICIPANT_CONNECTIONS = 8
# Seconds to wait for a free connection; no query may take longer.
FREE_CONNECTION_SECONDS = 10
# Milliseconds until a statement is given up; the deadline of the operation usually comes first.
STATEMENT_TIMEOUT_MS = 60_000

# What a message answers whose last statement gave no row, one or two.
_STANDS_NOT, _BY_OTHER_KEYS = "SELECT 0", "SELECT 1"


@dataclass(frozen=True, slots=True)
class Database:
    """The serving role's connections; each transaction says on whose behalf it looks.

    What begins it, who is looking, and for a write that this still stands, travel as one message. Its settings are
    LOCAL, so nothing of one viewer is left on a connection when the transaction ends. It holds literals, all of them
    ours: ids, a time and two words.
    """

    engine: AsyncEngine
    # The keys of this process, which follow what each transaction sees in use; null where they never change.
    keys: LiveKeys | None = None
    # One for each participant that has asked; there are never more than participants.
    _turns: defaultdict[UUID, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(PARTICIPANT_CONNECTIONS)),
        repr=False,
        compare=False,
    )

    reader: Reader = field(init=False, repr=False, compare=False)
    # The same connections, on which SQLAlchemy neither begins nor ends a transaction.
    _plain: AsyncEngine = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", Reader(self.engine.url))
        object.__setattr__(self, "_plain", self.engine.execution_options(isolation_level="AUTOCOMMIT"))

    @classmethod
    def at(cls, url: URL, keys: LiveKeys | None = None) -> "Database":
        return cls(connect(url, tried_before_use=False), keys)

    @asynccontextmanager
    async def read(self, actor: Actor, standing: Standing | None = None) -> AsyncIterator[AsyncSession]:
        """A transaction that sees what the actor may see, all of it at one moment, and never commits.

        Raises: Changed if the actor is not what was remembered of it.
        """
        known = self._known_keys()
        stands = "true" if standing is None else _as_remembered(standing)
        opening = f"BEGIN ISOLATION LEVEL REPEATABLE READ; {_who(actor, standing)}; {_asks(stands, known)}"
        async with self._turn(actor), connections.opened(self._plain, opening) as opened:
            if opened.said == _STANDS_NOT:
                raise Changed
            await self._follow_keys(opened, known)
            yield opened.session
            await opened.roll_back()

    @asynccontextmanager
    async def write(self, actor: Actor, standing: Standing | None = None) -> AsyncIterator[AsyncSession]:
        """A transaction that commits when the block ends, and not at all when it raises.

        What the actor is stays so until then: who is suspended meanwhile, or leaves a group, has written before.
        Raises: Forbidden if it changed since the token was read; Changed if it is not what was remembered of it.
        """
        known = self._known_keys()
        stands = f"hold_viewer({actor.feed_epoch:d}, {_quoted(actor.status)})"
        if standing is not None:
            stands = f"{stands} AND {_as_remembered(standing)}"
        opening = f"BEGIN ISOLATION LEVEL READ COMMITTED; {_who(actor, standing)}; {_asks(stands, known)}"
        async with self._turn(actor), connections.opened(self._plain, opening) as opened:
            if opened.said == _STANDS_NOT and standing is not None:
                raise Changed
            if opened.said == _STANDS_NOT:
                raise Forbidden("Your participant's status or groups have just changed: ask again.")
            await self._follow_keys(opened, known)
            yield opened.session
            await opened.commit()

    @asynccontextmanager
    async def nobody(self) -> AsyncIterator[AsyncSession]:
        """A transaction without a viewer, for finding out who is asking; it sees no row of any table."""
        async with connections.opened(self._plain, "BEGIN") as opened:
            yield opened.session
            await opened.commit()

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[AsyncSession]:
        """A transaction that signs somebody in, or goes on with that; it has no viewer, and sees nothing else."""
        async with connections.opened(self._plain, "BEGIN; SET LOCAL lantern.desk = 'on'") as opened:
            yield opened.session
            await opened.commit()

    async def glance(self, look: Callable[[Driver], Awaitable[T]]) -> T:
        """What one reading statement without a viewer finds, in a transaction of its own."""
        return await connections.glance(self._plain, look)

    async def answer(self, actor: Actor, statement: str, values: Sequence[object]) -> Any:
        """What a statement answers that says itself who looks, see `store.reader`."""
        async with self._turn(actor):
            return await self.reader.value(statement, values)

    async def act(self, actor: Actor, statement: str, values: Sequence[object]) -> Any:
        """The same of one that writes. It is its own transaction, and is not sent a second time."""
        async with self._turn(actor):
            return await self.reader.once(statement, values)

    async def close(self) -> None:
        await self.reader.close()
        await self.engine.dispose()

    def _known_keys(self) -> KeyUse | None:
        return None if self.keys is None else self.keys.in_use

    async def _follow_keys(self, opened: Opened, known: KeyUse | None) -> None:
        if self.keys is None:
            return
        use = known
        if opened.said == _BY_OTHER_KEYS:
            use = await self.keys.follow(opened.session, await opened.driver.fetchval("SELECT epoch FROM key_use"))
        opened.session.info[key_use.IN_USE] = use

    def _turn(self, actor: Actor) -> asyncio.Semaphore:
        """Held for a transaction; whoever holds one must not wait for another, or all could wait for each other."""
        return self._turns[actor.participant_id]


@asynccontextmanager
async def owner_session(owner: URL) -> AsyncIterator[AsyncSession]:
    """One transaction of the owner of the tables, committed after its block."""
    engine = create_async_engine(owner, poolclass=NullPool, hide_parameters=True)
    try:
        async with AsyncSession(engine) as session, session.begin():
            yield session
    finally:
        await engine.dispose()


def connect(url: URL, *, tried_before_use: bool = True) -> AsyncEngine:
    """With `tried_before_use`, a database that was restarted costs nobody an answer; each use then costs more."""
    return create_async_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=FREE_CONNECTION_SECONDS,
        pool_pre_ping=tried_before_use,
        hide_parameters=True,
        connect_args={
            "prepared_statement_cache_size": 500,
            "server_settings": {"statement_timeout": str(STATEMENT_TIMEOUT_MS), "jit": "off"},
        },
    )


def _who(actor: Actor, standing: Standing | None = None) -> str:
    told = who(actor) if standing is None else who(actor) | {"token": standing.token_id}
    return "; ".join(f"SET LOCAL lantern.{name} = {_quoted(value)}" for name, value in told.items())


def _as_remembered(standing: Standing) -> str:
    known = standing.bearer
    words = map(_quoted, (known.participant_class, known.status))
    lists = map(_quoted, (array_of(known.scopes), array_of(known.groups)))
    return f"viewer_stands({', '.join(words)}, {known.feed_epoch:d}, {', '.join(lists)})"


def _asks(stands: str, known: KeyUse | None) -> str:
    """The last statement of an opening. It tells by the number of its rows, the one thing that a message tells: none if
    the viewer does not stand, one if other keys are in use than this process knows of, else two.

    The settings come before it, so its functions find the viewer.
    """
    epoch = 0 if known is None else known.epoch
    # Words of ours and a number.
    rows = f"CASE WHEN {stands} THEN CASE WHEN (SELECT epoch FROM key_use) = {epoch:d} THEN 2 ELSE 1 END ELSE 0 END"  # noqa: S608
    return f"SELECT FROM generate_series(1, {rows})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
