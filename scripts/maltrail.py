"""Sends the Maltrail feed through the API as one client, and measures what the exchange takes and what bounds it."""

import argparse
import asyncio
import gzip
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from scripts.exchange_client import DATA, Client, Exchange, connected, in_batches, opened
from scripts.indicators import LINK, UPLOAD, draft, link

FEED = DATA / "feeds" / "maltrail_clusters.jsonl.gz"
# What the issue asks for, on two cores with everything on.
WANTED_SIGNALS_PER_SECOND = 3_000

OTHERS = "other programs"
# Of the time; nothing is ever busy all of it.
NEARLY_ALL = 0.85

Rows = list[dict[str, Any]]

console = Console()


@dataclass(slots=True)
class Feed:
    """The drafts of all incidents one after the other, and where each incident's begin and end."""

    drafts: list[dict[str, object]] = field(default_factory=list)
    incidents: list[range] = field(default_factory=list)
    ports_dropped: int = 0

    def add(self, indicators: Sequence[tuple[str, str]], now: datetime) -> None:
        start = len(self.drafts)
        self.drafts += [self._draft(kind, value, now) for kind, value in indicators]
        self.incidents.append(range(start, len(self.drafts)))

    def _draft(self, kind: str, value: str, now: datetime) -> dict[str, object]:
        if kind == "ip_port":
            kind, value = "ip", value.rpartition(":")[0]
            self.ports_dropped += 1
        return draft(kind, value, now)


@dataclass(slots=True)
class Phase:
    """What one kind of call took: rows by outcome, and seconds by clock and of processors."""

    name: str
    outcomes: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)

    def count(self, row: dict[str, Any]) -> None:
        outcome = row["outcome"]
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        if row["problem"] is not None:
            reason = row["problem"]["reason"]
            self.reasons[reason] = self.reasons.get(reason, 0) + 1

    @property
    def rows(self) -> int:
        return sum(self.outcomes.values())

    @property
    def accepted(self) -> int:
        return self.rows - self.outcomes.get("REJECTED", 0)


def read_feed(now: datetime, most: int | None) -> Feed:
    feed = Feed()
    with gzip.open(FEED) as lines:
        for line in lines:
            if most is not None and len(feed.drafts) >= most:
                break
            feed.add(orjson.loads(line)["indicators"], now)
    return feed


def star(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, object]]:
    """Links from the first accepted indicator of an incident to each other one."""
    accepted = list(dict.fromkeys(row["signalId"] for row in rows if row["signalId"] is not None))
    for other in accepted[1:]:
        yield link(accepted[0], other)


async def sent(
    phase: Phase, items: Sequence[Any], call: Callable[[Sequence[Any], str], Awaitable[Rows]], at_once: int
) -> Rows:
    """Send all items in batches, each with an idempotency key, `at_once` of them under way at a time.

    The rows come in the order of the items.
    """
    batches, run = in_batches(items), uuid4()
    answers: list[Rows] = [[] for _ in batches]
    rest = iter(range(len(batches)))
    bar = Progress(TextColumn(phase.name), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console)
    with bar:
        task = bar.add_task(phase.name, total=len(items))

        async def work() -> None:
            for number in rest:
                answers[number] = await call(batches[number], f"{run}-{number}")
                bar.advance(task, len(batches[number]))

        await asyncio.gather(*(work() for _ in range(at_once)))
    rows = [row for answer in answers for row in answer]
    for row in rows:
        phase.count(row)
    return rows


class Stopwatch:
    """Adds the time by the clock, and of the processors by program, to a phase."""

    def __init__(self, phase: Phase, exchange: Exchange) -> None:
        self._phase, self._exchange = phase, exchange

    def __enter__(self) -> None:
        self._clock, self._cpu = time.perf_counter(), cpu_seconds(self._exchange)

    def __exit__(self, *_: object) -> None:
        self._phase.seconds = time.perf_counter() - self._clock
        after = cpu_seconds(self._exchange)
        self._phase.cpu = {name: seconds - self._cpu[name] for name, seconds in after.items()}


def cpu_seconds(exchange: Exchange) -> dict[str, float]:
    """Processor seconds so far of this client, of a server of our own with its PostgreSQL, and of all else."""
    used = {"client": time.process_time()}
    if exchange.process_id is not None and exchange.directory is not None:
        used["server"] = _ticks(exchange.process_id, with_ended=False)
        postmaster = int((exchange.directory / "postgres" / "postmaster.pid").read_text().split()[0])
        used["PostgreSQL"] = _ticks(postmaster, with_ended=True) + sum(
            _ticks(child, with_ended=True) for child in _children(postmaster)
        )
    return used | {OTHERS: _busy() - sum(used.values())}


