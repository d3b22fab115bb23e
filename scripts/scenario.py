"""Plays the small scenario of three participants over HTTP, twice, and compares the exchange with its stated truth."""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.store import credentials, roles
from app.store.database_urls import on_socket
from app.store.tables import metadata
from scripts.exchange_client import Exchange, Refused, connected, opened
from scripts.scenario_play import Comparison, play
from scripts.scenario_truth import SCENARIO

# A second import leaves its keys here for seven days, as it should (R19).
GROWING_TABLES = {"idempotency"}

console = Console()


async def row_counts(owner: URL) -> Mapping[str, int]:
    """How many rows each table has, but those that grow with every call."""
    engine = create_async_engine(owner, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return {
                table: await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608 - our own names
                for table in sorted(metadata.tables.keys() - GROWING_TABLES)
            }
    finally:
        await engine.dispose()


def told(comparisons: Sequence[Comparison]) -> Table:
    table = Table(title="The small scenario")
    for title in ("act", "what", "expected", "got", ""):
        table.add_column(title, overflow="fold")
    for one in comparisons:
        sign = "[green]equal" if one.holds else "[bold red]DIFFERS"
        table.add_row(one.act, one.what, shown(one.expected), shown(one.got), sign)
    return table


def shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {count}" for key, count in sorted(value.items(), key=_by_number))
    return f"{value:,}" if isinstance(value, int) else str(value)


def _by_number(item: tuple[str, object]) -> tuple[int, str]:
    return (int(item[0]), "") if item[0].isdecimal() else (0, item[0])


async def run(exchange: Exchange) -> Sequence[Comparison]:
    async def count() -> Mapping[str, int]:
        return await row_counts(_owner(exchange))

    async with connected(exchange) as clients:
        return await play(clients, count if exchange.directory else None)


def _owner(exchange: Exchange) -> URL:
    """The database of our own exchange, as the role that owns the tables."""
    if exchange.directory is None:
        raise ValueError("only our own exchange shows its database")
    passwords = credentials.load_or_create(exchange.directory / "credentials.json")
    socket = Path((exchange.directory / "postgres" / "postmaster.pid").read_text().splitlines()[4])
    return on_socket(socket, roles.DATABASE, roles.OWNER, passwords.owner)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/scenario", description=__doc__)
    parser.add_argument("--url", help="a running exchange without signals; unset: one of its own, for the time being")
    parser.add_argument("--credentials", type=Path, help="the file with its clients, such as .lantern/demo.env")
    options = parser.parse_args()
    if not SCENARIO.exists():
        sys.exit(f"The scenario's files are not there: {SCENARIO}")
    with opened(options.url, options.credentials) as exchange:
        try:
            comparisons = asyncio.run(run(exchange))
        except Refused as refusal:
            sys.exit(str(refusal))
    console.print(told(comparisons))
    differing = sum(not one.holds for one in comparisons)
    console.print(f"{len(comparisons)} comparisons, {differing} differ.")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
