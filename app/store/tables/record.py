"""Records of what was seen and done: reveals, the audit trail and idempotent calls."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.rules.audit import AuditAction
from app.rules.reveals import Purpose
from app.store.tables.row import MOMENT, TEXT, UUIDS, DatedRow, Table


class AccessRecordRow(DatedRow, table=True):
    """A reveal of one person-level value (R13)."""

    __tablename__ = "access_record"
    __table_args__ = (Index("ix_access_record_reader", "reader_id", "created_at", "id"),)

    signal_id: UUID
    reader_id: UUID
    client_id: UUID
    # Who acted in the program; null where it acted by itself.
    person_id: UUID | None = None
    purpose: Purpose = Field(sa_type=TEXT)
    sealed_purpose_text: bytes
    case_id: UUID | None = None


class AccessRecordContributorRow(Table, table=True):
    """A contributor whose statement the reader could see when it revealed the value: it may read the record."""

    __tablename__ = "access_record_contributor"
    __table_args__ = (Index("ix_access_record_contributor_contributor", "contributor_id", "created_at", "record_id"),)

    record_id: UUID = Field(primary_key=True, foreign_key="access_record.id")
    contributor_id: UUID = Field(primary_key=True)
    reader_id: UUID
    created_at: datetime = Field(sa_type=MOMENT)


class AuditEventRow(DatedRow, table=True):
    """Who did what to which objects; holds no value and no free text."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_participant", "participant_id", "created_at"),)

    participant_id: UUID
    client_id: UUID
    # Who acted in the program; null where it acted by itself.
    person_id: UUID | None = None
    action: AuditAction = Field(sa_type=TEXT)
    subjects: list[UUID] = Field(sa_type=UUIDS)
    # A word of the code that completes the action: the new status of a participant, a guard list.
    detail: str | None = Field(default=None, sa_type=TEXT)


class IdempotencyRow(Table, table=True):
    """A call that was carried out, by its key: a keyed fingerprint of the input, the result without values (R19)."""

    __tablename__ = "idempotency"

    # Whoever acts: the client, or the person who acts through one.
    client_id: UUID = Field(primary_key=True)
    mutation: str = Field(primary_key=True, sa_type=TEXT)
    # The key itself may hold anything a client thought of, so only its keyed fingerprint is kept.
    key_fingerprint: bytes = Field(primary_key=True)
    input_fingerprint: bytes
    result: Any = Field(default=None, sa_type=JSONB, nullable=True)
    created_at: datetime = Field(sa_type=MOMENT, index=True)
