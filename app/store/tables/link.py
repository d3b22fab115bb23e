"""Links: "these two belong together", asserted by a participant."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint
from sqlmodel import Field

from app.rules.links import Relation
from app.store.tables.row import TEXT, DatedRow


class LinkRow(DatedRow, table=True):
    """Ends of symmetric relations are ordered by id, so each assertion stands once (R5)."""

    __tablename__ = "signal_link"
    __table_args__ = (
        UniqueConstraint("a_id", "b_id", "relation", "participant_id"),
        # Both directions, for pages of the links at a signal and for walks from signal to signal.
        Index("ix_signal_link_a_created", "a_id", "created_at", "id"),
        Index("ix_signal_link_b_created", "b_id", "created_at", "id"),
        Index("ix_signal_link_b_a", "b_id", "a_id"),
        Index("ix_signal_link_participant", "participant_id"),
        CheckConstraint("a_id <> b_id", name="ends"),
        CheckConstraint("confidence BETWEEN 1 AND 99", name="confidence"),
    )

    a_id: UUID
    b_id: UUID
    relation: Relation = Field(sa_type=TEXT)
    participant_id: UUID
    confidence: int = Field(sa_type=SmallInteger)
