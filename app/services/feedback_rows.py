"""From what a draft of feedback says to the row that keeps it, and back again to see whether anything changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from app.errors import InvalidInput, NotFound, Refusal
from app.rules.actor import Actor
from app.rules.feedback import FeedbackDraft
from app.rules.keyring import Keyring
from app.rules.labels import ReviewStatus, check_review
from app.rules.row_results import Outcome, RowResult
from app.rules.sealing import opened_optional, seal_optional
from app.rules.verdicts import VerdictReason
from app.store import first_feedback
from app.store.feedback_records import Record, Recorded, Seen, Upon
from app.store.first_feedback import Finding


@dataclass(frozen=True, slots=True)
class Place:
    """What a draft comes upon: the contributions of others that its author sees, and what it said before."""

    others: Sequence[Seen]
    before: Record | None
    referred: Mapping[UUID, int]

    @classmethod
    def of(cls, actor: Actor, upon: Upon | None) -> "Place":
        """Raises: NotFound if the actor sees no contribution at all, InvalidInput if none but its own (R7)."""
        if upon is None:
            raise _not_seen()
        others = [row for row in upon.seen if row.participant_id != actor.participant_id]
        if not others:
            raise _only_own()
        return cls(others, upon.before, upon.referred)

    @property
    def is_moot(self) -> bool:
        """Whether somebody contributed, or changed the labels, since: saying the same again then says more (R7)."""
        return any(self.referred.get(row.id, 0) < row.labels_version for row in self.others)


def _not_seen() -> NotFound:
    return NotFound("signal", field="signalId")


def _only_own() -> InvalidInput:
    return InvalidInput(
        "Nobody but you contributed this signal, as far as you see: change or retract your contribution instead.",
        field="signalId",
        reason=Refusal.ONLY_OWN_CONTRIBUTION,
    )


_REFUSED = {
    first_feedback.NOT_SEEN: RowResult.rejected(_not_seen()),
    first_feedback.ONLY_OWN: RowResult.rejected(_only_own()),
}


def first_finding(keyring: Keyring, draft: FeedbackDraft, id: UUID) -> Finding:
    """What is kept of a draft where nothing was said before."""
    return Finding(
        id=id,
        signal=draft.signal_id,
        verdict=draft.verdict,
        reason=draft.reason,
        review_status=draft.review_status,
        reviewed_at=draft.reviewed_at,
        sealed_reviewer_role=seal_optional(keyring, draft.reviewer_role, id),
        sealed_policy_reference=seal_optional(keyring, draft.policy_reference, id),
        sealed_note=seal_optional(keyring, draft.note, id),
        actions=_counts(draft),
    )


def result_of_first(finding: Finding, told: str) -> RowResult:
    if told == first_feedback.KEPT:
        return RowResult(Outcome.CREATED, finding.id, finding.signal)
    return _REFUSED[told]


def recorded(actor: Actor, keyring: Keyring, draft: FeedbackDraft, place: Place) -> Recorded | Record:
    """What is to be kept; the earlier row itself if the author said just that before.

    It refers to contributions of others only: a reference to the author's own would tell whoever sees that one alone
    that there are others, out of its sight (R3).
    Raises: InvalidInput if an automatic review would replace a person's (R20).
    """
    before = place.before
    if before is not None:
        check_review(ReviewStatus(before.review_status), draft.review_status)
        if _said_in(before, keyring) == _said_by(draft) and not place.is_moot:
            return before
    record = _record(actor, keyring, draft, place)
    counted_anew = frozenset(other.id for other in place.others if _is_counted_anew(record, other, place))
    return Recorded(record, place.others, counted_anew)


def _is_counted_anew(record: Record, other: Seen, place: Place) -> bool:
    """Whether it adds something else than before to the sum of those who see this contribution."""
    before, about_labels = place.before, record.reason == VerdictReason.WRONG_LABEL
    if before is None or other.id not in place.referred or before.verdict != record.verdict:
        return True
    was_about_labels = before.reason == VerdictReason.WRONG_LABEL
    return about_labels != was_about_labels or (about_labels and place.referred[other.id] < other.labels_version)


def _record(actor: Actor, keyring: Keyring, draft: FeedbackDraft, place: Place) -> Record:
    before = place.before
    id = uuid4() if before is None else before.id
    said = _said_by(draft)
    return Record(
        id=id,
        created_at=actor.as_of if before is None else before.created_at,
        signal_id=place.others[0].signal_id,
        signal_type=place.others[0].signal_type,
        version=1 if before is None else before.version + 1,
        sealed_reviewer_role=seal_optional(keyring, said.pop("reviewer_role"), id),
        sealed_policy_reference=seal_optional(keyring, said.pop("policy_reference"), id),
        sealed_note=seal_optional(keyring, said.pop("note"), id),
        **said,
    )


def _said_by(draft: FeedbackDraft) -> dict[str, Any]:
    return {
        "verdict": draft.verdict,
        "reason": draft.reason,
        "review_status": draft.review_status,
        "reviewed_at": draft.reviewed_at,
        "reviewer_role": draft.reviewer_role,
        "policy_reference": draft.policy_reference,
        "note": draft.note,
        "actions": _counts(draft),
    }


def _counts(draft: FeedbackDraft) -> dict[str, int]:
    return {action.value: count for action, count in draft.actions}


def _said_in(row: Record, keyring: Keyring) -> dict[str, Any]:
    return {
        "verdict": row.verdict,
        "reason": row.reason,
        "review_status": row.review_status,
        "reviewed_at": row.reviewed_at,
        "reviewer_role": opened_optional(keyring, row.sealed_reviewer_role, row.id),
        "policy_reference": opened_optional(keyring, row.sealed_policy_reference, row.id),
        "note": opened_optional(keyring, row.sealed_note, row.id),
        "actions": row.actions,
    }
