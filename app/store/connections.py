"""Taking a connection for one transaction, and putting it back so that nothing of it is left there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import asyncpg
from sqlalchemy import Connection, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.util import greenlet_spawn

from app.errors import ExchangeError
from app.store.statements import Driver, attach, told_alike

T = TypeVar("T")

_GOOD = "good"
# What a server says that is going away; the connection itself may still look open.
_GONE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    # The server has said so while nothing was asked, and the driver has not closed the connection yet.
    asyncpg.InternalClientError,
)


@dataclass(frozen=True, slots=True)
class Taken(Generic[T]):
    """A connection of the pool, and what was found by it first."""

    pooled: PoolProxiedConnection
    driver: Driver
    found: T


@dataclass(frozen=True, slots=True)
class Opened:
    """A transaction that has begun, and what the last of its opening statements answered."""

    session: AsyncSession
    driver: Driver
    said: str

    async def commit(self) -> None:
        """Raises: DBAPIError, also if there is nothing to commit any more as a statement had failed before."""
        if self.session.in_transaction() or self.session.new:
            await self.session.commit()
        with told_alike():
            if await self.driver.execute("COMMIT") != "COMMIT":
                raise asyncpg.InFailedSQLTransactionError("the transaction had failed before")

    async def roll_back(self) -> None:
        with told_alike():
            await self.driver.execute("ROLLBACK")


class _SessionOf(Session):
    """A session on one connection, which SQLAlchemy wraps only where a statement goes through it."""

    def get_bind(self, *_given: Any, **_named: Any) -> Connection:
        connection = self.info.get("connection")
        if connection is None:
            connection = self.info["connection"] = Connection(self.info["engine"], self.info["pooled"])
        return cast(Connection, connection)


@asynccontextmanager
async def opened(engine: AsyncEngine, opening: str) -> AsyncIterator[Opened]:
    """A transaction that `opening` begins, one message whatever it says; rolled back unless the block ends it."""
    taken = await take(engine, lambda driver: driver.execute(opening))
    session = AsyncSession(
        sync_session_class=_SessionOf,
        expire_on_commit=False,
        info={"engine": engine.sync_engine, "pooled": taken.pooled},
    )
    attach(session, taken.driver)
    ended = False
    try:
        yield Opened(session, taken.driver, taken.found)
        ended = not taken.driver.is_in_transaction()
    finally:
        if ended and not session.in_transaction():
            await _release(taken.pooled)
        else:
            # Also when the task is stopped meanwhile, or the next would get the connection with this viewer on it.
            await asyncio.shield(asyncio.ensure_future(_put_back(taken, session)))


async def take(engine: AsyncEngine, first: Callable[[Driver], Awaitable[T]]) -> Taken[T]:
    """A connection on which `first` has been done; `first` begins anew on another one if the server had left it.

    A server that was restarted costs nobody an answer so, and no question whether a connection is good goes before each
    transaction. Nothing that `first` does may count twice.
    """
    while True:
        pooled = await engine.raw_connection()
        driver = cast(Driver, pooled.driver_connection)
        was_good = pooled.info.get(_GOOD, False)
        try:
            with told_alike():
                found = await first(driver)
        except ExchangeError:
            await _release(pooled)
            raise
        except BaseException as error:
            # If it was stopped meanwhile, it is not known what the server has done by now.
            _discard(pooled, driver)
            # A new connection that fails says that the server is not there at all.
            if not was_good or not _is_left(driver, error):
                raise
        else:
            pooled.info[_GOOD] = True
            return Taken(pooled, driver, found)


async def glance(engine: AsyncEngine, look: Callable[[Driver], Awaitable[T]]) -> T:
    """What a single statement that only reads has found."""
    taken = await take(engine, look)
    await _release(taken.pooled)
    return taken.found


def _is_left(driver: Driver, error: BaseException) -> bool:
    if not isinstance(error, DBAPIError | OSError | asyncpg.InternalClientError):
        return False
    return driver.is_closed() or isinstance(error.orig if isinstance(error, DBAPIError) else error, _GONE)


async def _put_back(taken: Taken[str], session: AsyncSession) -> None:
    try:
        await session.close()
        if taken.pooled.is_valid and taken.driver.is_in_transaction():
            await taken.driver.execute("ROLLBACK")
    except Exception:
        # Why it cannot be told is told by what went wrong before; the transaction ends with its connection.
        _discard(taken.pooled, taken.driver)
    else:
        if taken.pooled.is_valid:
            await _release(taken.pooled)


async def _release(pooled: PoolProxiedConnection) -> None:
    """Nothing waits here, unless the pool has enough and closes it."""
    await greenlet_spawn(pooled.close)


def _discard(pooled: PoolProxiedConnection, driver: Driver) -> None:
    driver.terminate()
    if pooled.is_valid:
        pooled.invalidate()