def _busy() -> float:
    """Seconds in which a processor of this machine had something to do."""
    user, nice, system, _idle, _waiting, *interrupts = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def _ticks(process: int, *, with_ended: bool) -> float:
    """User and system seconds of a process, on request with those of its children that have ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / os.sysconf("SC_CLK_TCK")


def _children(process: int) -> list[int]:
    return [int(number) for number in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


async def measure(exchange: Exchange, slug: str, feed: Feed, at_once: int) -> tuple[Phase, Phase]:
    uploading, linking = Phase("signals"), Phase("links")
    async with connected(exchange) as clients:
        client = clients[slug]
        with Stopwatch(uploading, exchange):
            rows = await sent(uploading, feed.drafts, partial(_upload, client), at_once)
        links = [link for incident in feed.incidents for link in star(rows[incident.start : incident.stop])]
        with Stopwatch(linking, exchange):
            await sent(linking, links, partial(_link, client), at_once)
    return uploading, linking


async def _upload(client: Client, batch: Sequence[Any], key: str) -> Rows:
    rows: Rows = (await client.ask(UPLOAD, input={"signals": batch, "idempotencyKey": key}))["rows"]
    return rows


async def _link(client: Client, batch: Sequence[Any], key: str) -> Rows:
    rows: Rows = (await client.ask(LINK, input={"links": batch, "idempotencyKey": key}))["rows"]
    return rows


def told(feed: Feed, phases: Sequence[Phase]) -> Table:
    table = Table(title=f"{len(feed.incidents):,} incidents; {feed.ports_dropped:,} ports dropped")
    for title in ("", *(phase.name for phase in phases)):
        table.add_column(title, justify="right" if title else "left")
    lines: list[tuple[str, Callable[[Phase], str]]] = [
        ("rows sent", lambda p: f"{p.rows:,}"),
        *((outcome, lambda p, o=outcome: f"{p.outcomes.get(o, 0):,}") for outcome in ("CREATED", "UNCHANGED")),
        ("REJECTED", lambda p: ", ".join(f"{n:,} {reason}" for reason, n in sorted(p.reasons.items())) or "0"),
        ("seconds", lambda p: f"{p.seconds:.1f}"),
        ("accepted per second", lambda p: f"{p.accepted / p.seconds:,.0f}"),
        *(
            (f"processor seconds, {name}", lambda p, n=name: f"{p.cpu[n]:.1f} ({p.cpu[n] / p.seconds:.0%} of a core)")
            for name in phases[0].cpu
        ),
    ]
    for title, line in lines:
        table.add_row(title, *(line(phase) for phase in phases))
    return table


def bound(phase: Phase) -> str:
    """What kept this phase from being faster."""
    cores = os.cpu_count() or 1
    shares = {name: seconds / phase.seconds for name, seconds in phase.cpu.items()}
    busiest = max((name for name in shares if name != OTHERS), key=shares.__getitem__)
    if "server" not in shares:
        why = "not known here, as the server is none of ours"
    elif shares[busiest] > NEARLY_ALL:
        why = f"{busiest}, which does one thing at a time, is busy {shares[busiest]:.0%} of the time"
    elif sum(shares.values()) > NEARLY_ALL * cores:
        why = f"all {cores} cores are busy, {shares[OTHERS] / cores:.0%} of them with other programs"
    else:
        busy = f"{sum(shares.values()):.1f} of {cores} cores are busy, most of all with {busiest}"
        why = f"waiting for each other; {busy}"
    return f"What bounds {phase.name}: {why}."


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/maltrail", description=__doc__)
    parser.add_argument("--url", help="a running exchange; without it, one of its own in a temporary directory")
    parser.add_argument("--credentials", type=Path, help="the file with its clients, such as .lantern/demo.env")
    parser.add_argument("--client", default="alder", help="the participant whose client uploads")
    parser.add_argument("--at-once", type=int, default=3, help="how many requests are under way at a time")
    parser.add_argument("--most", type=int, help="stop after the incident with this many indicators in all")
    options = parser.parse_args()
    feed = read_feed(datetime.now(UTC), options.most)
    with opened(options.url, options.credentials) as exchange:
        phases = asyncio.run(measure(exchange, options.client, feed, options.at_once))
    console.print(told(feed, phases), *map(bound, phases), sep="\n")
    rate = phases[0].accepted / phases[0].seconds
    console.print(f"{rate:,.0f} signals per second; wanted: {WANTED_SIGNALS_PER_SECOND:,}.")


if __name__ == "__main__":
    main()
