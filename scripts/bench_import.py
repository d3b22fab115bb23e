"""Measures `lantern import` as people run it: rows in a second, the client's memory, and who used the processors."""

import argparse
import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from scripts.exchange_client import CHECKOUT, Exchange, own_exchange

COLUMNS = ("type", "value", "violations", "severity", "confidence", "platform", "context")
# Seconds between two looks at the processes of the exchange.
LOOK = 1.0


@dataclass(frozen=True, slots=True)
class Findings:
    """Of one import. Processor seconds of the server's and the database's processes are those during the import."""

    rows: int
    file_mb: float
    seconds: float
    rows_per_s: float
    client_peak_mb: float
    client_cpu_s: float
    server_cpu_s: float
    database_cpu_s: float
    load_before: float
    load_after: float
    told: dict[str, object]


@dataclass
class Watched:
    """What a process with its children used so far; those that end in between keep their last figure."""

    process: psutil.Process
    used: dict[int, float] = field(default_factory=dict)

    def look(self) -> float:
        """Processor seconds."""
        for process in (self.process, *self.process.children(recursive=True)):
            with suppress(psutil.Error):  # It just ended.
                times = process.cpu_times()
                self.used[process.pid] = times.user + times.system
        return sum(self.used.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the file (1,000,000)")
    parser.add_argument("--json", action="store_true", help="print one object")
    parser.add_argument("--twice", action="store_true", help="import again, which changes nothing")
    asked = parser.parse_args()
    with own_exchange() as exchange, tempfile.TemporaryDirectory(prefix="lantern-import-") as name:
        file = Path(name) / "signals.csv"
        write(file, asked.rows)
        for more in ([], ["--again"])[: 1 + asked.twice]:
            found = measured(exchange, file, asked.rows, more)
            print(json.dumps(asdict(found)) if asked.json else shown(found))


def write(file: Path, rows: int) -> None:
    """Types as they come together; names of reserved domains, and digests of numbers."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        written = csv.writer(opened)
        written.writerow(COLUMNS)
        for number in range(rows):
            written.writerow(row(number))


def row(number: int) -> tuple[str, ...]:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    match number % 6:
        case 0:
            return "DOMAIN", f"h{digest[:12]}.bad.example", "MISLEADING_DOMAIN_OR_WORDS", "LOW", "50", "", ""
        case 1:
            value = f"https://files.example/f/{digest[:16]}?v={number}#k{digest[16:24]}"
            return "URL", value, "CSAM_POSSESSION_DISTRIBUTION", "HIGH", "80", "", "Linked from an account."
        case 2:
            return "EMAIL_ADDRESS", f"a.{digest[:14]}@mail.example", "SEXTORTION_FINANCIAL", "HIGH", "70", "", ""
        case 3:
            return "USERNAME", f"u_{digest[:14]}", "SEXTORTION_FINANCIAL", "MEDIUM", "60", "chat", ""
        case 4:
            return "HASH_SHA256", digest, "CSAM_POSSESSION_DISTRIBUTION", "HIGH", "90", "", ""
    return "HASH_MD5", digest[:32], "CSAM_POSSESSION_DISTRIBUTION", "HIGH", "90", "", ""


def measured(exchange: Exchange, file: Path, rows: int, more: list[str]) -> Findings:
    credentials = exchange.clients["alder"]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")},
        "EXCHANGE_HOME": str(file.parent / "home"),
        "EXCHANGE_URL": exchange.url,
        "EXCHANGE_CLIENT": credentials.client_id,
        "EXCHANGE_SECRET": credentials.secret,
    }
    command = [sys.executable, "-m", "app.client.cli.main", "--json", "import", str(file), *more]
    load = os.getloadavg()[0]
    with watched(exchange) as used:
        start = time.monotonic()
        with (file.parent / "told.json").open("w+b") as told:
            client = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=told)
            _, status, usage = os.wait4(client.pid, 0)
            client.returncode = os.waitstatus_to_exitcode(status)
            told.seek(0)
            said = told.read()
        seconds = time.monotonic() - start
    if client.returncode != 0:
        sys.exit(f"The import ended with {client.returncode}.")
    server, database = used()
    return Findings(
        rows=rows,
        file_mb=round(file.stat().st_size / 1e6, 1),
        seconds=round(seconds, 1),
        rows_per_s=round(rows / seconds),
        client_peak_mb=round(usage.ru_maxrss * 1024 / 1e6, 1),
        client_cpu_s=round(usage.ru_utime + usage.ru_stime, 1),
        server_cpu_s=round(server, 1),
        database_cpu_s=round(database, 1),
        load_before=round(load, 1),
        load_after=round(os.getloadavg()[0], 1),
        told=json.loads(said),
    )


@contextmanager
def watched(exchange: Exchange) -> Iterator[Callable[[], tuple[float, float]]]:
    """Gives the processor seconds since the block began: of the server, and of its database."""
    if exchange.process_id is None or exchange.directory is None:
        raise ValueError("the processes of another's exchange cannot be watched")
    database = int((exchange.directory / "postgres" / "postmaster.pid").read_text().split()[0])
    both = [Watched(psutil.Process(id)) for id in (exchange.process_id, database)]
    before = [one.look() for one in both]
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(LOOK):
            for one in both:
                one.look()

    thread = threading.Thread(target=look)
    thread.start()

    def used() -> tuple[float, float]:
        server, of_database = (one.look() - was for one, was in zip(both, before, strict=True))
        return server, of_database

    try:
        yield used
    finally:
        ended.set()
        thread.join()


def shown(found: Findings) -> str:
    together = found.client_cpu_s + found.server_cpu_s + found.database_cpu_s
    return (
        f"{found.rows:,} rows ({found.file_mb} MB) in {found.seconds} s: {found.rows_per_s:,} rows/s;"
        f" the client at most {found.client_peak_mb} MB\n"
        f"processor: client {found.client_cpu_s} s, server {found.server_cpu_s} s, database {found.database_cpu_s} s"
        f" ({together / found.seconds:.2f} of {os.cpu_count()} in use by them;"
        f" load {found.load_before} before, {found.load_after} after)\n{found.told}"
    )


if __name__ == "__main__":
    main()
