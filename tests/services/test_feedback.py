"""Recording feedback: what is kept, what is refused, and what everybody makes of it (R7-R10, R19, R20)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Conflict, Forbidden, InvalidInput, TooMany
from app.rules.feedback import FeedbackDraft, FeedbackFilter
from app.rules.ids import NOTHING
from app.rules.labels import ContributionStatus, RetractionReason, ReviewStatus, Violation
from app.rules.participants import ParticipantStatus
from app.rules.verdicts import EnforcementAction, Verdict, VerdictReason
from app.services import contributions, feedback
from app.services.contributions import Revision
from app.store.database_urls import DatabaseUrls
from app.store.pages import Window
from tests.feedback_world import MANUAL, World, world_at

V = Verdict
REMOVED = ((EnforcementAction.ACCOUNT_REMOVED, 2),)


@pytest.fixture(params=[True, False], ids=["at once", "in steps"])
async def world(
    emptied: DatabaseUrls, owner_engine: AsyncEngine, request: pytest.FixtureRequest
) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as world:
        world.at_once = request.param
        yield world


async def _relabel(world: World, contributor: Any, signal: UUID, **labels: Any) -> None:
    (row,) = [
        row
        for row in await world.contributions_on(contributor, signal)
        if row.participant_id == contributor.participant_id
    ]
    await world.do(contributions.update, contributor, world.exchange.keyring, Revision(row.id, labels))


async def test_a_later_verdict_replaces_the_earlier_and_the_history_stays(world: World) -> None:
    signal = await world.share(world.alder)
    assert await world.deny(world.birch, signal) == "CREATED"
    assert await world.opinion(world.alder, signal) == "FALSE_POSITIVE"
    assert await world.confirm(world.birch, signal) == "UPDATED"
    assert await world.opinion(world.alder, signal) == "CONFIRMED"
    history = await world.rows("SELECT version, verdict FROM feedback_version ORDER BY version")
    assert history == [(1, "FALSE_POSITIVE"), (2, "CONFIRMED_VIOLATION")]


async def test_saying_the_same_again_changes_nothing(world: World) -> None:
    signal = await world.share(world.alder)
    said = {"review_status": MANUAL, "policy_reference": "policy 4", "note": "seen twice", "actions": ()}
    assert await world.say(world.birch, signal, V.CONFIRMED_VIOLATION, **said) == "CREATED"
    before = await world.rows("SELECT count(*) FROM inbox")
    assert await world.say(world.birch, signal, V.CONFIRMED_VIOLATION, **said) == "UNCHANGED"
    assert await world.rows("SELECT count(*) FROM inbox") == before
    assert await world.say(world.birch, signal, V.CONFIRMED_VIOLATION, **{**said, "note": "thrice"}) == "UPDATED"


async def test_the_two_sides_make_a_dispute(world: World) -> None:
    signal = await world.share(world.alder)
    assert await world.opinion(world.cedar, signal) == "INVESTIGATION_SEED"
    await world.say(world.operator, signal, V.NO_MATCH)
    assert await world.opinion(world.cedar, signal) == "INVESTIGATION_SEED"
    await world.confirm(world.birch, signal)
    await world.deny(world.cedar, signal)
    assert await world.opinion(world.operator, signal) == "DISPUTED"


async def test_nobody_judges_a_signal_that_only_it_contributed_as_far_as_it_sees(world: World) -> None:
    signal = await world.share(world.cedar)
    assert await world.confirm(world.cedar, signal) == "ONLY_OWN_CONTRIBUTION"
    group = world.exchange.group_id
    hidden = await world.share(world.birch, group=group)
    assert await world.confirm(world.cedar, hidden) == "NOT_FOUND"


async def test_an_unseen_an_absent_and_an_unreadable_signal_are_refused_alike(world: World) -> None:
    hidden = await world.share(world.birch, group=world.exchange.group_id)
    drafts = [FeedbackDraft(id, V.NO_MATCH) for id in (hidden, uuid4(), NOTHING)]
    results = await world.record(world.cedar, drafts)
    assert len({repr(result) for result in results}) == 1
    assert results[0].rejection is not None
    assert results[0].rejection.code == "NOT_FOUND"


async def test_unreadable_ids_do_not_count_as_one_signal(world: World) -> None:
    results = await world.record(world.cedar, [FeedbackDraft(NOTHING, verdict) for verdict in (V.NO_MATCH, V.MATCHED)])
    assert [result.rejection and result.rejection.code for result in results] == ["NOT_FOUND", "NOT_FOUND"]


async def test_feedback_refers_to_what_others_contributed_and_its_author_could_see(world: World) -> None:
    group = world.exchange.group_id
    signal = await world.share(world.alder, world.birch, group=group)
    await world.confirm(world.birch, signal)
    referred = await world.rows("SELECT contributor_id, contribution_version FROM feedback_reference")
    assert referred == [(world.alder.participant_id, 1)]


async def test_an_author_s_own_contribution_does_not_carry_its_opinion_to_others(world: World) -> None:
    """Cedar sees what Birch contributed and not what Alder did, to which alone Birch's feedback refers (R3, R9)."""
    signal = await world.contribute(world.alder, 0, group=world.exchange.group_id)
    assert await world.contribute(world.birch, 0) == signal
    await world.confirm(world.birch, signal)
    assert await world.opinion(world.alder, signal) == "CONFIRMED"
    assert await world.sees(world.cedar, signal)
    assert await world.opinion(world.cedar, signal) == "INVESTIGATION_SEED"


