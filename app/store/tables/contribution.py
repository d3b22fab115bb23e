"""Contributions: one participant's statement about one signal."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Computed, Index, SmallInteger, text
from sqlmodel import Field

from app.rules.labels import (
    VIOLATIONS_VERSION,
    Annotation,
    ContentGrade,
    ContributionStatus,
    Handling,
    Precision,
    RetractionReason,
    ReviewStatus,
    Severity,
    SubjectRole,
    Violation,
)
from app.rules.signal_types import SignalType
from app.store.tables.row import MOMENT, TEXT, TEXTS, UUIDS, DatedRow, Table

LIVE = "status IN ('ACTIVE', 'QUARANTINED')"
_LIVE = text(LIVE)
_ORDER = ("updated_at", "id")


def _where(name: str, condition: str) -> Index:
    """An index of the rows that meet one condition of a filter, in the order in which they are listed.

    Array operators and ranges find no other index under row-level security, or lose the order.
    """
    return Index(f"ix_contribution_{name}", *_ORDER, postgresql_where=text(f"{LIVE} AND {condition}"))


# The conditions that have an index of their own; `store/filters.py` spells them the same way.
VIOLATION_CONDITIONS = {v: f"violations @> ARRAY['{v}'::text]" for v in Violation}
SEVERITY_CONDITIONS = {s: f"severity >= {s.rank}" for s in Severity if s.rank > 0}
CONFIDENCE_CONDITIONS = {floor: f"confidence >= {floor}" for floor in (25, 50, 75)}
HANDLING_CONDITIONS = {h: f"handling = '{h}'" for h in Handling}


class ContributionRow(DatedRow, table=True):
    __tablename__ = "contribution"
    __table_args__ = (
        Index("uq_contribution_live", "signal_id", "participant_id", unique=True, postgresql_where=_LIVE),
        Index("ix_contribution_updated", *_ORDER, postgresql_where=_LIVE),
        Index("ix_contribution_created", "created_at", "id", postgresql_where=_LIVE),
        Index("ix_contribution_participant", "participant_id", "status", *_ORDER),
        Index("ix_contribution_contributor", "participant_id", *_ORDER, postgresql_where=_LIVE),
        Index("ix_contribution_type", "signal_type", *_ORDER, postgresql_where=_LIVE),
        Index("ix_contribution_type_created", "signal_type", "created_at", "id", postgresql_where=_LIVE),
        Index("ix_contribution_expiry", "expires_at", postgresql_where=_LIVE),
        *(_where(f"violation_{v.lower()}", c) for v, c in VIOLATION_CONDITIONS.items()),
        *(_where(f"severity_{s.lower()}", c) for s, c in SEVERITY_CONDITIONS.items()),
        *(_where(f"confidence_{floor}", c) for floor, c in CONFIDENCE_CONDITIONS.items()),
        *(_where(f"handling_{h.lower()}", c) for h, c in HANDLING_CONDITIONS.items()),
        CheckConstraint("confidence BETWEEN 1 AND 99", name="confidence"),
        CheckConstraint("severity BETWEEN 0 AND 4", name="severity"),
        CheckConstraint("program_wide OR cardinality(audience_groups) > 0", name="audience"),
        CheckConstraint("cardinality(violations) > 0", name="violations"),
    )

    signal_id: UUID
    signal_type: SignalType = Field(sa_type=TEXT)
    participant_id: UUID
    version: int = 1
    # The version at which violations, annotations or severity last changed (R7).
    labels_version: int = 1
    status: ContributionStatus = Field(sa_type=TEXT)
    program_wide: bool
    audience_groups: list[UUID] = Field(sa_type=UUIDS)
    hidden: bool = False
    signal_hidden: bool = False
    # What others may see at all; who of them is said by the audience, until when by `expires_at`.
    shared: bool = Field(
        default=None,
        sa_type=Boolean,
        nullable=False,
        sa_column_args=[Computed("status = 'ACTIVE' AND NOT hidden AND NOT signal_hidden", persisted=True)],
    )
    violations: list[Violation] = Field(sa_type=TEXTS)
    # Of the meanings of these words when they were stated.
    violations_version: int = Field(default=VIOLATIONS_VERSION, sa_type=SmallInteger)
    annotations: list[Annotation] = Field(sa_type=TEXTS)
    # Rank, 0 (INFO) to 4 (IMMINENT_HARM).
    severity: int = Field(sa_type=SmallInteger)
    confidence: int = Field(sa_type=SmallInteger)
    precision: Precision = Field(sa_type=TEXT)
    handling: Handling = Field(sa_type=TEXT)
    review_status: ReviewStatus = Field(sa_type=TEXT)
    content_grade: ContentGrade | None = Field(default=None, sa_type=TEXT)
    subject_role: SubjectRole = Field(sa_type=TEXT)
    media_type: str | None = Field(default=None, sa_type=TEXT)
    sealed_context: bytes | None = None
    observed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)
    updated_at: datetime = Field(sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
    retraction_reason: RetractionReason | None = Field(default=None, sa_type=TEXT)


class ContributionGroupRow(Table, table=True):
    """An audience group of a contribution once more: array operators find no index under row-level security."""

    __tablename__ = "contribution_group"

    group_id: UUID = Field(primary_key=True)
    contribution_id: UUID = Field(primary_key=True, index=True)
