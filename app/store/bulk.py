"""Many rows of a table in one statement."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from uuid import UUID

import orjson
from sqlalchemy import TEXT, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables.row import Table

Columns = Mapping[str, object]
"""The columns of one row by name; values are what JSON can say, and times, UUIDs, enums and bytes."""


async def add(
    session: AsyncSession, table: type[Table], rows: Sequence[Columns], *, unless_there: bool = False
) -> None:
    """Insert rows that all give the same columns; a column that they do not give gets no default from here.

    They travel as one text: a thousand rows then cost what ten do, where a statement for each costs a round of its own.
    """
    if rows:
        given = orjson.dumps(rows, default=_plain).decode()
        await session.execute(_inserting(str(table.__tablename__), tuple(rows[0]), unless_there), {"rows": given})


@lru_cache
def _inserting(table: str, names: tuple[str, ...], unless_there: bool) -> TextClause:
    """Names come from the code, never from a client."""
    columns = ", ".join(names)
    return text(
        f"INSERT INTO {table} ({columns}) SELECT {columns}"  # noqa: S608  # names of ours
        f" FROM json_populate_recordset(NULL::{table}, CAST(:rows AS json))"
        f"{' ON CONFLICT DO NOTHING' if unless_there else ''}"
    ).bindparams(bindparam("rows", type_=TEXT))


def _plain(value: object) -> str:
    """What JSON cannot say, as PostgreSQL reads it in a text; the driver's UUIDs are a class of their own."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"a column cannot hold {type(value).__name__}")