async def test_who_contributes_later_does_not_receive_what_was_said_before(world: World) -> None:
    signal = await world.contribute(world.alder, 0)
    await world.confirm(world.birch, signal)
    await world.contribute(world.cedar, 0)
    wanted = FeedbackFilter()
    assert (await world.ask(feedback.received, world.cedar, wanted, Window(10))).items == []
    assert await world.confirm(world.birch, signal) == "UPDATED"
    assert len((await world.ask(feedback.received, world.cedar, wanted, Window(10))).items) == 1


async def test_a_disagreement_about_labels_is_moot_once_they_changed(world: World) -> None:
    signal = await world.share(world.alder)
    await world.deny(world.birch, signal, VerdictReason.WRONG_LABEL)
    assert await world.opinion(world.alder, signal) == "FALSE_POSITIVE"
    await _relabel(world, world.alder, signal, violations=(Violation.CSAM_SOLICITATION,))
    assert await world.opinion(world.alder, signal) == "INVESTIGATION_SEED"
    assert await world.deny(world.birch, signal, VerdictReason.WRONG_LABEL) == "UPDATED"
    assert await world.opinion(world.alder, signal) == "FALSE_POSITIVE"


async def test_a_disagreement_about_the_value_stays_when_labels_change(world: World) -> None:
    signal = await world.share(world.alder)
    await world.deny(world.birch, signal, VerdictReason.SHARED_OR_COMMON_VALUE)
    await _relabel(world, world.alder, signal, violations=(Violation.CSAM_SOLICITATION,))
    assert await world.opinion(world.alder, signal) == "FALSE_POSITIVE"


async def test_one_bad_row_fails_no_other(world: World) -> None:
    signals = [await world.share(world.alder) for _ in range(3)]
    drafts = [
        FeedbackDraft(signals[0], V.NO_MATCH),
        FeedbackDraft(signals[1], V.NO_MATCH, note="nul \0 inside"),
        FeedbackDraft(signals[2], V.MATCHED, note="half \ud800 a character"),
        FeedbackDraft(signals[2], V.MATCHED),
    ]
    results = await world.record(world.birch, drafts, key="lone surrogates too")
    assert [result.outcome for result in results] == ["CREATED", "REJECTED", "REJECTED", "CREATED"]
    assert {r.rejection.field for r in results if r.rejection} == {"note"}


async def test_of_two_rows_on_one_signal_the_first_decides(world: World) -> None:
    signal = await world.share(world.alder)
    drafts = [FeedbackDraft(signal, verdict) for verdict in (V.NO_MATCH, V.NO_MATCH, V.MATCHED)]
    results = await world.record(world.birch, drafts)
    assert [result.outcome for result in results] == ["CREATED", "UNCHANGED", "REJECTED"]
    assert results[2].rejection is not None
    assert results[2].rejection.reason == "DUPLICATE_IN_BATCH"
    assert await world.rows("SELECT verdict FROM feedback") == [("NO_MATCH",)]


async def test_a_repeated_call_acts_once_and_another_with_its_key_conflicts(world: World) -> None:
    signals = [await world.share(world.alder) for _ in range(2)]
    drafts = [FeedbackDraft(signal, V.NO_MATCH, note="Nothing found") for signal in signals]
    first = await world.record(world.birch, drafts, key="monday")
    await world.say(world.birch, signals[0], V.MATCHED)
    assert await world.record(world.birch, drafts, key="monday") == first
    assert await world.rows("SELECT count(*) FROM feedback_version") == [(3,)]
    with pytest.raises(Conflict):
        await world.record(world.birch, drafts[:1], key="monday")


async def test_an_automatic_review_does_not_replace_a_person_s(world: World) -> None:
    signal = await world.share(world.alder)
    await world.deny(world.birch, signal)
    automatic = {"review_status": ReviewStatus.REVIEWED_AUTOMATICALLY}
    assert await world.say(world.birch, signal, V.CONFIRMED_VIOLATION, **automatic) == "REVIEWED_BY_A_PERSON"
    assert await world.opinion(world.alder, signal) == "FALSE_POSITIVE"
    assert await world.say(world.cedar, signal, V.CONFIRMED_VIOLATION, **automatic) == "CREATED"


