"""Transactions of mutations that another one got in the way of."""

import pytest
from sqlalchemy.exc import DBAPIError

from app.graphql.operations.fields import MAX_TRIES, TellRefusals


class DriverError(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__()
        self.sqlstate = sqlstate


async def tries(sqlstate: str, disturbed: int) -> int:
    """How often a mutation was started that fails so many times at first.

    Raises: DBAPIError, if it was given up.
    """
    started = 0

    async def resolve(*_given: object) -> int:
        nonlocal started
        started += 1
        if started <= disturbed:
            raise DBAPIError("", None, DriverError(sqlstate))
        return started

    return int(await TellRefusals().resolve_async(resolve, None, None))  # type: ignore[arg-type]  # nobody looks at it


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "42501"])
async def test_a_disturbed_transaction_is_started_again(sqlstate: str) -> None:
    assert await tries(sqlstate, MAX_TRIES - 1) == MAX_TRIES
    with pytest.raises(DBAPIError):
        await tries(sqlstate, MAX_TRIES)


async def test_any_other_failure_is_told_at_once() -> None:
    with pytest.raises(DBAPIError):
        await tries("23505", 1)
