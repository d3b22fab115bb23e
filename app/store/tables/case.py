"""Cases: shared investigations, their members, signals, notes and timeline."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from app.rules.cases import CaseDisposition, CaseEventKind, CaseStatus
from app.store.tables.row import MOMENT, TEXT, DatedRow, Table


class CaseRow(DatedRow, table=True):
    """Named so since `case` is a word of SQL.

    `updated_at` moves with what every member can see: status, members, notes. It does not move when signals are added,
    or a member that does not see them would learn that there are some.
    """

    __tablename__ = "shared_case"

    opened_by: UUID
    sealed_title: bytes
    sealed_summary: bytes | None = None
    status: CaseStatus = Field(sa_type=TEXT)
    disposition: CaseDisposition | None = Field(default=None, sa_type=TEXT)
    updated_at: datetime = Field(sa_type=MOMENT)
    # How many events were numbered, whoever sees them: known to members, and told to nobody.
    event_count: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


class CaseMemberRow(Table, table=True):
    __tablename__ = "case_member"
    __table_args__ = (Index("ix_case_member_participant", "participant_id", "case_id"),)

    case_id: UUID = Field(primary_key=True, foreign_key="shared_case.id")
    participant_id: UUID = Field(primary_key=True)
    invited_by: UUID
    joined_at: datetime = Field(sa_type=MOMENT)


class CaseSignalRow(Table, table=True):
    __tablename__ = "case_signal"
    __table_args__ = (
        Index("ix_case_signal_signal", "signal_id"),
        Index("ix_case_signal_case", "case_id", "added_at", "signal_id"),
    )

    case_id: UUID = Field(primary_key=True, foreign_key="shared_case.id")
    signal_id: UUID = Field(primary_key=True)
    added_by: UUID
    added_at: datetime = Field(sa_type=MOMENT)


class CaseNoteRow(DatedRow, table=True):
    __tablename__ = "case_note"
    __table_args__ = (Index("ix_case_note_case", "case_id", "created_at", "id"),)

    case_id: UUID = Field(foreign_key="shared_case.id")
    author_id: UUID
    sealed_text: bytes


class CaseEventRow(DatedRow, table=True):
    """One line of a case's timeline; `subject_id` is the member, signal or note that it speaks of."""

    __tablename__ = "case_event"
    __table_args__ = (
        Index("ix_case_event_case", "case_id", "created_at", "id"),
        UniqueConstraint("case_id", "number"),
    )

    case_id: UUID = Field(foreign_key="shared_case.id")
    # From 1 in each case, in the order of the commits, as whoever writes holds the case. Null only where a server of
    # before these numbers wrote it.
    number: int | None = Field(default=None, sa_type=BigInteger)
    actor_id: UUID
    kind: CaseEventKind = Field(sa_type=TEXT)
    subject_id: UUID | None = None
    status: CaseStatus | None = Field(default=None, sa_type=TEXT)
    disposition: CaseDisposition | None = Field(default=None, sa_type=TEXT)
