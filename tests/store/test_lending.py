"""Connections lent for one statement: few, the same again, and none on which the statement of another still runs."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text

from app.store import lending
from app.store.lending import Lending
from app.store.reader import Reader
from tests.connections import connected
from tests.demo_exchange import DemoExchange
from tests.waiting import PATIENCE

WHICH = "SELECT pg_backend_pid()"
SLEEPING = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(60)%'"


@pytest.fixture
async def reader(exchange: DemoExchange) -> AsyncIterator[Reader]:
    made = Reader(exchange.urls.serving)
    yield made
    await made.close()


async def ended(exchange: DemoExchange, backends: set[int]) -> None:
    async with connected(exchange.urls.serving) as connection:
        for backend in backends:
            await connection.execute(text(f"SELECT pg_terminate_backend({backend}, 5000)"))


async def sleeping(exchange: DemoExchange, at_last: int) -> None:
    async with connected(exchange.urls.serving) as connection, asyncio.timeout(5):
        while await connection.scalar(text(SLEEPING)) != at_last:
            pass


async def side_by_side(reader: Reader) -> set[int]:
    """The backends that three statements at once run in."""
    return set(await asyncio.gather(*(reader.value(f"{WHICH} FROM pg_sleep(0.05)", []) for _ in range(3))))


async def test_the_latest_connection_is_the_next(reader: Reader) -> None:
    assert len(await side_by_side(reader)) == 3
    assert len({await reader.value(WHICH, []) for _ in range(5)}) == 1


async def test_there_are_no_more_than_there_may_be(reader: Reader) -> None:
    few = Lending(reader._connect, 2)
    slowly = [few.use(lambda one: one.fetchval("SELECT pg_backend_pid() FROM pg_sleep(0.02)")) for _ in range(6)]
    assert len(set(await asyncio.gather(*slowly))) == 2
    await few.close()


async def test_those_that_the_server_ended_cost_no_answer(exchange: DemoExchange, reader: Reader) -> None:
    first = await side_by_side(reader)
    await ended(exchange, first)
    second = await side_by_side(reader)
    assert len(second) == 3
    assert not first & second


async def test_one_that_the_server_ends_while_it_reads_costs_no_answer(exchange: DemoExchange, reader: Reader) -> None:
    first = await reader.value(WHICH, [])
    asking = asyncio.create_task(reader.value(f"{WHICH} FROM pg_sleep(2)", []))
    await asyncio.sleep(0.1)
    await ended(exchange, {first})
    assert await asking != first


async def test_one_that_nobody_wanted_for_long_is_ended(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await reader.value(WHICH, [])
    monkeypatch.setattr(lending, "_IDLE_SECONDS", 0)
    assert await reader.value(WHICH, []) != first


async def test_a_statement_that_fails_leaves_its_connection_to_the_next(reader: Reader) -> None:
    first = await reader.value(WHICH, [])
    with pytest.raises(asyncpg.DivisionByZeroError):
        await reader.value("SELECT 1 / $1::int", [0])
    with pytest.raises(asyncpg.DataError):
        await reader.value("SELECT $1::int", ["no number"])
    assert await reader.value(WHICH, []) == first


async def test_one_that_was_stopped_is_ended_and_so_is_its_statement(exchange: DemoExchange, reader: Reader) -> None:
    first = await reader.value(WHICH, [])
    asking = asyncio.create_task(reader.value("SELECT pg_sleep(60)::text", []))
    await sleeping(exchange, 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await sleeping(exchange, 0)
    assert await reader.value(WHICH, []) != first


async def test_whoever_is_stopped_while_waiting_takes_no_place(reader: Reader) -> None:
    one = Lending(reader._connect, 1)
    busy = asyncio.create_task(one.use(lambda lent: lent.fetchval("SELECT pg_sleep(0.2)::text")))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(one.use(lambda lent: lent.fetchval(WHICH)))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await busy
    assert await asyncio.wait_for(one.use(lambda lent: lent.fetchval(WHICH)), PATIENCE)
    await one.close()
