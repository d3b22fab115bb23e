"""Feedback as it is given: which verdict, reason, review and action go together (R7, R10, R11, R20)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

from ..errors import InvalidInput, NotFound, Refusal
from . import texts
from .ids import NOTHING
from .labels import ReviewStatus
from .moments import checked_optional_moment
from .signal_types import SignalType
from .verdicts import (
    EXPLAINED,
    NEGATIVE,
    REVIEWED,
    EnforcementAction,
    Verdict,
    VerdictReason,
    enforces,
)

# Characters.
MAX_ROLE_LENGTH = 100
MAX_POLICY_REFERENCE_LENGTH = 500
MAX_NOTE_LENGTH = 4_000
# Of one action in one row: more comes from a bulk of accounts, which deserves more rows.
MAX_ACTION_COUNT = 1_000_000

# Others than its author read to this only when feedback was given. To the microsecond it would be that of all else in
# the same request, some of which names the author: a reveal, or feedback on a signal that only one other sees (R8).
TOLD_TO = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_REVIEW_DONE = frozenset({ReviewStatus.REVIEWED_AUTOMATICALLY, ReviewStatus.REVIEWED_MANUALLY})


@dataclass(frozen=True, slots=True)
class FeedbackDraft:
    """One row as it was given; `signal_id` is `ids.NOTHING` where the text was no id of a signal."""

    signal_id: UUID
    verdict: Verdict
    reason: VerdictReason | None = None
    review_status: ReviewStatus = ReviewStatus.UNREVIEWED
    reviewed_at: datetime | None = None
    reviewer_role: str | None = None
    policy_reference: str | None = None
    note: str | None = None
    actions: tuple[tuple[EnforcementAction, int], ...] = ()

    @property
    def counts(self) -> Mapping[EnforcementAction, int]:
        return dict(self.actions)


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """Which feedback to list; what is empty or null does not matter."""

    verdicts: tuple[Verdict, ...] = ()
    signal_type: SignalType | None = None
    updated_since: datetime | None = None

    @property
    def findings(self) -> list[tuple[str, str]]:
        """The wanted pairs of a verdict and a type of signal; none if all are wanted."""
        verdicts = set(self.verdicts) or set(Verdict)
        if self.signal_type is None and verdicts == set(Verdict):
            return []
        types = [self.signal_type] if self.signal_type else list(SignalType)
        return [(verdict.value, type.value) for verdict, type in product(verdicts, types)]


def told_moment(moment: datetime) -> datetime:
    """When feedback was given, as others than its author read it: rounded down."""
    return moment - (moment - _EPOCH) % TOLD_TO


def ready(draft: FeedbackDraft, as_of: datetime) -> FeedbackDraft:
    """The draft in the form in which it is compared and kept.

    Raises: InvalidInput, naming the field, for whatever can be refused without looking at the signal; NotFound for an
    id of nothing, as two such ids name no signal that the rows have in common.
    """
    made = draft if _says_no_more_than_words(draft) else _tidied(draft)
    _check_reason(made)
    _check_own_review(made, as_of)
    if made.actions and enforces(made.counts):
        _check_enforcement(made)
    if made.signal_id == NOTHING:
        raise NotFound("signal", field="signalId")
    return made


def _says_no_more_than_words(draft: FeedbackDraft) -> bool:
    """Most come in bulk, with a verdict and nothing else."""
    free = (draft.reviewed_at, draft.reviewer_role, draft.policy_reference, draft.note)
    return free == (None, None, None, None) and not draft.actions


def _tidied(draft: FeedbackDraft) -> FeedbackDraft:
    return replace(
        draft,
        reviewed_at=checked_optional_moment(draft.reviewed_at, "reviewedAt"),
        reviewer_role=texts.checked_optional(draft.reviewer_role, "reviewerRole", max_length=MAX_ROLE_LENGTH),
        policy_reference=texts.checked_optional(
            draft.policy_reference, "policyReference", max_length=MAX_POLICY_REFERENCE_LENGTH
        ),
        note=texts.checked_optional(draft.note, "note", max_length=MAX_NOTE_LENGTH),
        actions=_checked_actions(draft.actions),
    )


def _checked_actions(
    actions: tuple[tuple[EnforcementAction, int], ...],
) -> tuple[tuple[EnforcementAction, int], ...]:
    if len({action for action, _ in actions}) < len(actions):
        raise InvalidInput("Name each action once, with its count.", field="actions", reason=Refusal.DUPLICATE_ACTION)
    if not all(1 <= count <= MAX_ACTION_COUNT for _, count in actions):
        raise InvalidInput(f"A count is 1 to {MAX_ACTION_COUNT:,}.", field="actions", reason=Refusal.OUT_OF_RANGE)
    return tuple(sorted(actions))


def _check_reason(draft: FeedbackDraft) -> None:
    if draft.reason is None and draft.verdict in NEGATIVE:
        raise InvalidInput(f"{draft.verdict} needs a reason.", field="reason", reason=Refusal.REASON_REQUIRED)
    if draft.reason is not None and draft.verdict not in EXPLAINED:
        raise InvalidInput(
            f"{draft.verdict} takes no reason.", field="reason", reason=Refusal.REASON_CONTRADICTS_VERDICT
        )
    if draft.reason is not VerdictReason.VICTIM_NOT_OFFENDER:
        return
    if draft.verdict is not Verdict.FALSE_POSITIVE:
        raise InvalidInput(
            "That it points at a victim is a reason for FALSE_POSITIVE only.",
            field="verdict",
            reason=Refusal.FALSE_POSITIVE_REQUIRED,
        )
    if draft.review_status is not ReviewStatus.REVIEWED_MANUALLY:
        raise InvalidInput(
            "That it points at a victim is for a person to find: it needs REVIEWED_MANUALLY.",
            field="reviewStatus",
            reason=Refusal.MANUAL_REVIEW_REQUIRED,
        )


def _check_own_review(draft: FeedbackDraft, as_of: datetime) -> None:
    if draft.verdict in REVIEWED and draft.review_status not in _REVIEW_DONE:
        raise InvalidInput(
            f"{draft.verdict} comes from a review: say whether it was automatic or by a person.",
            field="reviewStatus",
            reason=Refusal.REVIEW_REQUIRED,
        )
    if draft.reviewed_at is not None and draft.reviewed_at > as_of:
        raise InvalidInput("This lies in the future.", field="reviewedAt", reason=Refusal.IN_THE_FUTURE)


def _check_enforcement(draft: FeedbackDraft) -> None:
    """A signal is a clue, never proof: whoever acts has found a violation of its own policy first (R10)."""
    if draft.verdict is not Verdict.CONFIRMED_VIOLATION:
        raise InvalidInput(
            "An action needs the verdict CONFIRMED_VIOLATION.", field="verdict", reason=Refusal.CONFIRMATION_REQUIRED
        )
    if draft.review_status is not ReviewStatus.REVIEWED_MANUALLY:
        raise InvalidInput(
            "An action needs a review by a person of yours first: REVIEWED_MANUALLY.",
            field="reviewStatus",
            reason=Refusal.MANUAL_REVIEW_REQUIRED,
        )
    attested = {
        "reviewedAt": draft.reviewed_at,
        "reviewerRole": draft.reviewer_role,
        "policyReference": draft.policy_reference,
    }
    for field, value in attested.items():
        if value is None:
            raise InvalidInput(
                "An action needs to say when who reviewed it, and against which policy of yours.",
                field=field,
                reason=Refusal.ATTESTATION_REQUIRED,
            )
