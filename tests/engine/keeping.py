"""Puts a database back to what it was, so that what changes it can be done twice."""

from dataclasses import dataclass

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.tables import metadata

# What refers to a row comes after it.
_TABLES: list[Table] = metadata.sorted_tables
_KEPT = "kept"


@dataclass(frozen=True)
class Keeper:
    """Keeps one state of all tables, in tables beside them."""

    owner: AsyncEngine

    async def prepare(self) -> None:
        copies = [
            f"CREATE TABLE {_KEPT}.{table.name} AS SELECT {_stated(table)} FROM public.{table.name} WITH NO DATA"
            for table in _TABLES
        ]
        await self._run([f"CREATE SCHEMA {_KEPT}", *copies])

    async def clear(self) -> None:
        await self._run([f"DROP SCHEMA {_KEPT} CASCADE"])

    async def keep(self) -> set[str]:
        """The present state; returns the ids that there are, as hexadecimal digits."""
        await self._run([statement for table in _TABLES for statement in _copied(table, "public", _KEPT)])
        named = [table for table in _TABLES if "id" in table.columns]
        ids = " UNION ALL ".join(f"SELECT id FROM public.{table.name}" for table in named)
        async with self.owner.connect() as connection:
            return {id.hex for id in await connection.scalars(text(ids))}

    async def restore(self) -> None:
        deletions = [f"DELETE FROM public.{table.name}" for table in reversed(_TABLES)]
        await self._run([*deletions, *(_copied(table, _KEPT, "public")[1] for table in _TABLES)])

    async def _run(self, statements: list[str]) -> None:
        async with self.owner.connect() as connection:
            raw = await connection.get_raw_connection()
            await raw.driver_connection.execute("; ".join(statements))  # type: ignore[union-attr]


def _copied(table: Table, source: str, target: str) -> tuple[str, str]:
    stated = _stated(table)
    return (
        f"DELETE FROM {target}.{table.name}",
        f"INSERT INTO {target}.{table.name} ({stated}) SELECT {stated} FROM {source}.{table.name}",
    )


def _stated(table: Table) -> str:
    """Its columns but for those that the database works out."""
    return ", ".join(column.name for column in table.columns if column.computed is None)
