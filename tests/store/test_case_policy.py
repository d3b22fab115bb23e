"""Cases behind the conditions of the queries alone, without row-level security."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.actor import Actor
from app.rules.cases import CaseFilter
from app.store import case_files, cases
from app.store.database_urls import DatabaseUrls
from tests.case_world import ALL, K, S, World
from tests.demo_exchange import opened


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with opened(emptied) as exchange:
        yield await World.of(exchange, owner_engine)


async def _all_that(world: World, viewer: Actor, **ids: UUID) -> dict[str, int]:
    """How much each query gives without the wall behind it."""
    case_id, note_id, signal_id = ids["case"], ids["note"], ids["signal"]
    ask = world.ask_unwalled
    by_signal = CaseFilter(has_signal=signal_id)
    return {
        "by id": len(await ask(cases.by_ids, viewer, [case_id])),
        "listed": len((await ask(cases.find, viewer, CaseFilter(), ALL)).items),
        "listed by signal": len((await ask(cases.find, viewer, by_signal, ALL)).items),
        "of the signal": len(await ask(cases.holding, viewer, [signal_id])),
        "members": len((await ask(cases.members_of, viewer, [case_id])).get(case_id, [])),
        "signals": len((await ask(case_files.signals_of, viewer, case_id, ALL)).items),
        "notes": len((await ask(case_files.notes_of, viewer, case_id, ALL)).items),
        "note by id": len(await ask(case_files.notes_by_ids, viewer, [note_id])),
        "timeline": len((await ask(case_files.timeline_of, viewer, case_id, ALL)).items),
        "locked": int(await ask(cases.lock, viewer, case_id) is not None),
    }


async def test_every_query_shows_a_case_to_its_members_alone(world: World) -> None:
    signal = await world.signal(world.birch)
    case_id = await world.open(world.alder, world.birch, signals=[signal])
    given = {"case": case_id, "note": await world.note(world.alder, case_id), "signal": signal}
    seen = await _all_that(world, world.alder, **given)
    assert 0 not in seen.values()
    nothing = dict.fromkeys(seen, 0)
    assert await _all_that(world, world.cedar, **given) == nothing
    assert await _all_that(world, await world.exchange.operator(), **given) == nothing
    assert await _all_that(world, replace(world.alder, status=S.SUSPENDED), **given) == nothing


async def test_every_query_leaves_out_a_signal_that_the_member_does_not_see(world: World) -> None:
    hidden = await world.signal(world.birch, world.exchange.group_id)
    case_id = await world.open(world.alder, world.cedar, signals=[hidden])
    given = {"case": case_id, "note": await world.note(world.alder, case_id), "signal": hidden}
    seen = await _all_that(world, world.alder, **given)
    hiding = {"listed by signal": 0, "of the signal": 0, "signals": 0, "timeline": seen["timeline"] - 1}
    assert await _all_that(world, world.cedar, **given) == seen | hiding
    page = await world.ask_unwalled(case_files.timeline_of, world.cedar, case_id, ALL)
    assert K.SIGNAL_ADDED not in {row.kind for _, row in page.items}
