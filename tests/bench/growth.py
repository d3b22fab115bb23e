"""What a request costs when the exchange grows: the same workloads on data sets of several sizes, by turns."""

import argparse
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from rich.console import Console

from tests.bench import report
from tests.bench.cell import Cell
from tests.bench.competition import progress, ready
from tests.bench.measure import Measurement
from tests.bench.workloads import WORKLOADS, Workload


async def grow(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """All sizes are open at once, each with servers of its own. Raises: WrongAnswer, Unanswered."""
    figures: list[dict[str, object]] = []
    async with AsyncExitStack() as stack:
        sizes = {
            size: await stack.enter_async_context(ready(options, size, _directory(options, size), console))
            for size in sorted(options.growth)
        }
        with progress(console) as shown:
            bar = shown.add_task("Measuring", total=len(options.workloads) * len(options.connections))
            for name in options.workloads:
                shown.update(bar, description=f"Measuring {name}")
                for connections in options.connections:
                    figures += await _measured(sizes, WORKLOADS[name], connections)
                    shown.advance(bar)
    return report.document(max(sizes), [], growth=figures, seconds=options.seconds, rounds=options.rounds)


def _directory(options: argparse.Namespace, size: int) -> Any:
    return options.directory / f"bench-{size}" if options.directory else None


async def _measured(sizes: dict[int, Measurement], workload: Workload, connections: int) -> Sequence[dict[str, object]]:
    calls = {size: measurement.begin(workload, 1) for size, measurement in sizes.items()}
    cells = {
        (size, contender.name): Cell(workload.name, connections, contender.name)
        for size, measurement in sizes.items()
        for contender in measurement.contenders
    }
    for number in range(next(iter(sizes.values())).rounds):
        for size, measurement in sizes.items():
            for contender in measurement.contenders:
                await measurement.take_turn(cells[size, contender.name], contender, calls[size], number)
    return [{"signals": size, **cell.figures()} for (size, _), cell in cells.items()]
