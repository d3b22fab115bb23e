"""Measures looking pictures up by PDQ: recall, latency, rate, memory and the time to fill, at several sizes."""

import argparse
import asyncio
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import UUID

import numpy as np
import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app import migrations
from app.rules.actor import Actor
from app.rules.keyring import Keyring
from app.rules.normal_forms import NO_HINTS
from app.rules.signal_types import SignalType
from app.services import matching
from app.services.matching import RawValue
from app.store.database import Database
from app.store.database_urls import DatabaseUrls
from app.store.pdq_index import PdqIndex
from app.store.provision import provided_database
from scripts import pdq_bands_before
from scripts.pdq_load import CHUNK, Loader, Plan, flipped
from tests.demo_exchange import opened

BATCH = 1_000
SINGLES = 300
SAMPLE = 1_000

console = Console(highlight=False)


@dataclass(frozen=True, slots=True)
class Findings:
    """`match` is all that a look-up takes: normal form, exact and loose tags, nearness, and what the viewer sees."""

    hashes: int
    recall: float
    near_found: int
    false_matches: int
    match_p50_ms: float
    match_p99_ms: float
    near_p50_ms: float
    match_per_s: float
    near_per_s: float
    loop_held_ms: float
    memory_mb: float
    peak_mb: float
    fill_s: float
    before_p50_ms: float | None
    before_per_s: float | None


@dataclass(frozen=True, slots=True)
class Serving:
    """A server process of its own, whose memory holds nothing else."""

    urls: DatabaseUrls
    keyring: Keyring
    viewer: Actor
    hashes: int
    before: bool

    def run(self, answer: Connection) -> None:
        answer.send(asyncio.run(self.measure()))

    async def measure(self) -> Findings:
        database, index = Database.at(self.urls.serving), PdqIndex()
        async with database.read(self.viewer) as session:
            resident, started = _resident_mb(), time.perf_counter()
            await index.catch_up(session, self.keyring)
            fill = time.perf_counter() - started
            memory = _resident_mb() - resident
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - resident
        sample = _sample(self.hashes)
        values = [value for value, _ in sample]
        many = [sample[place % len(sample)][0] for place in range(BATCH)]

        async def match(hashes: Sequence[str]) -> None:
            raw = [RawValue(SignalType.HASH_PDQ, value, NO_HINTS) for value in hashes]
            async with database.read(self.viewer) as session:
                await matching.match(session, self.viewer, self.keyring, index, raw)

        async def near(hashes: Sequence[str]) -> list[list[tuple[UUID, int]]]:
            async with database.read(self.viewer) as session:
                return await index.near(session, self.keyring, hashes)

        async def before(hashes: Sequence[str]) -> None:
            async with database.read(self.viewer) as session:
                for start in range(0, len(hashes), pdq_bands_before.BATCH):
                    await pdq_bands_before.near(session, self.keyring, hashes[start : start + pdq_bands_before.BATCH])

        found = [set(one) for one in await near(values)]
        expected = [near for _, near in sample]
        singles, near_singles = await _latencies(match, values), await _latencies(near, values)
        rates = await _rate(match, many), await _rate(near, many)
        async with _held() as held:
            await match(many)
        findings = Findings(
            hashes=self.hashes,
            recall=sum(len(a & b) for a, b in zip(found, expected, strict=True)) / sum(map(len, expected)),
            near_found=sum(map(len, expected)),
            false_matches=sum(len(a - b) for a, b in zip(found, expected, strict=True)),
            match_p50_ms=statistics.median(singles),
            match_p99_ms=statistics.quantiles(singles, n=100)[98],
            near_p50_ms=statistics.median(near_singles),
            match_per_s=rates[0],
            near_per_s=rates[1],
            loop_held_ms=max(held),
            memory_mb=memory,
            peak_mb=peak,
            fill_s=fill,
            before_p50_ms=statistics.median(await _latencies(before, values[:10])) if self.before else None,
            before_per_s=await _rate(before, many[:100]) if self.before else None,
        )
        await database.close()
        return findings


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


async def _latencies(look_up: Callable[[Sequence[str]], Awaitable[object]], values: Sequence[str]) -> list[float]:
    """Milliseconds of one look-up each, the transaction included; the first ones, which prepare statements, apart."""
    times = []
    for place in range(10 + min(SINGLES, 5 * len(values))):
        started = time.perf_counter()
        await look_up([values[place % len(values)]])
        times.append(1e3 * (time.perf_counter() - started))
    return times[10:]


