"""What the exchange would refuse a draft for, told without asking it: all but its own lists, groups and history."""

from datetime import UTC, datetime

from ...errors import InvalidInput
from ...rules.drafts import SignalDraft, ready
from ...rules.labels import Annotation, ContentGrade, Handling, Labels, Precision, ReviewStatus, Severity, SubjectRole
from ...rules.normal_forms import Hints
from ...rules.signal_types import SignalType
from ...rules.violations import Violation
from .rows import Draft, RowProblem


def check(draft: Draft, as_of: datetime | None = None) -> RowProblem | None:
    """The first rule that the draft breaks, under the exchange's own word for it."""
    try:
        ready(_signal_draft(draft), (), as_of or datetime.now(UTC))
    except InvalidInput as error:
        return RowProblem(error.reason.value, error.message, error.field)
    return None


def _signal_draft(draft: Draft) -> SignalDraft:
    """As the exchange reads the same input; an audience is only for it to judge."""
    return SignalDraft(
        type=SignalType(draft.type),
        value=draft.value,
        labels=_labels(draft),
        hints=Hints(
            platform=draft.platform,
            language=draft.language,
            region=draft.region,
            scheme=draft.scheme,
            observed_at=_moment(draft.observed_at),
            media_type=draft.media_type,
            quality=draft.quality,
        ),
        context=draft.context,
        expires_at=_moment(draft.expires_at),
        states_review=draft.review_status is not None,
    )


def _labels(draft: Draft) -> Labels:
    return Labels(
        violations=tuple(map(Violation, draft.violations)),
        severity=Severity(draft.severity),
        confidence=draft.confidence,
        annotations=tuple(map(Annotation, draft.annotations or ())),
        content_grade=ContentGrade(draft.content_grade) if draft.content_grade else None,
        precision=Precision(draft.precision or Precision.MEDIUM),
        review_status=ReviewStatus(draft.review_status or ReviewStatus.UNREVIEWED),
        handling=Handling(draft.handling or Handling.AMBER),
        subject_role=SubjectRole(draft.subject_role or SubjectRole.UNKNOWN),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
