"""The database's own wall around feedback: what it shows and takes where no policy stands before it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.actor import Actor
from app.rules.participants import ParticipantStatus
from app.store.database_urls import DatabaseUrls
from tests.feedback_world import World, world_at

TABLES = ("feedback", "feedback_version", "feedback_reference", "victim_report")


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as world:
        yield world


async def _rows(world: World, actor: Actor, query: str) -> list[Any]:
    async with world.exchange.database.read(world.now(actor)) as session:
        return list(await session.execute(text(query)))


async def _seen(world: World, actor: Actor) -> list[int]:
    return [len(await _rows(world, actor, f"TABLE {table}")) for table in TABLES]


async def test_each_sees_its_own_part(world: World) -> None:
    signal = await world.share(world.alder, world.operator)
    await world.report_victim(world.birch, signal)
    assert await _seen(world, world.birch) == [1, 1, 2, 1]
    assert await _seen(world, world.alder) == [1, 0, 1, 0]
    assert await _seen(world, world.cedar) == [0, 0, 0, 0]
    assert await _seen(world, world.operator) == [1, 0, 1, 1]


async def test_a_suspended_contributor_sees_only_what_it_said_itself(world: World) -> None:
    await world.confirm(world.birch, await world.share(world.alder))
    for actor, expected in ((world.alder, [0, 0, 0, 0]), (world.birch, [1, 1, 1, 0])):
        suspended = replace(actor, status=ParticipantStatus.SUSPENDED)
        assert await _seen(world, suspended) == expected
        assert await _rows(world, suspended, "SELECT * FROM feedback_about_me('2000-01-01', '2100-01-01')") == []


async def test_the_aggregate_is_of_what_the_viewer_sees(world: World) -> None:
    signal = await world.share(world.alder, group=world.exchange.group_id)
    await world.confirm(world.birch, signal)
    tally = f"SELECT verdict, participants FROM feedback_tallies WHERE signal_id = '{signal}'"  # an id of our own
    assert await _rows(world, world.alder, tally) == [("CONFIRMED_VIOLATION", 1)]
    assert await _rows(world, world.cedar, tally) == []
    assert await _rows(world, replace(world.alder, status=ParticipantStatus.SUSPENDED), tally) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE feedback SET author_id = '{cedar}'",
        "INSERT INTO victim_report (id, created_at, signal_id, feedback_id, author_id, state, hid_at_once)"
        " VALUES (gen_random_uuid(), now(), '{signal}', '{signal}', '{alder}', 'HIDDEN', true)",
        "INSERT INTO feedback (id, created_at, author_id, signal_id, signal_type, version, updated_at, verdict,"
        " review_status, actions) VALUES (gen_random_uuid(), now(), '{alder}', '{signal}', 'URL', 1, now(), 'MATCHED',"
        " 'UNREVIEWED', '{{}}')",
    ],
)
async def test_nobody_speaks_in_the_name_of_another(world: World, change: str) -> None:
    signal = await world.share(world.alder)
    await world.confirm(world.birch, signal)
    said = change.format(alder=world.alder.participant_id, cedar=world.cedar.participant_id, signal=signal)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with world.exchange.database.write(world.now(world.birch)) as session:
            await session.execute(text(said))


async def test_a_contributor_changes_nothing_of_what_was_said_to_it(world: World) -> None:
    await world.deny(world.birch, await world.share(world.alder))
    async with world.exchange.database.write(world.now(world.alder)) as session:
        await session.execute(text("UPDATE feedback SET verdict = 'CONFIRMED_VIOLATION'"))
        await session.execute(text("DELETE FROM feedback_reference"))
    assert await world.rows("SELECT f.verdict FROM feedback f JOIN feedback_reference r ON r.feedback_id = f.id") == [
        ("FALSE_POSITIVE",)
    ]
