"""Transactions and their connections: a server that went away costs no answer, and nothing is left for the next."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from app.errors import Forbidden
from app.rules.actor import Actor
from app.store import participants, statements
from app.store.database import Database
from app.store.tables.record import AuditEventRow
from tests.connections import connected
from tests.demo_exchange import DemoExchange

SETTING = "SELECT current_setting('lantern.participant', true)"
COUNT = "SELECT count(*) FROM audit_event"


@pytest.fixture
async def one(exchange: DemoExchange) -> Any:
    """The exchange's database over a single connection."""
    engine = create_async_engine(exchange.urls.serving, pool_size=1, max_overflow=0, pool_timeout=5)
    yield Database(engine)
    await engine.dispose()


@pytest.fixture
async def alder(exchange: DemoExchange) -> Actor:
    return await exchange.actor("alder")


async def setting_left(database: Database) -> object:
    async with database.nobody() as session:
        return await session.scalar(text(SETTING))


@pytest.fixture
def ended(exchange: DemoExchange) -> Callable[[], Awaitable[None]]:
    """Ends all connections of the serving role, as a restart of the server does."""

    async def end() -> None:
        async with connected(exchange.urls.serving) as connection:
            others = "FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()"
            assert (await connection.execute(text(f"SELECT pg_terminate_backend(pid, 5000) {others}"))).all()

    return end


def event(actor: Actor) -> AuditEventRow:
    return AuditEventRow(
        created_at=actor.as_of,
        participant_id=actor.participant_id,
        client_id=actor.client_id,
        action="CLIENT_REGISTER",
        subjects=[],
    )


async def audited(owner: AsyncEngine) -> int:
    async with owner.connect() as connection:
        return int(await connection.scalar(text(COUNT)) or 0)


@pytest.mark.parametrize("connections", [1, 3])
async def test_connections_that_the_server_ended_cost_no_answer(
    exchange: DemoExchange, alder: Actor, ended: Callable[[], Awaitable[None]], connections: int
) -> None:
    engine = create_async_engine(exchange.urls.serving, pool_size=3, max_overflow=0)
    database, everybody = Database(engine), asyncio.Barrier(connections)

    async def look() -> None:
        async with database.read(alder):
            await everybody.wait()

    await asyncio.gather(*(look() for _ in range(connections)))
    for way in (database.read, database.write):
        await ended()
        async with way(alder) as session:
            assert alder.participant_id in await participants.by_ids(session, alder, [alder.participant_id])
    await ended()
    assert await database.glance(lambda session: statements.fetch(session, "SELECT 1"))
    await engine.dispose()


async def test_more_connections_than_the_pool_keeps_are_closed(exchange: DemoExchange, alder: Actor) -> None:
    engine = create_async_engine(exchange.urls.serving, pool_size=1, max_overflow=2)
    database, everybody = Database(engine), asyncio.Barrier(3)

    async def look(way: Callable[[Actor], AbstractAsyncContextManager[AsyncSession]]) -> None:
        async with way(alder):
            await everybody.wait()

    await asyncio.gather(*map(look, (database.read, database.write, database.read)))
    assert (engine.pool.checkedin(), engine.pool.checkedout()) == (1, 0)  # type: ignore[attr-defined]
    await engine.dispose()


async def test_a_transaction_that_the_server_ended_midway_is_told(
    one: Database, owner_engine: AsyncEngine, alder: Actor, ended: Callable[[], Awaitable[None]]
) -> None:
    async def write() -> None:
        async with one.write(alder) as session:
            session.add(event(alder))
            await session.flush()
            await ended()

    with pytest.raises(DBAPIError):
        await write()
    assert await audited(owner_engine) == 0
    assert await setting_left(one) in (None, "")


async def test_what_raises_is_not_kept_and_leaves_no_viewer(
    one: Database, owner_engine: AsyncEngine, alder: Actor
) -> None:
    async def write() -> None:
        async with one.write(alder) as session:
            session.add(event(alder))
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write()
    assert await audited(owner_engine) == 0
    assert await setting_left(one) in (None, "")


async def test_what_was_only_added_is_kept(one: Database, owner_engine: AsyncEngine, alder: Actor) -> None:
    async with one.write(alder) as session:
        session.add(event(alder))
    assert await audited(owner_engine) == 1


@pytest.mark.parametrize("way", ["general", "driver"])
async def test_a_stopped_statement_leaves_nothing(one: Database, alder: Actor, way: str) -> None:
    async def sleep() -> None:
        async with one.write(alder) as session:
            if way == "driver":
                await statements.fetch(session, "SELECT pg_sleep(5)")
            else:
                await session.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await sleep()
    assert await setting_left(one) in (None, "")


async def test_a_transaction_stopped_while_it_begins_leaves_nothing(
    one: Database, owner_engine: AsyncEngine, alder: Actor
) -> None:
    async with AsyncSession(owner_engine) as session, session.begin():
        await session.execute(text("SELECT FROM participant FOR UPDATE"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), one.write(alder):
                pass
    assert await setting_left(one) in (None, "")


async def test_a_failed_statement_that_somebody_passes_over_commits_nothing(one: Database, alder: Actor) -> None:
    async def write() -> None:
        async with one.write(alder) as session:
            with suppress(DBAPIError):
                await statements.fetch(session, "SELECT 1 / 0")

    with pytest.raises(DBAPIError):
        await write()
    assert await setting_left(one) in (None, "")


async def test_who_has_changed_meanwhile_writes_nothing(one: Database, alder: Actor) -> None:
    with pytest.raises(Forbidden):
        async with one.write(replace(alder, feed_epoch=alder.feed_epoch + 1)):
            pytest.fail("it was let in")
    async with one.write(alder) as session:
        assert await session.scalar(text(SETTING)) == str(alder.participant_id)


async def test_a_failure_of_the_driver_comes_as_all_others_do(one: Database, alder: Actor) -> None:
    for send in (statements.fetch, lambda s, q: s.execute(text(q))):
        with pytest.raises(DBAPIError) as failed:
            async with one.read(alder) as session:
                await send(session, "SELECT 'canary'::int")
        assert failed.value.orig.sqlstate == "22P02"  # type: ignore[union-attr]


async def test_a_session_of_another_s_making_takes_the_general_way(owner_engine: AsyncEngine) -> None:
    name = uuid4()
    async with AsyncSession(owner_engine) as session:
        (row,) = await statements.fetch(session, "SELECT $1::uuid AS name, $2::text[] AS words", name, ["a"])
    assert (row["name"], row["words"]) == (name, ["a"])
