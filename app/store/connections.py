"""Taking a connection for one transaction, and putting it back so that nothing of it is left there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.store.statements import Driver, attach, driver_of, told_alike

T = TypeVar("T")

_GOOD = "good"
# What a server says that is going away; the connection itself may still look open.
_GONE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)


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


@dataclass(frozen=True, slots=True)
class Taken(Generic[T]):
    """A connection with its session, and what was found by it first."""

    connection: AsyncConnection
    session: AsyncSession
    driver: Driver
    found: list[T] = field(default_factory=list)


@asynccontextmanager
async def opened(engine: AsyncEngine, opening: str) -> AsyncIterator[Opened]:
    """A transaction that `opening` begins, one message whatever it says; rolled back unless the block ends it."""

    async def begin(_: AsyncSession, driver: Driver) -> str:
        return await driver.execute(opening)

    taken = await take(engine, begin)
    ended = False
    try:
        yield Opened(taken.session, taken.driver, taken.found[0])
        ended = not taken.driver.is_in_transaction()
    finally:
        await (_put_back(taken) if ended else _put_back_whatever_happens(taken))


async def glance(engine: AsyncEngine, look: Callable[[AsyncSession, Driver], Awaitable[T]]) -> T:
    """What a single statement that only reads has found."""
    taken = await take(engine, look)
    await _put_back(taken)
    return taken.found[0]


async def take(engine: AsyncEngine, first: Callable[[AsyncSession, Driver], Awaitable[T]]) -> Taken[T]:
    """A connection on which `first` has been done; `first` begins anew on another one if the server had left it.

    A server that was restarted costs nobody an answer so, and no question whether a connection is good goes before each
    transaction. Nothing that `first` does may count twice.
    """
    while True:
        connection = await engine.connect()
        taken: Taken[T] = Taken(connection, AsyncSession(connection, expire_on_commit=False), driver_of(connection))
        attach(taken.session, taken.driver)
        was_good = connection.info.get(_GOOD, False)
        try:
            with told_alike():
                taken.found.append(await first(taken.session, taken.driver))
        except (DBAPIError, OSError) as error:
            await _discard(connection)
            # A new connection that fails says that the server is not there at all.
            if not was_good or not _is_left(taken.driver, error):
                raise
        except Exception:
            await _put_back_whatever_happens(taken)
            raise
        except BaseException:
            # Stopped meanwhile: it is not known what the server has done by now.
            await asyncio.shield(asyncio.ensure_future(_discard(connection)))
            raise
        else:
            connection.info[_GOOD] = True
            return taken


def _is_left(driver: Driver, error: DBAPIError | OSError) -> bool:
    return driver.is_closed() or isinstance(error.orig if isinstance(error, DBAPIError) else error, _GONE)


async def _discard(connection: AsyncConnection) -> None:
    try:
        await connection.invalidate()
    finally:
        await connection.close()


async def _put_back_whatever_happens(taken: Taken[T]) -> None:
    """Also when the task is cancelled meanwhile, or the next would get the connection with this viewer on it."""
    await asyncio.shield(asyncio.ensure_future(_rolled_back(taken)))


async def _rolled_back(taken: Taken[T]) -> None:
    try:
        await taken.session.close()
        if not taken.connection.invalidated and taken.driver.is_in_transaction():
            await taken.driver.execute("ROLLBACK")
    except Exception:
        # Why it cannot be told is told by what went wrong before; the transaction ends with its connection.
        await taken.connection.invalidate()
    finally:
        await taken.connection.close()


async def _put_back(taken: Taken[T]) -> None:
    try:
        if taken.session.in_transaction():
            await taken.session.close()
    finally:
        await taken.connection.close()
