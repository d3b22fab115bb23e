"""How fast a replica is filled: `lantern sync` as a process of its own, beside the rate of the feed alone."""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from resource import struct_rusage
from tempfile import TemporaryDirectory, TemporaryFile

import httpx
import orjson
import psutil
from rich.console import Console
from rich.table import Table

from app.client import operations
from app.client.replica.following import SCOPES
from app.config import CHECKOUT
from app.rules.ids import Prefix, shown
from tests.bench import kept, processes
from tests.bench.contender import COMPILED, Contender
from tests.bench.contenders import started
from tests.bench.processes import Used

SIGNALS = 100_000
ROUNDS = 3
# Which of the viewers of the data set: it sees nearly everything.
_VIEWER = 0
_CURSOR = re.compile(rb'"endCursor":"([^"]+)"')
_CAUGHT_UP = re.compile(rb'"caughtUp":(true|false)')
console = Console(highlight=False)


@dataclass(frozen=True, slots=True)
class Measured:
    what: str
    signals: int
    seconds: float
    # Seconds of processors: of the exchange, of its database, and of whoever asks.
    used: Used
    peak_mb: float | None = None


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench_sync", description=__doc__)
    parser.add_argument("--signals", type=int, default=SIGNALS, help=f"size of the data set ({SIGNALS:,})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each is measured ({ROUNDS})")
    parser.add_argument("--directory", type=Path, help="where the data set is kept (.lantern/sync-<signals>)")
    asyncio.run(_measure(parser.parse_args()))


async def _measure(chosen: argparse.Namespace) -> None:
    directory = chosen.directory or CHECKOUT / ".lantern" / f"sync-{chosen.signals}"
    async with kept.opened(chosen.signals, directory, console) as data:
        with started(COMPILED, data) as exchange, TemporaryDirectory() as home:
            who = data.viewers[_VIEWER]
            environment = {
                **{name: text for name, text in os.environ.items() if not name.startswith("EXCHANGE_")},
                "EXCHANGE_HOME": home,
                "EXCHANGE_URL": f"http://127.0.0.1:{exchange.port}",
                "EXCHANGE_CLIENT": shown(Prefix.CLIENT, who.client_id),
                "EXCHANGE_SECRET": who.secret,
                # Secrets go to a file of this directory, never to the key ring of whoever measures.
                "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            }
            database = processes.postmaster(directory)
            _lantern(environment, "keys", "issue")
            found: list[Measured] = []
            for _ in range(chosen.rounds):
                found += [_feed_alone(exchange, database), _sync(environment, Path(home), exchange, database)]
    _tell(found)


def _feed_alone(exchange: Contender, database: psutil.Process) -> Measured:
    """The same pages, one after the other, by a client that throws them away."""
    signals, after, caught_up = 0, None, False
    before, since = processes.used(exchange.process, database), time.perf_counter()
    headers = {"Authorization": f"Bearer {exchange.token(_VIEWER)}", "Content-Type": "application/json"}
    with httpx.Client(base_url=f"http://127.0.0.1:{exchange.port}", timeout=60, trust_env=False) as http:
        while not caught_up:
            asked = operations.changes(after, scopes=SCOPES)
            body = orjson.dumps({"query": asked.document, "variables": asked.variables})
            page = http.post("/graphql", content=body, headers=headers).content
            after, caught_up = _last(_CURSOR, page).decode(), _last(_CAUGHT_UP, page) == b"true"
            signals += page.count(b'"maskedValue"')
    seconds = time.perf_counter() - since
    return Measured("the feed alone", signals, seconds, processes.used(exchange.process, database) - before)


def _last(what: re.Pattern[bytes], page: bytes) -> bytes:
    return what.findall(page)[-1]


def _sync(environment: dict[str, str], home: Path, exchange: Contender, database: psutil.Process) -> Measured:
    """A first full sync; the time is that of the whole process."""
    for file in home.glob("*/replica.db*"):
        file.unlink()
    before, since = processes.used(exchange.process, database), time.perf_counter()
    said, own = _lantern(environment, "sync")
    seconds, used = time.perf_counter() - since, processes.used(exchange.process, database) - before
    used = replace(used, driver=own.ru_utime + own.ru_stime)
    return Measured("lantern sync", said["signals"], seconds, used, own.ru_maxrss * 1024 / 1e6)


def _lantern(environment: dict[str, str], *arguments: str) -> tuple[dict[str, int], struct_rusage]:
    """What it says, and what it used."""
    command = [sys.executable, "-m", "app.client.cli.main", "--json", *arguments]
    with TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=said)
        _, status, own = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"lantern {arguments[0]} ended with {process.returncode}.")
        said.seek(0)
        return json.loads(said.read()), own


def _tell(found: list[Measured]) -> None:
    table = Table("", "signals", "seconds", "signals/s", "CPU s: exchange", "database", "client", "peak MB", box=None)
    for one in found:
        rate = f"{one.signals / one.seconds:,.0f}"
        peak = "" if one.peak_mb is None else f"{one.peak_mb:,.0f}"
        cpu = (f"{seconds:.1f}" for seconds in (one.used.application, one.used.database, one.used.driver))
        table.add_row(one.what, f"{one.signals:,}", f"{one.seconds:.1f}", rate, *cpu, peak)
    console.print(table)


if __name__ == "__main__":
    main()
