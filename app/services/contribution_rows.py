"""From what a draft says to the row of a contribution, and back again to see whether anything changed."""

from typing import Any
from uuid import UUID, uuid4

from app.rules.actor import Actor
from app.rules.changes import ChangeKind
from app.rules.drafts import Audience, ReadyDraft
from app.rules.keyring import Keyring
from app.rules.labels import (
    VIOLATIONS_VERSION,
    Annotation,
    ContentGrade,
    ContributionStatus,
    Handling,
    Labels,
    Precision,
    ReviewStatus,
    Severity,
    SubjectRole,
    Violation,
)
from app.rules.sealing import opened_optional, seal_optional
from app.store.tables.contribution import ContributionRow

# A change of one of these makes a disagreement about labels moot (R7).
_LABELS = ("violations", "annotations", "severity")
# What nobody but its contributor reads of a contribution.
_UNREAD = frozenset({"audience_groups"})


def label_columns(labels: Labels) -> dict[str, Any]:
    return {
        "violations": list(labels.violations),
        "annotations": list(labels.annotations),
        "severity": labels.severity.rank,
        "confidence": labels.confidence,
        "precision": labels.precision,
        "handling": labels.handling,
        "review_status": labels.review_status,
        "content_grade": labels.content_grade,
        "subject_role": labels.subject_role,
    }


def labels_of(row: ContributionRow) -> Labels:
    return Labels(
        violations=tuple(Violation(v) for v in row.violations),
        severity=Severity.of_rank(row.severity),
        confidence=row.confidence,
        annotations=tuple(Annotation(a) for a in row.annotations),
        content_grade=None if row.content_grade is None else ContentGrade(row.content_grade),
        precision=Precision(row.precision),
        review_status=ReviewStatus(row.review_status),
        handling=Handling(row.handling),
        subject_role=SubjectRole(row.subject_role),
    )


def audience_columns(audience: Audience) -> dict[str, Any]:
    return {"program_wide": audience.program_wide, "audience_groups": list(audience.groups or ())}


def audience_of(row: ContributionRow) -> Audience:
    return Audience(None if row.program_wide else tuple(row.audience_groups))


def started(actor: Actor, keyring: Keyring, draft: ReadyDraft, signal_id: UUID) -> dict[str, Any]:
    """The columns of the first version of the actor's contribution, which is in force and hidden from nobody."""
    id = uuid4()
    return {
        "id": id,
        "signal_id": signal_id,
        "signal_type": draft.form.type,
        "participant_id": actor.participant_id,
        "version": 1,
        "labels_version": 1,
        "violations_version": VIOLATIONS_VERSION,
        "status": ContributionStatus.ACTIVE,
        "hidden": False,
        "signal_hidden": False,
        "created_at": actor.as_of,
        "updated_at": actor.as_of,
        "expires_at": draft.expiry(actor.as_of),
        "media_type": draft.media_type,
        "observed_at": draft.observed_at,
        "sealed_context": seal_optional(keyring, draft.context, id),
        **label_columns(draft.labels),
        **audience_columns(draft.audience),
    }


def changed(row: ContributionRow, actor: Actor, keyring: Keyring, draft: ReadyDraft) -> ChangeKind | None:
    """Let the row say what the draft says; null, and the row untouched, if it did so already.

    An expiry that was not given is no difference (R19).
    """
    said = {
        **label_columns(draft.labels),
        **audience_columns(draft.audience),
        "media_type": draft.media_type,
        "observed_at": draft.observed_at,
    }
    if draft.expires_at is not None:
        said["expires_at"] = draft.expiry(actor.as_of)
    if draft.context != opened_optional(keyring, row.sealed_context, row.id):
        said["sealed_context"] = seal_optional(keyring, draft.context, row.id)
    return apply(row, actor, said)


def apply(row: ContributionRow, actor: Actor, columns: dict[str, Any]) -> ChangeKind | None:
    """Write differing columns into the row; says what kind of change that is, or null if none differs.

    It raises the version, except for other groups alone: everybody who sees the contribution reads its version and the
    time of its last change, and would learn that it is now shared elsewhere (R18).
    """
    different = {name: value for name, value in columns.items() if getattr(row, name) != value}
    if not different:
        return None
    for name, value in different.items():
        setattr(row, name, value)
    if different.keys() <= _UNREAD:
        return ChangeKind.AUDIENCE
    row.version += 1
    row.updated_at = actor.as_of
    if any(name in different for name in _LABELS):
        row.labels_version = row.version
        row.violations_version = VIOLATIONS_VERSION
    return ChangeKind.CONTRIBUTION
