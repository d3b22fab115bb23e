"""Reports that a signal points at a victim: hidden at once, within bounds, decided by the operator (R11)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Forbidden, NotFound
from app.rules.actor import Actor
from app.rules.cursors import Cursors
from app.rules.feedback import FeedbackDraft
from app.rules.labels import ReviewStatus
from app.rules.signal_lists import SignalFilter
from app.rules.verdicts import Verdict, VerdictReason
from app.rules.victim_reports import MAX_HIDDEN_A_DAY, VictimDecision, VictimReportState
from app.services import changes, feedback, groups, holding, signals, victim_reports
from app.services.changes import ChangeSet
from app.store.database import connect
from app.store.database_urls import DatabaseUrls
from app.store.pages import Window
from app.store.victim_reports import ReportFilter
from app.worker import sequencer
from tests.feedback_world import MANUAL, World, world_at

S = VictimReportState
CONFIRM, LIFT = VictimDecision.CONFIRM, VictimDecision.LIFT


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as world:
        yield world


def _draft(signal: UUID) -> FeedbackDraft:
    return FeedbackDraft(signal, Verdict.FALSE_POSITIVE, VerdictReason.VICTIM_NOT_OFFENDER, MANUAL)


async def _reports(world: World, state: VictimReportState | None = None) -> list[UUID]:
    page = await world.ask(victim_reports.find, world.operator, ReportFilter(state), Window(100))
    return [row.id for _, row in page.items]


async def _states(world: World) -> list[str]:
    return [state for (state,) in await world.rows("SELECT state FROM victim_report ORDER BY created_at")]


async def test_a_report_hides_the_signal_at_once_from_all_but_contributors_and_operator(world: World) -> None:
    signal = await world.share(world.alder, world.cedar)
    assert await world.report_victim(world.birch, signal) == "CREATED"
    assert not await world.sees(world.birch, signal)
    assert await world.sees(world.operator, signal)
    for contributor in (world.alder, world.cedar):
        (seen,) = await world.contributions_on(contributor, signal)
        assert seen.participant_id == contributor.participant_id


async def test_the_feed_tells_of_the_loss_of_sight(world: World) -> None:
    signal = await world.share(world.alder, world.cedar)
    await world.report_victim(world.birch, signal)
    told = await world.rows("SELECT owner_id FROM inbox WHERE kind = 'HIDING' AND sight_before = 1 AND sight_after = 2")
    assert {id for (id,) in told} == {world.alder.participant_id, world.cedar.participant_id}


async def test_a_contributor_does_not_learn_that_somebody_out_of_its_sight_reported_its_signal(world: World) -> None:
    night = (await world.do(groups.create, world.operator, "night-watch", "Night watch")).id
    cedar, operator = replace(world.cedar, groups=(night,)), replace(world.operator, groups=(night,))
    signal = await world.contribute(world.alder, 1, world.exchange.group_id)
    assert await world.contribute(cedar, 1, night) == signal
    before, cursor = await _learnt(world, world.alder, None)
    world.exchange.clock.forward(hours=1)
    assert await world.report_victim(operator, signal) == "CREATED"
    assert not await world.sees(world.birch, signal)
    assert (await _learnt(world, world.alder, cursor))[0] == [[], *before[1:]]
    assert (await _learnt(world, world.alder, None))[0] == before
    assert (await _learnt(world, world.birch, cursor))[0][1:] != before[1:]


async def _learnt(world: World, viewer: Actor, after: str | None) -> tuple[list[Any], str]:
    """What its feed, its list and the table of the feed behind row-level security tell; and where the feed ends."""
    engine = connect(world.exchange.urls.worker)
    await sequencer.sequence_all(engine)
    await engine.dispose()
    cursors = Cursors(world.exchange.keyring, world.alder.participant_id)
    page = await world.ask(changes.follow, viewer, cursors, after, 100)
    assert isinstance(page, ChangeSet)
    async with world.exchange.database.read(world.now(viewer)) as session:
        rows = list(await session.scalars(text("SELECT position FROM feed ORDER BY position")))
    seen = await world.ask(signals.find, viewer, SignalFilter(), Window(100))
    listed = [[(c.id, c.version, c.updated_at) for c in one.contributions] for _, one in seen.items]
    return [[id for id, _ in page.items], listed, rows], page.end_cursor


async def test_an_automatic_review_hides_nothing(world: World) -> None:
    signal = await world.share(world.alder)
    draft = replace(_draft(signal), review_status=ReviewStatus.REVIEWED_AUTOMATICALLY)
    (result,) = await world.record(world.birch, [draft])
    assert result.rejection is not None
    assert await world.sees(world.cedar, signal)
    assert await _states(world) == []


async def test_the_twenty_first_report_of_a_day_waits_for_the_operator(world: World) -> None:
    signals = [await world.share(world.alder) for _ in range(MAX_HIDDEN_A_DAY + 2)]
    results = await world.record(world.birch, [_draft(signal) for signal in signals[:-1]])
    assert {result.outcome for result in results} == {"CREATED"}
    assert [await world.sees(world.cedar, signal) for signal in signals[-3:]] == [False, True, True]
    assert len(await _reports(world, S.QUEUED)) == 1
    world.exchange.clock.forward(hours=24)
    await world.report_victim(world.birch, signals[-1])
    assert not await world.sees(world.cedar, signals[-1])


async def test_queued_reports_do_not_use_up_the_next_day(world: World) -> None:
    signals = [await world.share(world.alder) for _ in range(2 * MAX_HIDDEN_A_DAY + 1)]
    await world.record(world.birch, [_draft(signal) for signal in signals[:MAX_HIDDEN_A_DAY]])
    world.exchange.clock.forward(hours=23)
    await world.record(world.birch, [_draft(signal) for signal in signals[MAX_HIDDEN_A_DAY:-1]])
    world.exchange.clock.forward(hours=2)
    await world.report_victim(world.birch, signals[-1])
    assert not await world.sees(world.cedar, signals[-1])


async def test_the_limit_is_each_participant_s_own(world: World) -> None:
    signals = [await world.share(world.alder) for _ in range(MAX_HIDDEN_A_DAY + 1)]
    await world.record(world.birch, [_draft(signal) for signal in signals[:-1]])
    await world.report_victim(world.cedar, signals[-1])
    assert not await world.sees(world.birch, signals[-1])


async def test_calls_side_by_side_do_not_get_past_the_limit(world: World) -> None:
    signals = [await world.share(world.alder) for _ in range(MAX_HIDDEN_A_DAY + 8)]
    parts = [[_draft(signal) for signal in signals[place::4]] for place in range(4)]
    await asyncio.gather(*(world.record(world.birch, part) for part in parts))
    assert sorted(await _states(world)) == ["HIDDEN"] * MAX_HIDDEN_A_DAY + ["QUEUED"] * 8


async def test_the_operator_confirms_and_the_signal_stays_hidden(world: World) -> None:
    signal = await world.share(world.alder)
    await world.report_victim(world.birch, signal)
    (report,) = await _reports(world)
    row = await world.do(victim_reports.decide, world.operator, report, CONFIRM)
    assert (row.state, row.decided_by) == (S.CONFIRMED, world.operator.participant_id)
    assert not await world.sees(world.cedar, signal)
    audited = await world.rows("SELECT action, subjects FROM audit_event WHERE action LIKE 'victim_report%'")
    assert audited == [("victim_report.confirm", [report, signal])]


async def test_the_operator_lifts_and_the_signal_is_shown_again(world: World) -> None:
    signal = await world.share(world.alder)
    await world.report_victim(world.birch, signal)
    (report,) = await _reports(world)
    await world.do(victim_reports.decide, world.operator, report, LIFT)
    assert await world.sees(world.cedar, signal)
    assert await world.opinion(world.cedar, signal) == "FALSE_POSITIVE"


async def test_another_report_keeps_a_lifted_one_s_signal_hidden(world: World) -> None:
    signal = await world.share(world.alder, world.cedar)
    for actor in (world.birch, world.operator):
        await world.report_victim(actor, signal)
    first, second = await _reports(world)
    await world.do(victim_reports.decide, world.operator, first, LIFT)
    assert not await world.sees(world.birch, signal)
    await world.do(victim_reports.decide, world.operator, second, LIFT)
    assert await world.sees(world.birch, signal)


async def test_a_report_that_comes_while_another_is_lifted_still_hides(world: World) -> None:
    signal = await world.share(world.alder)
    await world.report_victim(world.birch, signal)
    (report,) = await _reports(world)
    async with world.exchange.database.write(world.now(world.operator)) as session:
        actor, keyring = world.now(world.operator), world.exchange.keyring
        await feedback.record(session, actor, keyring, [_draft(signal)])
        lifting = asyncio.create_task(world.do(victim_reports.decide, world.operator, report, LIFT))
        await asyncio.sleep(0.3)
    await lifting
    assert not await world.sees(world.cedar, signal)


async def test_confirming_a_queued_report_hides_and_lifting_it_shows_nothing(world: World) -> None:
    signals = [await world.share(world.alder) for _ in range(MAX_HIDDEN_A_DAY + 2)]
    await world.record(world.birch, [_draft(signal) for signal in signals])
    first, second = await _reports(world, S.QUEUED)
    queued = dict(await world.rows("SELECT id, signal_id FROM victim_report WHERE NOT hid_at_once"))
    await world.do(victim_reports.decide, world.operator, first, CONFIRM)
    assert not await world.sees(world.cedar, queued[first])
    await world.do(partial(holding.set_signal_hidden, hidden=True), world.operator, queued[second])
    await world.do(victim_reports.decide, world.operator, second, LIFT)
    assert not await world.sees(world.cedar, queued[second])


async def test_saying_it_again_makes_no_second_report_and_after_a_lift_it_does(world: World) -> None:
    signal = await world.share(world.alder)
    await world.report_victim(world.birch, signal)
    (report,) = await _reports(world)
    await world.do(victim_reports.decide, world.operator, report, LIFT)
    assert await world.report_victim(world.birch, signal) == "UNCHANGED"
    (result,) = await world.record(world.birch, [replace(_draft(signal), note="Her parents wrote to us")])
    assert result.outcome == "UPDATED"
    assert await _states(world) == ["LIFTED", "HIDDEN"]
    assert not await world.sees(world.cedar, signal)


async def test_a_decision_can_be_revised_and_is_audited_each_time(world: World) -> None:
    signal = await world.share(world.alder)
    await world.report_victim(world.birch, signal)
    (report,) = await _reports(world)
    for decision in (CONFIRM, CONFIRM, LIFT, CONFIRM):
        await world.do(victim_reports.decide, world.operator, report, decision)
    assert not await world.sees(world.cedar, signal)
    assert await world.rows("SELECT count(*) FROM audit_event WHERE action LIKE 'victim_report%'") == [(3,)]


async def test_only_the_operator_reads_and_decides(world: World) -> None:
    signal = await world.share(world.alder)
    await world.report_victim(world.birch, signal)
    (report,) = await _reports(world)
    for actor in (world.birch, world.alder, replace(world.operator, scopes=frozenset())):
        with pytest.raises(Forbidden):
            await world.ask(victim_reports.find, actor, ReportFilter(), Window(10))
        with pytest.raises(Forbidden):
            await world.do(victim_reports.decide, actor, report, LIFT)
    with pytest.raises(NotFound):
        await world.do(victim_reports.decide, world.operator, uuid4(), LIFT)
    assert not await world.sees(world.cedar, signal)


async def test_nobody_hides_a_signal_without_a_report_of_its_own(world: World) -> None:
    """The wall behind the rule: the database refuses it too."""
    signal = await world.share(world.alder)
    for value in (True, False):
        with pytest.raises(DBAPIError, match="not for this viewer"):
            async with world.exchange.database.write(world.now(world.birch)) as session:
                await session.execute(text(f"SELECT set_signal_hidden('{signal}', {value}, now())"))
    assert await world.sees(world.cedar, signal)
