"""What a contributor learns of what came of its signals."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Forbidden
from app.rules.actor import Actor
from app.rules.impact import Cell, Impact
from app.rules.labels import Violation
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.rules.signal_types import SignalType
from app.rules.verdicts import EnforcementAction, Verdict
from app.services import impact
from app.store.database_urls import DatabaseUrls
from tests.feedback_world import MANUAL, World, world_at

A = EnforcementAction


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as world:
        yield world


async def _impact(world: World, actor: Actor) -> Impact:
    now = world.exchange.clock()
    return await world.ask(impact.of_viewer, actor, now - timedelta(days=1), now + timedelta(days=1))


async def _acted(world: World, by: Actor, signal: UUID, count: int) -> None:
    said = {"reviewed_at": world.exchange.clock(), "reviewer_role": "Analyst", "policy_reference": "4.2"}
    actions = ((A.ACCOUNT_REMOVED, count),)
    outcome = await world.say(by, signal, Verdict.CONFIRMED_VIOLATION, review_status=MANUAL, actions=actions, **said)
    assert outcome in ("CREATED", "UPDATED")


def _matched(cells: list[Cell]) -> dict[str, int]:
    return {cell.key: cell.funnel.matched for cell in cells}


async def test_totals_are_exact(world: World) -> None:
    signal, other = await world.share(world.alder), await world.share(world.alder)
    await _acted(world, world.birch, signal, 3)
    await _acted(world, world.cedar, signal, 4)
    await world.say(world.birch, other, Verdict.NO_MATCH)
    total = (await _impact(world, world.alder)).total
    assert (total.downloaded, total.matched, total.reviewed, total.actionable, total.already_actioned) == (
        3,
        2,
        2,
        2,
        2,
    )
    assert total.actions == {A.ACCOUNT_REMOVED: 7}


async def test_only_the_current_feedback_counts(world: World) -> None:
    signal = await world.share(world.alder)
    await _acted(world, world.birch, signal, 3)
    await _acted(world, world.birch, signal, 1)
    assert (await _impact(world, world.alder)).total.actions == {A.ACCOUNT_REMOVED: 1}
    await world.say(world.birch, signal, Verdict.NO_MATCH, review_status=MANUAL)
    assert (await _impact(world, world.alder)).total.actions == {}


async def test_nobody_learns_what_came_of_others_signals_or_of_its_own_feedback(world: World) -> None:
    signal = await world.share(world.alder, world.birch)
    await world.confirm(world.birch, signal)
    assert (await _impact(world, world.alder)).total.matched == 1
    for actor in (world.birch, world.cedar, world.operator):
        report = await _impact(world, actor)
        assert report.total.downloaded == 0
        assert report.by_participant_class == []


async def test_it_takes_the_scope_and_a_status_that_sees_others(world: World) -> None:
    await world.confirm(world.birch, await world.share(world.alder))
    with pytest.raises(Forbidden):
        await _impact(world, replace(world.alder, scopes=frozenset({"feedback:read"})))
    suspended = replace(world.alder, status=ParticipantStatus.SUSPENDED)
    assert (await _impact(world, suspended)).total.matched == 0


async def test_feedback_outside_the_period_does_not_count(world: World) -> None:
    await world.confirm(world.birch, await world.share(world.alder))
    world.exchange.clock.forward(days=3)
    assert (await _impact(world, world.alder)).total.matched == 0


async def test_breakdowns_tell_classes_types_and_violations_of_enough_participants(world: World) -> None:
    receivers = [await world.participant(f"receiver-{n}", ParticipantClass.RECEIVE_ONLY) for n in range(3)]
    givers = [world.birch, world.cedar, await world.participant("dunn")]
    url = await world.share(world.alder)
    domain = await world.share(world.alder, type=SignalType.DOMAIN, violations=(Violation.CSAM_SOLICITATION,))
    for actor in receivers:
        await world.confirm(actor, url)
    for actor in givers:
        await world.confirm(actor, domain)
    report = await _impact(world, world.alder)
    assert _matched(list(report.by_participant_class)) == {"CONTRIBUTOR_CONSUMER": 3, "RECEIVE_ONLY": 3}
    assert _matched(list(report.by_signal_type)) == {"URL": 3, "DOMAIN": 3}
    assert _matched(list(report.by_violation)) == {"CSAM_SOLICITATION": 3, "SEXTORTION_FINANCIAL": 3}


async def test_the_only_participant_of_its_class_is_not_told_apart(world: World) -> None:
    signal = await world.share(world.alder)
    for actor in (world.birch, world.cedar, await world.participant("dunn"), await world.participant("elm")):
        await world.confirm(actor, signal)
    await world.confirm(await world.participant("receiver", ParticipantClass.RECEIVE_ONLY), signal)
    assert _matched(list((await _impact(world, world.alder)).by_participant_class)) == {"OTHER": 5}


async def test_the_database_gives_an_author_no_lasting_number(world: World) -> None:
    signal = await world.share(world.alder)
    authors = [await world.participant(f"author-{n}") for n in range(8)]
    for number, author in enumerate(authors, start=1):
        await _acted(world, author, signal, number)
    orders = set()
    for _ in range(5):
        async with world.exchange.database.read(world.now(world.alder)) as session:
            rows = await session.execute(
                text("SELECT actions FROM feedback_about_me('2000-01-01', '2100-01-01') ORDER BY reporter")
            )
            orders.add(str(rows.all()))
    assert len(orders) > 1
