"""Statements that go to the driver as they are, within the transaction of a session.

For the few that run for every request: the general way costs several times what such a statement takes the database.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

if TYPE_CHECKING:
    Driver: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    # Only its types know of what its rows are.
    Driver = asyncpg.Connection

_DRIVER = "driver"


def attach(session: AsyncSession, driver: Driver) -> None:
    """From now on the session's own statements are sent over this connection, which is the session's."""
    session.info[_DRIVER] = driver


async def fetch(by: AsyncSession | Driver, statement: str, *parameters: object) -> Sequence[Any]:
    """The rows, whose columns go by name; what a session has not written yet it does not see."""
    driver: Driver | None = by.info.get(_DRIVER) if isinstance(by, AsyncSession) else by
    if driver is None:
        session = cast(AsyncSession, by)
        return (await (await session.connection()).exec_driver_sql(statement, parameters)).mappings().all()
    with told_alike():
        return await driver.fetch(statement, *parameters)


@contextmanager
def told_alike() -> Iterator[None]:
    """Failures of the driver come as those of all other statements do, without the words of this one."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DBAPIError(None, None, error, hide_parameters=True) from error


def disturbed() -> DBAPIError:
    """For a transaction that others got in the way of, as the database would have said it."""
    return DBAPIError(None, None, asyncpg.SerializationError("others were first"), hide_parameters=True)
