"""The bench itself: it runs through, counts right, and notices those who answer wrongly."""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import psutil
import pytest
from rich.console import Console

from app.rules.keyring import Keyring
from app.rules.normal_forms import Hints, canonical
from app.rules.signal_types import SignalType
from tests.bench import floors, growth, options, processes, rendering, report, shape
from tests.bench.calls import given
from tests.bench.cell import Cell
from tests.bench.competition import compete
from tests.bench.generator import Generator
from tests.bench.values import Values
from tests.bench.workloads import WORKLOADS

SIGNALS = 1_000
SILENT = Console(quiet=True)


def chosen(directory: Path, more: str = "") -> argparse.Namespace:
    words = f"--signals {SIGNALS} --seconds 0.2 --rounds 1 --connections 2 --implementations limit,compiled"
    return options.read(f"{words} --directory {directory} {more}".split())


async def test_every_workload_is_answered_alike_and_what_is_written_arrives(tmp_path: Path) -> None:
    document = await compete(chosen(tmp_path / "data"), SILENT)
    results = document["results"]
    cells = Counter((r["workload"], r["implementation"]) for r in results)
    assert cells == {(w, i): 1 for w in WORKLOADS for i in ("limit", "compiled")}
    assert all(r["requests"] > 0 and r["wrong"] == 0 and r["requests_per_s"] > 0 for r in results)
    assert all(r["rss_mb"] > 10 and 0 < r["p50_ms"] <= r["p99_ms"] for r in results)
    report.write(document, tmp_path / "bench.json")
    kept = json.loads((tmp_path / "bench.json").read_text())
    assert {"machine", "date", "commit", "signals", "results"} <= kept.keys()
    assert "| match |" in (tmp_path / "bench.md").read_text()
    assert "<svg" in (tmp_path / "bench.svg").read_text()
    # A stored rendering gives the same pages as what is built, or this stops.
    rendered = await rendering.compare(chosen(tmp_path / "data", "--rendering"), SILENT)
    assert rendered["tables"][0][2][0][0] == "built from the tables"


async def test_sizes_are_measured_side_by_side(tmp_path: Path) -> None:
    document = await growth.grow(chosen(tmp_path, "--growth 1000,1500 --workloads signal"), SILENT)
    assert [(r["signals"], r["implementation"]) for r in document["growth"]] == [
        (size, name) for size in (1000, 1500) for name in ("limit", "compiled")
    ]
    assert {r.what for r in floors.growth(document["growth"])} == {"limit", "compiled"}


def test_values_are_in_their_canonical_form() -> None:
    forms = Values(Random(1)).forms(2_000)
    assert {form.type for form in forms} == set(SignalType)
    for form in forms:
        said = given(form)
        hints = Hints(**{name: said.get(name) for name in ("platform", "language", "scheme")})
        assert canonical(form.type, said["value"], hints) == form
    assert len(set(forms)) == len(forms)


def test_the_data_set_has_the_stated_shape() -> None:
    rows: dict[str, list[tuple[object, ...]]] = {}
    for block in Generator(20_000, Keyring.generate(), datetime.now(UTC)).blocks():
        for table, more in block.items():
            rows.setdefault(table, []).extend(more)
    types = Counter(row[2] for row in rows["signal"])
    assert all(abs(100 * types[type] / 20_000 - share) < 1 for type, share in shape.TYPES.items())
    contributors = Counter(Counter(row[2] for row in rows["contribution"] if row[7] == "ACTIVE").values())
    assert 0.87 < contributors[1] / 20_000 < 0.90
    degrees = Counter(end for row in rows["signal_link"] for end in row[2:4])
    ranked = sorted(degrees[row[0]] for row in rows["signal"])
    assert ranked[10_000] == 1
    assert 20 <= ranked[19_800] <= 30
    assert 0.09 < len({row[11] for row in rows["feedback"]}) / 20_000 < 0.11
    assert [row[0] for row in rows["feed"]] == list(range(1, len(rows["feed"]) + 1))


def test_figures_are_what_was_measured() -> None:
    cell = Cell("signal", 8, "limit", [n / 1000 for n in range(1, 101)], 4.0, used=processes.Used(0.5, 1.0, 0.1))
    figures = cell.figures()
    assert (figures["requests_per_s"], figures["p50_ms"], figures["p99_ms"]) == (25.0, 51.0, 100.0)
    assert (figures["app_cpu_ms"], figures["db_cpu_ms"], figures["driver_cpu_ms"]) == (5.0, 10.0, 1.0)


BURN = "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass\n"


@pytest.fixture
def parent() -> Iterator[psutil.Process]:
    """A process whose child works and ends, as a connection's backend does."""
    code = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])\nprint('done', flush=True)\ninput()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    yield psutil.Process(process.pid)
    process.communicate(b"\n")


def test_what_an_ended_child_used_is_counted(parent: psutil.Process) -> None:
    before = processes.used(parent, parent)
    deadline = time.monotonic() + 20
    while parent.children() or parent.cpu_times().children_user == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    spent = processes.used(parent, parent) - before
    assert 0.3 < spent.application < 0.9
    assert spent.application == spent.database
