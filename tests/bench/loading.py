"""Loading the data set: copied into the tables without their keys and indexes, which are made afterwards."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from sqlalchemy import URL

from tests.bench.columns import COLUMNS
from tests.bench.generator import Generator

# What makes loading fast; nothing of it outlives the connection.
_SETTINGS = {"synchronous_commit": "off", "maintenance_work_mem": "1GB", "work_mem": "64MB"}

# Foreign keys go first and come last, as they stand on the unique keys.
_CONSTRAINTS = """
    SELECT conrelid::regclass::text AS on_table, conname AS name, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint
    WHERE contype IN ('p', 'u', 'f')
        AND (conrelid = ANY ($1::text[]::regclass[]) OR confrelid = ANY ($1::text[]::regclass[]))
    ORDER BY contype = 'f', on_table, name
"""
_SECONDARY = """
    SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    WHERE t.relname = ANY ($1::text[])
        AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid)
    ORDER BY t.relname, c.relname
"""


def arguments(url: URL) -> dict[str, object]:
    """The same database for asyncpg alone."""
    return {
        "user": url.username,
        "password": url.password,
        "database": url.database,
        "host": url.query["host"],
        "port": int(str(url.query["port"])),
    }


@asynccontextmanager
async def connected(url: URL, settings: dict[str, str] | None = None) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**arguments(url), server_settings=settings or {})
    try:
        yield connection
    finally:
        await connection.close()


async def load(owner: URL, generator: Generator, console: Console) -> None:
    """Fill the empty tables."""
    columns = (TextColumn("{task.description:28}"), BarColumn(), MofNCompleteColumn())
    progress = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console)
    async with connected(owner, _SETTINGS) as connection:
        indexes = await connection.fetch(_SECONDARY, list(COLUMNS))
        constraints = await connection.fetch(_CONSTRAINTS, list(COLUMNS))
        for each in reversed(constraints):
            await connection.execute(f"ALTER TABLE {each['on_table']} DROP CONSTRAINT {each['name']}")
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        # COPY does not go through policies, not even the owner's own that lets everything in.
        for table in COLUMNS:
            await connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        with progress:
            await _copy(connection, generator, progress)
            keys = [f"ALTER TABLE {c['on_table']} ADD CONSTRAINT {c['name']} {c['definition']}" for c in constraints]
            await _each(connection, [*keys, *(i["definition"] for i in indexes)], progress, "Making keys and indexes")
            for table in COLUMNS:
                await connection.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            # Statistics, and what an index-only scan needs to know.
            await _each(connection, [f"VACUUM (ANALYZE) {table}" for table in COLUMNS], progress, "Vacuuming")
            await _each(connection, ["CHECKPOINT"] if await _may_checkpoint(connection) else [], progress, "Writing")


async def _copy(connection: asyncpg.Connection, generator: Generator, progress: Progress) -> None:
    task = progress.add_task("Loading signals", total=generator.signals)
    for rows in generator.blocks():
        for table, names in COLUMNS.items():
            if rows.get(table):
                await connection.copy_records_to_table(table, records=rows[table], columns=names)
        progress.advance(task, len(rows.get("signal", ())))


async def _each(connection: asyncpg.Connection, statements: Sequence[str], progress: Progress, what: str) -> None:
    task = progress.add_task(what, total=len(statements))
    for statement in statements:
        await connection.execute(statement)
        progress.advance(task)


async def _may_checkpoint(connection: asyncpg.Connection) -> bool:
    may = "SELECT rolsuper OR pg_has_role(current_user, 'pg_checkpoint', 'USAGE') FROM pg_roles"
    return bool(await connection.fetchval(f"{may} WHERE rolname = current_user"))