async def test_enforcement_is_kept_with_its_attestation_sealed(world: World) -> None:
    signal = await world.share(world.alder)
    attested = {"reviewed_at": world.exchange.clock(), "reviewer_role": "Analyst", "policy_reference": "policy 9b"}
    said = {"review_status": MANUAL, "actions": REMOVED, **attested}
    assert await world.say(world.birch, signal, V.CONFIRMED_VIOLATION, **said) == "CREATED"
    ((actions, sealed),) = await world.rows("SELECT actions, sealed_policy_reference FROM feedback")
    assert actions == {"ACCOUNT_REMOVED": 2}
    assert b"policy" not in sealed


async def test_no_feedback_without_the_scope_or_by_whom_is_not_active(world: World) -> None:
    signal = await world.share(world.alder)
    for actor in (
        replace(world.birch, scopes=frozenset({"feedback:read"})),
        replace(world.birch, status=ParticipantStatus.RESTRICTED),
        replace(world.birch, status=ParticipantStatus.SUSPENDED),
    ):
        with pytest.raises(Forbidden):
            await world.say(actor, signal, V.NO_MATCH)
    assert await world.rows("SELECT count(*) FROM feedback") == [(0,)]


async def test_a_call_has_one_to_a_thousand_rows(world: World) -> None:
    with pytest.raises(InvalidInput):
        await world.record(world.birch, [])
    with pytest.raises(TooMany):
        await world.record(world.birch, [FeedbackDraft(NOTHING, V.NO_MATCH)] * 1_001)


async def test_feedback_side_by_side_is_recorded_once(world: World) -> None:
    signal = await world.share(world.alder)
    drafts = [FeedbackDraft(signal, V.NO_MATCH)]
    calls = [feedback.record] * 4
    results = await asyncio.gather(*(world.do(c, world.birch, world.exchange.keyring, drafts) for c in calls))
    outcomes = sorted(str(result.outcome) for (result,) in results)
    assert outcomes == ["CREATED", "UNCHANGED", "UNCHANGED", "UNCHANGED"]


async def test_the_feed_is_told_of_each_contribution_that_feedback_refers_to(world: World) -> None:
    signal = await world.share(world.alder, world.cedar)
    await world.confirm(world.birch, signal)
    told = await world.rows("SELECT owner_id FROM inbox WHERE kind = 'FEEDBACK' AND sight_before = 1")
    assert {id for (id,) in told} == {world.alder.participant_id, world.cedar.participant_id}


async def test_a_contributor_receives_only_what_refers_to_it(world: World) -> None:
    signal = await world.share(world.alder)
    await world.confirm(world.birch, signal)
    wanted = FeedbackFilter()
    assert len((await world.ask(feedback.received, world.alder, wanted, Window(10))).items) == 1
    assert (await world.ask(feedback.received, world.cedar, wanted, Window(10))).items == []
    assert (await world.ask(feedback.given, world.alder, wanted, Window(10))).items == []
    suspended = replace(world.alder, status=ParticipantStatus.SUSPENDED)
    assert (await world.ask(feedback.received, suspended, wanted, Window(10))).items == []
    with pytest.raises(Forbidden):
        await world.ask(feedback.received, replace(world.alder, scopes=frozenset()), wanted, Window(10))


async def test_what_came_of_a_retracted_contribution_still_reaches_its_contributor(world: World) -> None:
    signal = await world.share(world.alder, world.cedar)
    await world.confirm(world.birch, signal)
    row = (await world.contributions_on(world.alder, signal))[0]
    assert row.status == ContributionStatus.ACTIVE
    await world.do(contributions.retract, world.alder, [row.id], RetractionReason.ERROR)
    assert len((await world.ask(feedback.received, world.alder, FeedbackFilter(), Window(10))).items) == 1


@pytest.mark.parametrize("listing", [feedback.given, feedback.received])
async def test_lists_of_feedback_are_filtered_and_paged(world: World, listing: Any) -> None:
    for verdict in (V.NO_MATCH, V.MATCHED, V.NO_MATCH, V.IN_REVIEW, V.NO_MATCH):
        world.exchange.clock.forward(hours=2)
        await world.say(world.birch, await world.share(world.alder), verdict)
    reader = world.birch if listing is feedback.given else world.alder
    wanted = FeedbackFilter(verdicts=(V.NO_MATCH, V.IN_REVIEW))
    seen, after = [], None
    while True:
        page = await world.ask(listing, reader, wanted, Window(2, after))
        seen += [row.verdict for _, row in page.items]
        if not page.has_next:
            break
        after = page.items[-1][0]
    assert seen == ["NO_MATCH", "IN_REVIEW", "NO_MATCH", "NO_MATCH"]
    since = world.exchange.clock() - timedelta(hours=3)
    recent = await world.ask(listing, reader, FeedbackFilter(updated_since=since), Window(9))
    assert [row.verdict for _, row in recent.items] == ["NO_MATCH", "IN_REVIEW"]
