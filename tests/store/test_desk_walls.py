"""The desk at which people sign in: nobody else sees what stands there, and from there nothing else is seen."""

import httpx
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.migrations.walls.people import DESK_TABLES
from app.store.database_urls import DatabaseUrls
from app.store.tables import metadata
from tests.connections import connected
from tests.demo_exchange import DemoExchange
from tests.person import Browser, Program

COUNT = {name: select(func.count()).select_from(table) for name, table in metadata.tables.items()}
# What it sees beside: whom it lets in.
BESIDE = {"person"}


@pytest.fixture
async def signed_in(http: httpx.AsyncClient, exchange: DemoExchange) -> DemoExchange:
    """Something stands in each of its tables."""
    await Program(http).tokens(await Browser(http).code(exchange.person("alder")))
    return exchange


async def test_something_stands_at_the_desk(signed_in: DemoExchange) -> None:
    async with signed_in.database.desk() as session:
        assert [name for name in DESK_TABLES if not await session.scalar(COUNT[name])] == []


async def test_no_viewer_sees_what_stands_there(signed_in: DemoExchange) -> None:
    for viewer in (await signed_in.operator(), await signed_in.actor("alder")):
        async with signed_in.database.read(viewer) as session:
            assert [name for name in DESK_TABLES if await session.scalar(COUNT[name])] == []
    async with signed_in.database.nobody() as session:
        assert [name for name in (*DESK_TABLES, "person") if await session.scalar(COUNT[name])] == []


async def test_no_viewer_changes_what_stands_there(signed_in: DemoExchange, owner_engine: AsyncEngine) -> None:
    operator = await signed_in.operator()
    async with signed_in.database.write(operator) as session:
        for name in DESK_TABLES:
            await session.execute(text(f"DELETE FROM {name}"))
    with pytest.raises(DBAPIError, match="row-level security"):
        async with signed_in.database.write(operator) as session:
            await session.execute(text("INSERT INTO person_secret VALUES (gen_random_uuid(), '')"))
    async with owner_engine.connect() as owner:
        assert [name for name in DESK_TABLES if not await owner.scalar(COUNT[name])] == []


async def test_from_the_desk_nothing_else_is_seen(signed_in: DemoExchange) -> None:
    seen = set()
    for name, count in COUNT.items():
        async with signed_in.database.desk() as session:
            may_ask = await session.scalar(text(f"SELECT has_table_privilege('{name}', 'SELECT')"))
            seen |= {name} if may_ask and await session.scalar(count) else set()
    assert seen == BESIDE | set(DESK_TABLES)


async def test_the_desk_is_left_with_its_transaction(signed_in: DemoExchange) -> None:
    async with signed_in.database.desk() as session:
        assert await session.scalar(text("SELECT at_the_desk()"))
    async with signed_in.database.nobody() as session:
        assert not await session.scalar(text("SELECT at_the_desk()"))


async def test_the_worker_reads_no_password_and_signs_nobody_in(database_urls: DatabaseUrls) -> None:
    async with connected(database_urls.worker) as worker:
        for name in (*DESK_TABLES, "person"):
            for right in ("INSERT", "UPDATE"):
                assert not await worker.scalar(text(f"SELECT has_table_privilege('{name}', '{right}')"))
        for name in ("person_secret", "person", "consent"):
            assert not await worker.scalar(text(f"SELECT has_table_privilege('{name}', 'SELECT')"))
