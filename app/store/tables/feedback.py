"""Feedback: what another participant found and did; the history; what it refers to; victim reports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.rules.labels import ReviewStatus
from app.rules.signal_types import SignalType
from app.rules.verdicts import Verdict, VerdictReason
from app.rules.victim_reports import VictimReportState
from app.store.tables.row import MOMENT, TEXT, DatedRow, Table


class Finding(Table):
    """What one record of feedback says: the current one and each in the history."""

    verdict: Verdict = Field(sa_type=TEXT)
    reason: VerdictReason | None = Field(default=None, sa_type=TEXT)
    review_status: ReviewStatus = Field(sa_type=TEXT)
    reviewed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    sealed_reviewer_role: bytes | None = None
    sealed_policy_reference: bytes | None = None
    sealed_note: bytes | None = None
    # EnforcementAction by name to its count.
    actions: dict[str, Any] = Field(sa_type=JSONB)


class FeedbackRow(DatedRow, Finding, table=True):
    """The current feedback of one participant on one signal."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("signal_id", "author_id"),
        Index("ix_feedback_author", "author_id", "updated_at", "id"),
        Index("ix_feedback_author_finding", "author_id", "verdict", "signal_type", "updated_at", "id"),
        CheckConstraint("jsonb_typeof(actions) = 'object'", name="actions"),
    )

    author_id: UUID
    signal_id: UUID
    signal_type: SignalType = Field(sa_type=TEXT)
    version: int = 1
    updated_at: datetime = Field(sa_type=MOMENT)


class FeedbackVersionRow(Finding, table=True):
    """A finding as it was recorded; the newest equals the current one."""

    __tablename__ = "feedback_version"

    feedback_id: UUID = Field(primary_key=True, foreign_key="feedback.id")
    version: int = Field(primary_key=True)
    author_id: UUID
    recorded_at: datetime = Field(sa_type=MOMENT)


class FeedbackReferenceRow(Table, table=True):
    """Another's contribution that the author could see when it recorded the current feedback (R7).

    It repeats what the feedback says, so that what a contributor received is found by one index; written anew with
    every change of the feedback.
    """

    __tablename__ = "feedback_reference"
    __table_args__ = (
        Index("ix_feedback_reference_received", "contributor_id", "updated_at", "feedback_id"),
        Index("ix_feedback_reference_finding", "contributor_id", "verdict", "signal_type", "updated_at", "feedback_id"),
    )

    feedback_id: UUID = Field(primary_key=True, foreign_key="feedback.id")
    contribution_id: UUID = Field(primary_key=True)
    contribution_version: int
    contributor_id: UUID
    author_id: UUID
    verdict: Verdict = Field(sa_type=TEXT)
    signal_type: SignalType = Field(sa_type=TEXT)
    # As its contributor is told it, see `rules.feedback.TOLD_TO`: in this order, rows of one call are not together.
    updated_at: datetime = Field(sa_type=MOMENT)


class VictimReportRow(DatedRow, table=True):
    """A finding that a signal points at a victim (R11); hides it at once or waits for the operator, who decides."""

    __tablename__ = "victim_report"
    __table_args__ = (
        Index("ix_victim_report_author", "author_id", "created_at"),
        Index("ix_victim_report_state", "state", "created_at", "id"),
        Index("ix_victim_report_created", "created_at", "id"),
        Index("ix_victim_report_signal", "signal_id"),
    )

    signal_id: UUID
    feedback_id: UUID
    author_id: UUID
    state: VictimReportState = Field(sa_type=TEXT)
    # Whether it was among those of its day that hide without asking.
    hid_at_once: bool
    decided_at: datetime | None = Field(default=None, sa_type=MOMENT)
    decided_by: UUID | None = None
