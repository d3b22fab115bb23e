"""Connections that are lent for one statement each, which leaves nothing behind: the latest returned is the next."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import asyncpg

T = TypeVar("T")

Lent: TypeAlias = "asyncpg.Connection[Any]"

# What says that the connection is lost, or is about to be: whatever only read may then ask once more.
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    # The server has said so while nothing was asked, and the driver has not closed the connection yet.
    asyncpg.InternalClientError,
    ConnectionError,
)

# A connection that nobody wanted for so many seconds may have been lost without a word.
_IDLE_SECONDS = 300
# Seconds to end a connection whose statement was stopped: until then the server may still be at it.
_END_SECONDS = 10


@dataclass(slots=True)
class Lending:
    """At most `size` connections, opened when they are first needed. The driver's own pool takes longer for each loan
    than many a statement does."""

    connect: Callable[[], Awaitable[Lent]]
    size: int
    # With the times when they came back.
    _free: list[tuple[Lent, float]] = field(default_factory=list)
    _room: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.size)

    async def use(self, ask: Callable[[Lent], Awaitable[T]]) -> T:
        async with self._room:
            connection = self._latest() or await self.connect()
            try:
                found = await ask(connection)
            except LOST:
                connection.terminate()
                raise
            except (asyncpg.PostgresError, asyncpg.InterfaceError):
                self._take_back(connection)
                raise
            except BaseException:
                # Stopped meanwhile: it is not lent again, as the driver's request to cancel may reach it at any time.
                await asyncio.shield(asyncio.ensure_future(_end(connection)))
                raise
            self._take_back(connection)
            return found

    async def close(self) -> None:
        """Once all that is lent is back."""
        for _ in range(self.size):
            await self._room.acquire()
        while self._free:
            await _end(self._free.pop()[0])
        for _ in range(self.size):
            self._room.release()

    def _latest(self) -> "Lent | None":
        while self._free:
            connection, since = self._free.pop()
            if time.monotonic() - since < _IDLE_SECONDS and not connection.is_closed():
                return connection
            connection.terminate()
        return None

    def _take_back(self, connection: Lent) -> None:
        self._free.append((connection, time.monotonic()))


async def _end(connection: Lent) -> None:
    """The driver cancels what still runs there, and waits for it."""
    try:
        await connection.close(timeout=_END_SECONDS)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        connection.terminate()
