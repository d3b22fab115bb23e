"""Where the time of the exchange goes while it answers, sampled by py-spy from outside."""

import argparse
import asyncio
import re
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from tests.bench import report
from tests.bench.cell import Cell
from tests.bench.competition import ready
from tests.bench.measure import WARM_UP, Measurement
from tests.bench.workloads import WORKLOADS, Workload

_SAMPLES_PER_SECOND = 100
_LISTED = 20
# The number of a line at the end of a frame.
_LINE = re.compile(r":\d+\)$")
_OURS = re.compile(r"\(app/(?!main|web/)")


async def sampled(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Raises: WrongAnswer, Unanswered."""
    own = Path(sys.executable).parent / "py-spy"
    sampler = str(own) if own.exists() else shutil.which("py-spy")
    if sampler is None:
        sys.exit("--profile needs py-spy: .venv/bin/python -m pip install py-spy")
    tables: list[Any] = []
    options.rounds = 1
    async with ready(options, options.signals, options.directory, console) as measurement:
        for name in options.workloads:
            console.print(f"Sampling {name}")
            tables += await _of(measurement, WORKLOADS[name], options.connections[0], sampler)
    return report.document(options.signals, [], tables=tables, seconds=options.seconds)


async def _of(measurement: Measurement, workload: Workload, connections: int, sampler: str) -> list[Any]:
    contender = measurement.contenders[0]
    calls = measurement.begin(workload, 1)
    cell = Cell(workload.name, connections, contender.name)
    with TemporaryDirectory() as directory:
        written = Path(directory) / "stacks"
        command = [sampler, "record", "--pid", str(contender.process.pid), "--format", "raw"]
        command += ["--rate", str(_SAMPLES_PER_SECOND), "--duration", str(max(1, round(measurement.seconds)))]
        sampling = asyncio.create_subprocess_exec(
            *command, "--output", str(written), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        turn = asyncio.create_task(measurement.take_turn(cell, contender, calls, 0))
        await asyncio.sleep(WARM_UP * measurement.seconds)
        process = await sampling
        await turn
        await process.wait()
        stacks = written.read_text().splitlines() if written.exists() else []
    share = cell.figures()
    told = f"{workload.name}: {share['app_cpu_ms']} ms in the application, {share['db_cpu_ms']} ms in the database"
    return [
        (f"{told}; by itself", ("%", "function"), lines(stacks, own=True)),
        (f"{workload.name}: with all that it calls", ("%", "function"), lines(stacks, own=False)),
    ]


def lines(stacks: Sequence[str], *, own: bool) -> list[tuple[float, str]]:
    """The functions that were seen most, in percent of all samples: by what they do themselves, or ours below the edge
    with all that they call."""
    seen: Counter[str] = Counter()
    total = 0
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        frames = [_LINE.sub(")", frame) for frame in stack.split(";")]
        total += int(count)
        for frame in frames[-1:] if own else {frame for frame in frames if _OURS.search(frame)}:
            seen[frame] += int(count)
    return [(100 * count / total, name) for name, count in seen.most_common(_LISTED)]
