"""Which verdict, reason, review and action go together (R9, R10, R11, R20)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from app.errors import InvalidInput, NotFound
from app.rules.feedback import MAX_NOTE_LENGTH, FeedbackDraft, ready
from app.rules.ids import NOTHING
from app.rules.labels import ReviewStatus, check_review
from app.rules.verdicts import (
    EnforcementAction,
    Opinion,
    Verdict,
    VerdictReason,
    enforces,
    implies,
    opinion,
)

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
V, R, A, S = Verdict, VerdictReason, EnforcementAction, ReviewStatus
REMOVED = ((A.ACCOUNT_REMOVED, 1),)
ACTED = FeedbackDraft(
    signal_id=UUID(int=1),
    verdict=V.CONFIRMED_VIOLATION,
    review_status=S.REVIEWED_MANUALLY,
    reviewed_at=NOW - timedelta(days=1),
    reviewer_role="Analyst",
    policy_reference="Policy 4.2",
    actions=REMOVED,
)


def _refusal(draft: FeedbackDraft) -> str:
    with pytest.raises(InvalidInput) as refused:
        ready(draft, NOW)
    return f"{refused.value.field} {refused.value.reason}"


def _draft(verdict: Verdict, **said: Any) -> FeedbackDraft:
    return FeedbackDraft(ACTED.signal_id, verdict, **said)


def test_an_attested_action_on_a_confirmed_violation_is_accepted() -> None:
    assert ready(ACTED, NOW) == ACTED


def test_an_id_of_nothing_is_not_found_once_all_else_is_right() -> None:
    with pytest.raises(NotFound):
        ready(replace(ACTED, signal_id=NOTHING), NOW)
    assert _refusal(replace(ACTED, signal_id=NOTHING, policy_reference=None)) == "policyReference ATTESTATION_REQUIRED"


@pytest.mark.parametrize("action", [a for a in A if a not in (A.NO_ACTION, A.INVESTIGATION_OPENED)])
def test_every_enforcement_needs_a_confirmed_violation(action: EnforcementAction) -> None:
    denied = replace(ACTED, verdict=V.INCONCLUSIVE, actions=((action, 1),))
    assert _refusal(denied) == "verdict CONFIRMATION_REQUIRED"


@pytest.mark.parametrize("action", [A.NO_ACTION, A.INVESTIGATION_OPENED])
def test_opening_an_investigation_and_doing_nothing_need_no_confirmation(action: EnforcementAction) -> None:
    assert not enforces(ready(_draft(V.MATCHED, actions=((action, 3),)), NOW).counts)


@pytest.mark.parametrize("field", ["reviewed_at", "reviewer_role", "policy_reference"])
def test_nobody_acts_without_an_attested_review(field: str) -> None:
    assert _refusal(replace(ACTED, **{field: None})).endswith("ATTESTATION_REQUIRED")


@pytest.mark.parametrize("field", ["reviewer_role", "policy_reference"])
def test_white_space_is_no_attestation(field: str) -> None:
    assert _refusal(replace(ACTED, **{field: " \t "})).endswith("EMPTY")


def test_automation_does_not_enforce() -> None:
    automatic = replace(ACTED, review_status=S.REVIEWED_AUTOMATICALLY)
    assert _refusal(automatic) == "reviewStatus MANUAL_REVIEW_REQUIRED"
    assert _refusal(replace(ACTED, review_status=S.UNREVIEWED)) == "reviewStatus REVIEW_REQUIRED"


@pytest.mark.parametrize("verdict", [V.CONFIRMED_VIOLATION, V.INCONCLUSIVE, V.NOT_VIOLATING_HERE, V.FALSE_POSITIVE])
@pytest.mark.parametrize("status", [S.UNREVIEWED, S.PENDING])
def test_a_verdict_of_a_review_needs_one(verdict: Verdict, status: ReviewStatus) -> None:
    reason = R.OTHER if verdict is V.FALSE_POSITIVE else None
    assert _refusal(_draft(verdict, reason=reason, review_status=status)) == "reviewStatus REVIEW_REQUIRED"


def test_a_denial_needs_a_reason() -> None:
    assert _refusal(_draft(V.FALSE_POSITIVE, review_status=S.REVIEWED_MANUALLY)) == "reason REASON_REQUIRED"
    ready(_draft(V.NOT_VIOLATING_HERE, review_status=S.REVIEWED_MANUALLY), NOW)


@pytest.mark.parametrize("verdict", [V.INGESTED, V.NO_MATCH, V.MATCHED, V.CONFIRMED_VIOLATION])
def test_a_reason_to_disagree_goes_with_no_other_verdict(verdict: Verdict) -> None:
    draft = _draft(verdict, reason=R.WRONG_LABEL, review_status=S.REVIEWED_MANUALLY)
    assert _refusal(draft) == "reason REASON_CONTRADICTS_VERDICT"


def test_only_a_person_finds_that_it_is_a_victim() -> None:
    draft = _draft(V.FALSE_POSITIVE, reason=R.VICTIM_NOT_OFFENDER, review_status=S.REVIEWED_AUTOMATICALLY)
    assert _refusal(draft) == "reviewStatus MANUAL_REVIEW_REQUIRED"
    manual = replace(draft, review_status=S.REVIEWED_MANUALLY)
    assert ready(manual, NOW) == manual
    assert _refusal(replace(manual, verdict=V.OUTDATED)) == "verdict FALSE_POSITIVE_REQUIRED"


def test_automation_does_not_take_the_place_of_a_person() -> None:
    for less in (S.REVIEWED_AUTOMATICALLY, S.UNREVIEWED):
        with pytest.raises(InvalidInput):
            check_review(S.REVIEWED_MANUALLY, less)
    for before, after in ((S.REVIEWED_AUTOMATICALLY,) * 2, (S.REVIEWED_AUTOMATICALLY, S.REVIEWED_MANUALLY)):
        check_review(before, after)


@pytest.mark.parametrize(
    "moment",
    [
        NOW + timedelta(microseconds=1),
        datetime(2026, 6, 1),  # noqa: DTZ001  # what a client sends without an offset
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=14))),
    ],
)
def test_a_review_has_a_time_that_can_be(moment: datetime) -> None:
    assert _refusal(_draft(V.MATCHED, reviewed_at=moment)).startswith("reviewedAt ")


@pytest.mark.parametrize("text", ["nul \0", "half \ud800", "bell \a", "x" * (MAX_NOTE_LENGTH + 1)])
def test_texts_that_cannot_be_kept_are_refused(text: str) -> None:
    assert _refusal(_draft(V.MATCHED, note=text)).startswith("note ")


@pytest.mark.parametrize("count", [0, -1, 1_000_001])
def test_counts_are_bounded(count: int) -> None:
    assert _refusal(_draft(V.MATCHED, actions=((A.NO_ACTION, count),))) == "actions OUT_OF_RANGE"


def test_an_action_is_named_once() -> None:
    twice = ((A.NO_ACTION, 1), (A.NO_ACTION, 2))
    assert _refusal(_draft(V.MATCHED, actions=twice)) == "actions DUPLICATE_ACTION"


def test_the_order_of_actions_makes_no_difference() -> None:
    actions = ((A.NO_ACTION, 1), (A.INVESTIGATION_OPENED, 2))
    first, second = (ready(_draft(V.MATCHED, actions=order), NOW) for order in (actions, actions[::-1]))
    assert first == second


def test_a_verdict_says_what_follows_from_it() -> None:
    assert {v for v in V if implies(v, V.MATCHED)} == {
        V.MATCHED,
        V.IN_REVIEW,
        V.CONFIRMED_VIOLATION,
        V.INCONCLUSIVE,
        V.NOT_VIOLATING_HERE,
    }
    assert {v for v in V if not implies(v, V.INGESTED)} == {V.FALSE_POSITIVE, V.OUTDATED, V.WANT_MORE_INFO}


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({}, Opinion.INVESTIGATION_SEED),
        (dict.fromkeys(set(V) - {V.CONFIRMED_VIOLATION, V.FALSE_POSITIVE}, 9), Opinion.INVESTIGATION_SEED),
        ({V.CONFIRMED_VIOLATION: 1, V.NOT_VIOLATING_HERE: 5}, Opinion.CONFIRMED),
        ({V.FALSE_POSITIVE: 1, V.MATCHED: 5}, Opinion.FALSE_POSITIVE),
        ({V.FALSE_POSITIVE: 1, V.CONFIRMED_VIOLATION: 9}, Opinion.DISPUTED),
    ],
)
def test_an_opinion_comes_from_those_who_confirm_and_deny(verdicts: dict[Verdict, int], expected: Opinion) -> None:
    assert opinion(verdicts) is expected
