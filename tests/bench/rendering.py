"""Whether a stored rendering of signals would make the feed faster: measured in SQL, on a copy beside the tables."""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import psutil
from rich.console import Console

from tests.bench import kept, report
from tests.bench.calls import Call, known, reads
from tests.bench.checks import WrongAnswer
from tests.bench.competition import progress
from tests.bench.limit_app import query
from tests.bench.limit_sql import DERIVED, FIXED, SUMMED_UP, feed
from tests.bench.loading import connected

_DROPPED = "DROP SCHEMA IF EXISTS rendering CASCADE"
# Beside the part that is the same for all, the whole of those signals of which all viewers see the same: all that is
# stated is for the whole program, until the first of it expires.
_MADE = f"""
CREATE SCHEMA rendering;
CREATE TABLE rendering.rendered AS
SELECT s.id AS signal_id, s.type, concat({FIXED}) AS fixed, p.owners, p.until,
    CASE WHEN p.until IS NOT NULL THEN concat('{{', {FIXED}, {DERIVED}, '}}') END AS whole
FROM signal s, LATERAL (
    SELECT {SUMMED_UP}, CASE WHEN bool_and(c.shared AND c.program_wide) THEN min(c.expires_at) END AS until
    FROM contribution c
    WHERE c.signal_id = s.id AND c.status IN ('ACTIVE', 'QUARANTINED') AND c.expires_at > now()) p;
ALTER TABLE rendering.rendered ADD PRIMARY KEY (signal_id);
"""


def _from_parts(first: int) -> str:
    """The fixed part is stored; what contributions make of it is summed up for the viewer."""
    changes = {
        FIXED: " s.fixed",
        "s.id IS NULL": "s.signal_id IS NULL",
        "signal s ON s.id = p.signal_id": "rendering.rendered s ON s.signal_id = p.signal_id",
    }
    return _changed(feed(first), changes)


def _from_whole(first: int) -> str:
    """The whole is stored where it is the same for all; contributions are looked up for the others alone."""
    changes = {
        "t.* FROM feed f, LATERAL (": "t.*, r.same, r.whole FROM feed f, LATERAL (SELECT w.whole, w.owners,"
        " COALESCE(w.until > now(), false) AS same FROM rendering.rendered w WHERE w.signal_id = f.signal_id) r,"
        " LATERAL (",
        "WHERE c.signal_id = f.signal_id": "WHERE NOT r.same AND c.signal_id = f.signal_id",
        "ANY (t.owners)": "ANY (CASE WHEN r.same THEN r.owners ELSE t.owners END)",
        "(s.id IS NULL)": "(s.id IS NULL AND NOT p.same)",
        "CASE WHEN s.id IS NULL": "CASE WHEN p.same THEN p.whole WHEN s.id IS NULL",
    }
    return _changed(feed(first), changes)


def _changed(statement: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        if old not in statement:
            raise ValueError("The statement of the feed is another one now.")
        statement = statement.replace(old, new)
    return statement


async def compare(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Raises: WrongAnswer."""
    directory = options.directory or kept.default_directory(options.signals)
    async with kept.opened(options.signals, directory, console) as data, connected(data.urls.owner) as owner:
        await owner.execute(_DROPPED)
        try:
            console.print("Rendering")
            began = time.monotonic()
            await owner.execute(_MADE)
            made = time.monotonic() - began
            await owner.execute("VACUUM ANALYZE rendering.rendered")
            size = await owner.fetchval("SELECT pg_table_size('rendering.rendered')")
            share = await owner.fetchval("SELECT avg((until IS NOT NULL)::int) FROM rendering.rendered")
            calls = reads(await known(owner, data), "feed")
            lines = await _measured(owner, calls, options, console)
        finally:
            await owner.execute(_DROPPED)
    note = (
        f"The rendering of {data.signals:,} signals took {made:.0f} s and {size / 1e6:,.0f} MB; {100 * share:.0f} % of"
        " them look the same to all who see them. It is written anew with each contribution, retraction, expiry,"
        " hiding and change of keys."
    )
    columns = ("feed page, SQL alone", "median ms", "CPU ms", "of building")
    return report.document(options.signals, [], tables=[("Stored or built", columns, lines)], notes=[note])


async def _measured(
    owner: asyncpg.Connection, calls: Sequence[Call], options: argparse.Namespace, console: Console
) -> list[tuple[Any, ...]]:
    first = calls[0].finished["first"]
    ways = {
        "built from the tables": feed(first),
        "fixed part stored": _from_parts(first),
        "whole stored where it is the same for all": _from_whole(first),
    }
    statements = {name: await owner.prepare(text) for name, text in ways.items()}
    await _check(statements, calls[:5])
    backend = psutil.Process(await owner.fetchval("SELECT pg_backend_pid()"))
    walls: dict[str, list[float]] = {name: [] for name in ways}
    used = dict.fromkeys(ways, 0.0)
    with progress(console) as shown:
        bar = shown.add_task("Measuring", total=options.rounds * len(ways))
        for number in range(options.rounds):
            part = calls[number :: options.rounds]
            for name, statement in statements.items():
                before = backend.cpu_times()
                walls[name] += await _run(statement, part, options.seconds / options.rounds)
                after = backend.cpu_times()
                used[name] += after.user + after.system - before.user - before.system
                shown.advance(bar)
    costs = {name: 1000 * used[name] / len(walls[name]) for name in ways}
    base = next(iter(costs.values()))
    return [(name, 1000 * sorted(walls[name])[len(walls[name]) // 2], costs[name], costs[name] / base) for name in ways]


async def _check(statements: Mapping[str, Any], calls: Sequence[Call]) -> None:
    """Raises: WrongAnswer unless all give the same."""
    for call in calls:
        answers = [json.loads(await s.fetchval(*query("/feed", call.finished)[1])) for s in statements.values()]
        if any(answer != answers[0] for answer in answers):
            raise WrongAnswer("A stored rendering of the feed is not what is built from the tables")


async def _run(statement: Any, calls: Sequence[Call], seconds: float) -> list[float]:
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        await statement.fetchval(*query("/feed", calls[len(taken) % len(calls)].finished)[1])
        taken.append(time.perf_counter() - began)
    return taken
