"""The inbox that transactions append to, and the feed that the sequencer fills from it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, SmallInteger, desc
from sqlmodel import Field

from app.rules.changes import ChangeKind, Sight
from app.store.tables.row import MOMENT, TEXT, UUIDS, Row, Table


class Change(Table):
    """What happened to one contribution, and who could see it before and after (R17)."""

    signal_id: UUID
    owner_id: UUID
    kind: ChangeKind = Field(sa_type=TEXT)
    sight_before: Sight = Field(sa_type=SmallInteger)
    program_before: bool = False
    groups_before: list[UUID] = Field(sa_type=UUIDS)
    sight_after: Sight = Field(sa_type=SmallInteger)
    program_after: bool = False
    groups_after: list[UUID] = Field(sa_type=UUIDS)
    at: datetime = Field(sa_type=MOMENT)


class InboxRow(Row, Change, table=True):
    __tablename__ = "inbox"
    __table_args__ = (Index("ix_inbox_at", "at", "id"),)


class NudgeRow(Row, table=True):
    """Something changed that the feed does not tell, and that somebody may wait for; what it is, whoever looks sees."""

    __tablename__ = "nudge"


class FeedRow(Change, table=True):
    """A change at its dense position, given after the commit."""

    __tablename__ = "feed"
    __table_args__ = (Index("ix_feed_signal", "signal_id", desc("position")),)

    position: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    inbox_id: UUID
