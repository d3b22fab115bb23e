"""The next rows of a long job, and what became of them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession

# Rows of one transaction: about 10 ms of computing, during which the process answers nobody.
WIDTH = 200

_UNTIL = text("SELECT rekeying_until(:work, :after, :width)").bindparams(
    bindparam("after", type_=PG_UUID(as_uuid=True))
)


@dataclass(frozen=True, slots=True)
class Window:
    """Rows by id, without the first bound and with the second; null before the first."""

    after: UUID | None
    until: UUID


@dataclass(frozen=True, slots=True)
class Batch:
    """How many rows were moved, were held by somebody else, and cannot be moved."""

    moved: int
    busy: int
    kept: int


async def next_window(session: AsyncSession, work: str, after: UUID | None) -> Window | None:
    """Null after the last row."""
    until = await session.scalar(_UNTIL, {"work": work, "after": after, "width": WIDTH})
    return None if until is None else Window(after, until)
