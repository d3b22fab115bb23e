"""When feedback was given, as its contributors learn it: by the hour, or the moment would name the author (R8)."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.feedback import FeedbackDraft
from app.rules.verdicts import Verdict
from app.services import feedback
from app.store.database_urls import DatabaseUrls
from app.store.feedback_lists import FeedbackFilter
from app.store.pages import Window
from tests.feedback_world import World, world_at

V = Verdict


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as world:
        yield world


async def test_a_contributor_does_not_learn_when_within_the_hour_feedback_was_given(world: World) -> None:
    await _at_minute(world, 10)
    early, late = [await world.share(world.alder) for _ in range(2)]
    await world.say(world.birch, early, V.NO_MATCH)
    await _at_minute(world, 50)
    moment = world.exchange.clock()
    await world.say(world.birch, late, V.MATCHED)
    for since in (moment - timedelta(minutes=1), moment + timedelta(minutes=1)):
        wanted = FeedbackFilter(updated_since=since)
        page = await world.ask(feedback.received, world.alder, wanted, Window(9))
        assert len(page.items) == 2, "it is not told on which side of this time any of it lies"
        assert {key.moment.minute for key, _ in page.items} == {0}, "nor does a cursor hold it"
    assert (await world.ask(feedback.received, world.alder, _since(moment, hours=1), Window(9))).items == []
    assert len((await world.ask(feedback.given, world.birch, _since(moment, minutes=-1), Window(9))).items) == 1


async def test_the_order_of_what_was_received_does_not_show_what_was_recorded_together(world: World) -> None:
    """By exact times each call would be a run of its own, and one row whose author is known would name them all."""
    await _at_minute(world, 0)
    signals = [await world.share(world.alder) for _ in range(12)]
    for author, its in ((world.birch, signals[:6]), (world.cedar, signals[6:])):
        await world.record(author, [FeedbackDraft(signal, V.MATCHED) for signal in its])
    page = await world.ask(feedback.received, world.alder, FeedbackFilter(), Window(20))
    ids = [row.id for _, row in page.items]
    assert len(ids) == 12
    assert ids == sorted(ids, reverse=True), "their random ids alone give the order"


async def test_a_report_of_a_victim_does_not_leave_its_moment_with_the_contributions(world: World) -> None:
    signal = await world.share(world.alder)
    (before,) = await world.contributions_on(world.alder, signal)
    assert await world.report_victim(world.birch, signal) == "CREATED"
    assert not await world.sees(world.cedar, signal)
    (after,) = await world.contributions_on(world.alder, signal)
    assert (after.signal_hidden, after.updated_at) == (True, before.updated_at)


async def _at_minute(world: World, minute: int) -> None:
    """Of the next hour that begins, or of this one."""
    now = world.exchange.clock()
    world.exchange.clock.forward(minutes=(minute - now.minute) % 60, seconds=-now.second)


def _since(moment: datetime, **later: float) -> FeedbackFilter:
    return FeedbackFilter(updated_since=moment + timedelta(**later))
