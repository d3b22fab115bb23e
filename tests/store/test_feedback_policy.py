"""Feedback behind the conditions of the queries alone, without row-level security."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.actor import Actor
from app.rules.feedback import FeedbackFilter
from app.rules.participants import ParticipantStatus
from app.store import feedback, feedback_lists, victim_reports
from app.store.database_urls import DatabaseUrls
from app.store.pages import Window
from app.store.victim_reports import ReportFilter
from tests.feedback_world import World, world_at

ALL = Window(100)


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as world:
        yield world


async def _all_that(world: World, viewer: Actor, signal: UUID) -> dict[str, int]:
    """How much each query gives without the wall behind it."""
    ((id, report),) = await world.rows("SELECT f.id, r.id FROM feedback f JOIN victim_report r ON r.feedback_id = f.id")
    ask, everything = world.ask_unwalled, FeedbackFilter()
    return {
        "by id": len(await ask(feedback.by_ids, viewer, [id])),
        "of the signal": len((await ask(feedback.on_signal, viewer, signal, ALL)).items),
        "given": len((await ask(feedback_lists.given, viewer, everything, ALL)).items),
        "received": len((await ask(feedback_lists.received, viewer, everything, ALL)).items),
        "history": len((await ask(feedback_lists.history, viewer, id, ALL)).items),
        "report by id": len(await ask(victim_reports.by_ids, viewer, [report])),
        "reports": len((await ask(victim_reports.find, viewer, ReportFilter(), ALL)).items),
        "report's state": len(await ask(victim_reports.states_of, viewer, [id])),
    }


async def test_every_query_shows_each_its_part(world: World) -> None:
    signal = await world.share(world.alder)
    await world.report_victim(world.birch, signal)
    own = await _all_that(world, world.birch, signal)
    assert own == {**dict.fromkeys(own, 1), "received": 0}
    nothing = dict.fromkeys(own, 0)
    of_contributor = {**nothing, "by id": 1, "of the signal": 1, "received": 1}
    assert await _all_that(world, world.alder, signal) == of_contributor
    assert await _all_that(world, world.cedar, signal) == nothing
    assert await _all_that(world, world.operator, signal) == {**nothing, "report by id": 1, "reports": 1}
    suspended = replace(world.alder, status=ParticipantStatus.SUSPENDED)
    assert await _all_that(world, suspended, signal) == nothing