async def _rate(look_up: Callable[[Sequence[str]], Awaitable[object]], many: Sequence[str]) -> float:
    """Look-ups a second; the middle one of three calls."""
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        await look_up(many)
        taken.append(time.perf_counter() - started)
    return len(many) / statistics.median(taken)


@asynccontextmanager
async def _held() -> AsyncIterator[list[float]]:
    """By how many milliseconds others had to wait for the event loop."""
    late: list[float] = []

    async def beat() -> None:
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.001)
            late.append(1e3 * (time.perf_counter() - started) - 1)

    beating = asyncio.create_task(beat())
    await asyncio.sleep(0.01)
    late.clear()
    yield late
    await asyncio.sleep(0.01)
    beating.cancel()


def _sample(size: int) -> list[tuple[str, set[tuple[UUID, int]]]]:
    """Hashes to look up, each with what is near, by brute force: stored ones with 0 to 40 flips, and others."""
    chance = np.random.default_rng(11)
    chunks = list(Plan().chunks(0, size))
    stored = np.concatenate([hashes for hashes, _ in chunks])
    picked = stored[chance.integers(0, size, SAMPLE)]
    queries = flipped(picked, np.arange(SAMPLE) % 41, chance)
    queries[::20] = chance.integers(0, 256, (len(queries[::20]), 32), np.uint8)
    words = stored.view(np.uint64)
    answers = []
    for query in queries:
        apart = np.bitwise_count(words ^ query.view(np.uint64)).sum(axis=1, dtype=np.int64)
        near = [(chunks[at // CHUNK][1][at % CHUNK], int(apart[at])) for at in np.flatnonzero(apart <= 31).tolist()]
        answers.append((query.tobytes().hex(), set(near)))
    return answers


async def _bench(sizes: Sequence[int], before_up_to: int) -> list[Findings]:
    results = []
    with tempfile.TemporaryDirectory(prefix="lantern-bench-") as directory:
        async with provided_database(Path(directory), durable=False) as urls:
            await migrations.upgrade(urls.owner)
            async with opened(urls) as exchange:
                keyring, viewer = exchange.keyring, await exchange.actor("birch")
                loader = Loader(urls.owner, keyring, exchange.id("alder"), exchange.clock())
                for start, size in pairwise([0, *sizes]):
                    with Progress(console=console) as progress:
                        step = partial(progress.advance, progress.add_task(f"Loading {size:,}", total=size - start))
                        await loader.load(start, size, step)
                    if size <= before_up_to:
                        await pdq_bands_before.load(urls.owner, keyring, start, size)
                    serving = Serving(urls, keyring, viewer, size, size <= before_up_to)
                    results.append(await asyncio.to_thread(_apart, serving))
    return results


def _apart(serving: Serving) -> Findings:
    """What it finds in a process of its own."""
    method = multiprocessing.get_context("spawn")
    here, there = method.Pipe()
    child = method.Process(target=serving.run, args=(there,))
    child.start()
    there.close()
    try:
        findings: Findings = here.recv()
    finally:
        child.join()
    return findings


def _shown(results: Sequence[Findings]) -> Table:
    table = Table(title="PDQ look-ups", show_lines=False)
    table.add_column("")
    for result in results:
        table.add_column(f"{result.hashes:,}", justify="right")
    for name in list(asdict(results[0]))[1:]:
        cells = [getattr(result, name) for result in results]
        table.add_row(name.replace("_", " "), *("-" if cell is None else f"{cell:,.5g}" for cell in cells))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench_pdq", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="rising, of 10,000s")
    parser.add_argument("--before-up-to", type=int, default=10_000, help="also bands in SQL, up to so many hashes")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    results = asyncio.run(_bench(options.sizes, options.before_up_to))
    console.print(_shown(results))
    if options.json is not None:
        options.json.write_bytes(orjson.dumps([asdict(one) for one in results], option=orjson.OPT_INDENT_2))
    if any(result.recall < 1 or result.false_matches for result in results):
        raise SystemExit("What it finds is not what brute force finds.")


if __name__ == "__main__":
    main()
