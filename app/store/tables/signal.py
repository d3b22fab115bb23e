"""Signals: the objective thing, one row for all who share it, and the tables that find near-equals."""

from uuid import UUID

from sqlalchemy import BigInteger, SmallInteger, UniqueConstraint
from sqlmodel import Field

from app.rules.signal_types import SignalType
from app.store.tables.row import TEXT, DatedRow, Table


class SignalRow(DatedRow, table=True):
    """`created_at` is never shown: what a viewer reads is derived from what it sees (R2)."""

    __tablename__ = "signal"
    __table_args__ = (UniqueConstraint("type", "tag"),)

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


class SignalMatchKeyRow(Table, table=True):
    """A looser derived key of a signal, as a keyed tag."""

    __tablename__ = "signal_match_key"

    signal_id: UUID = Field(primary_key=True)
    tag: bytes = Field(primary_key=True, index=True)


class PdqBandRow(Table, table=True):
    """One of the 16 bands of a PDQ hash, as a keyed 64-bit tag (see `rules/tags.py`)."""

    __tablename__ = "pdq_band"

    signal_id: UUID = Field(primary_key=True)
    tag: int = Field(primary_key=True, index=True, sa_type=BigInteger)


class GuardEntryRow(Table, table=True):
    """An entry of the operator's guard lists; the tag already covers which list it is in."""

    __tablename__ = "guard_entry"

    tag: bytes = Field(primary_key=True)
    guard_list: str = Field(sa_type=TEXT, index=True)
