"""Trusted documents: operations that were registered, and are asked for by their ids."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from app.store.tables.row import MOMENT, TEXT, TEXTS, DatedRow

# So that what was trusted under an id stays what runs under it.
HASHED = "document_id = 'sha256:' || encode(sha256(convert_to(text, 'UTF8')), 'hex')"


class TrustedDocumentRow(DatedRow, table=True):
    """`created_at` is when it was last registered. The text goes when the document is retired."""

    __tablename__ = "trusted_document"
    __table_args__ = (
        UniqueConstraint("document_id", "participant_id"),
        Index("ix_trusted_document_participant", "participant_id", "created_at", "id"),
        CheckConstraint("(text IS NULL) = (retired_at IS NOT NULL)", name="text"),
        CheckConstraint(HASHED, name="hash"),
    )

    participant_id: UUID
    # `sha256:` and the hash of the text in hexadecimal digits.
    document_id: str = Field(sa_type=TEXT)
    text: str | None = Field(sa_type=TEXT)
    operation_names: list[str] = Field(sa_type=TEXTS)
    # The operator's documents are everybody's.
    by_operator: bool
    registered_by: UUID
    retired_at: datetime | None = Field(default=None, sa_type=MOMENT)
