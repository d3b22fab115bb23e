"""Cases behind row-level security alone, without any condition of the services."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import CursorResult, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.actor import Actor
from app.store.database_urls import DatabaseUrls
from tests.case_world import S, World
from tests.demo_exchange import opened


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with opened(emptied) as exchange:
        yield await World.of(exchange, owner_engine)


TABLES = ("shared_case", "case_member", "case_signal", "case_note", "case_event")


async def _rows(world: World, actor: Actor) -> dict[str, int]:
    """What the database gives without any condition of ours."""
    async with world.exchange.database.read(world.now(actor)) as session:
        return {name: (await session.scalar(text(f"SELECT count(*) FROM {name}"))) or 0 for name in TABLES}


async def _try(world: World, actor: Actor, statement: str, **given: object) -> int:
    """The rows that a statement touches, in a transaction that is taken back."""
    async with world.exchange.database.read(world.now(actor)) as session:
        result = await session.execute(text(statement), given)
        assert isinstance(result, CursorResult)
        return result.rowcount


async def test_the_database_shows_a_case_to_its_members_alone(world: World) -> None:
    hidden, shown = await world.signal(world.birch, world.exchange.group_id), await world.signal(world.birch)
    case_id = await world.open(world.alder, world.cedar, signals=[hidden, shown])
    await world.note(world.alder, case_id)
    await world.open(world.birch)
    counts = {"shared_case": 1, "case_member": 2, "case_signal": 2, "case_note": 1, "case_event": 5}
    assert await _rows(world, world.alder) == counts
    assert await _rows(world, world.cedar) == counts | {"case_signal": 1, "case_event": 4}
    none = dict.fromkeys(TABLES, 0)
    assert await _rows(world, await world.exchange.operator()) == none
    assert await _rows(world, replace(world.alder, status=S.SUSPENDED)) == none


_INSERTS = {
    "itself as a member": "INSERT INTO case_member (case_id, participant_id, invited_by, joined_at)"
    " VALUES (:case, :me, :me, now())",
    "itself as invited by a member": "INSERT INTO case_member (case_id, participant_id, invited_by, joined_at)"
    " VALUES (:case, :me, :opener, now())",
    "a signal": "INSERT INTO case_signal (case_id, signal_id, added_by, added_at) VALUES (:case, :signal, :me, now())",
    "a note": "INSERT INTO case_note (id, case_id, author_id, sealed_text, created_at)"
    " VALUES (gen_random_uuid(), :case, :me, '', now())",
    "an event": "INSERT INTO case_event (id, case_id, actor_id, kind, created_at)"
    " VALUES (gen_random_uuid(), :case, :me, 'NOTE_ADDED', now())",
    "a case of another": "INSERT INTO shared_case (id, created_at, opened_by, sealed_title, status, updated_at)"
    " VALUES (gen_random_uuid(), now(), :opener, '', 'OPEN', now())",
}


@pytest.mark.parametrize("thing", _INSERTS)
async def test_the_database_lets_nobody_put_into_a_foreign_case(world: World, thing: str) -> None:
    case_id, signal = await world.open(world.alder, world.birch), await world.signal(world.cedar)
    given = {"case": case_id, "me": world.cedar.participant_id, "opener": world.alder.participant_id, "signal": signal}
    wanted = {name: value for name, value in given.items() if f":{name}" in _INSERTS[thing]}
    with pytest.raises(DBAPIError, match="row-level security"):
        await _try(world, world.cedar, _INSERTS[thing], **wanted)


@pytest.mark.parametrize("thing", ["a signal", "a note", "an event"])
async def test_the_database_lets_no_member_act_as_another(world: World, thing: str) -> None:
    case_id, signal = await world.open(world.alder, world.birch), await world.signal(world.alder)
    given = {"case": case_id, "me": world.alder.participant_id, "signal": signal}
    wanted = {name: value for name, value in given.items() if f":{name}" in _INSERTS[thing]}
    assert await _try(world, world.alder, _INSERTS[thing], **wanted) == 1
    with pytest.raises(DBAPIError, match="row-level security"):
        await _try(world, world.birch, _INSERTS[thing], **wanted)


async def test_the_database_lets_no_member_add_a_signal_that_it_does_not_see(world: World) -> None:
    case_id, hidden = await world.open(world.cedar), await world.signal(world.birch, world.exchange.group_id)
    given = {"case": case_id, "me": world.cedar.participant_id, "signal": hidden}
    with pytest.raises(DBAPIError, match="row-level security"):
        await _try(world, world.cedar, _INSERTS["a signal"], **given)


async def test_the_database_lets_nobody_change_a_foreign_case(world: World) -> None:
    await world.open(world.alder, world.birch)
    suspended = replace(world.alder, status=S.SUSPENDED)
    for actor in (world.cedar, suspended):
        assert await _try(world, actor, "UPDATE shared_case SET status = 'CLOSED'") == 0
        assert await _try(world, actor, "DELETE FROM case_member") == 0
    assert await _try(world, world.birch, "UPDATE shared_case SET status = 'CLOSED'") == 1


@pytest.mark.parametrize("column", ["opened_by = opened_by", "sealed_title = ''", "id = gen_random_uuid()"])
async def test_the_database_lets_nobody_make_a_case_its_own(world: World, column: str) -> None:
    await world.open(world.alder, world.birch)
    with pytest.raises(DBAPIError, match="permission denied"):
        await _try(world, world.birch, f"UPDATE shared_case SET {column}")


async def test_the_database_lets_a_member_remove_itself_and_the_opener_all_others(world: World) -> None:
    await world.open(world.alder, world.birch, world.cedar)
    assert await _try(world, world.birch, "DELETE FROM case_member") == 1
    assert await _try(world, world.alder, "DELETE FROM case_member") == 2


@pytest.mark.parametrize("table", ["case_signal", "case_note", "case_event"])
async def test_the_database_lets_nobody_rewrite_what_happened(world: World, table: str) -> None:
    await world.open(world.alder)
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET case_id = case_id"):
        with pytest.raises(DBAPIError, match="permission denied"):
            await _try(world, world.alder, statement)
