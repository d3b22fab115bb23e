"""Signals: the objective thing, one row for all who share it, and the tables that find near-equals."""

from uuid import UUID

from sqlalchemy import BigInteger, Index, SmallInteger, UniqueConstraint, text
from sqlmodel import Field

from app.rules.signal_types import SignalType
from app.store.tables.row import TEXT, DatedRow, Table

# The transaction that writes the row: what a later snapshot sees of a table and an earlier one did not is told by it.
_THIS_TRANSACTION = text("((pg_current_xact_id())::text)::bigint")


class SignalRow(DatedRow, table=True):
    """`created_at` is never shown: what a viewer reads is derived from what it sees (R2)."""

    __tablename__ = "signal"
    __table_args__ = (
        UniqueConstraint("type", "tag"),
        Index("ix_signal_pdq", "made_in", "id", postgresql_where=text("type = 'HASH_PDQ'")),
    )

    type: SignalType = Field(sa_type=TEXT)
    # The part of the identity beside the value: a platform, a language, a payment scheme, or empty.
    qualifier: str = Field(sa_type=TEXT)
    tag: bytes
    tag_key_version: int = Field(sa_type=SmallInteger)
    normaliser_version: int = Field(sa_type=SmallInteger)
    sealed_value: bytes
    key_version: int = Field(sa_type=SmallInteger)
    # Hidden as a whole, by a victim report or the operator (R11); each contribution carries a copy.
    hidden: bool = False
    # Given by the database when the row is made, and not when it is sealed or tagged anew.
    made_in: int | None = Field(
        default=None, sa_type=BigInteger, nullable=False, sa_column_kwargs={"server_default": _THIS_TRANSACTION}
    )


class SignalMatchKeyRow(Table, table=True):
    """A looser derived key of a signal, as a keyed tag."""

    __tablename__ = "signal_match_key"

    signal_id: UUID = Field(primary_key=True)
    tag: bytes = Field(primary_key=True, index=True)


class PdqErasedRow(Table, table=True):
    """A PDQ signal that was erased, for the processes that hold its hash in memory (see `store/pdq_index.py`)."""

    __tablename__ = "pdq_erased"

    signal_id: UUID = Field(primary_key=True)
    erased_in: int | None = Field(
        default=None,
        index=True,
        sa_type=BigInteger,
        nullable=False,
        sa_column_kwargs={"server_default": _THIS_TRANSACTION},
    )


class GuardEntryRow(Table, table=True):
    """An entry of the operator's guard lists; the tag already covers which list it is in."""

    __tablename__ = "guard_entry"

    tag: bytes = Field(primary_key=True)
    guard_list: str = Field(sa_type=TEXT, index=True)
