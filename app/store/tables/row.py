"""What all rows share, and the column types that they use."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlmodel import DateTime, Field, SQLModel

# Names of constraints and indexes are given by rule, so that a migration finds them again.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

MOMENT = DateTime(timezone=True)
TEXT = Text()
TEXTS = ARRAY(Text())
UUIDS = ARRAY(PG_UUID(as_uuid=True))


class Table(SQLModel):
    """The base of all tables; a row without an id of its own stands directly on it."""

    metadata = metadata


class Row(Table):
    """A row with a random id: it carries no time and no order (R3)."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)


class DatedRow(Row):
    """A row that knows when it was made; the time comes from the caller's clock."""

    created_at: datetime = Field(sa_type=MOMENT)
