"""One run in which all contenders answer the same requests by turns, on one data set."""

import argparse
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench import kept, postgraphile, processes, report, traces
from tests.bench.calls import known
from tests.bench.cell import Cell
from tests.bench.contender import POSTGRAPHILE
from tests.bench.contenders import started
from tests.bench.kept import DataSet
from tests.bench.loading import connected
from tests.bench.measure import Measurement
from tests.bench.workloads import WORKLOADS


@asynccontextmanager
async def ready(
    options: argparse.Namespace, signals: int, directory: Path | None, console: Console
) -> AsyncIterator[Measurement]:
    """The data set and the servers on it. What is written in the block is counted and taken away again after it.

    Raises: WrongAnswer.
    """
    directory = directory or kept.default_directory(signals)
    async with kept.opened(signals, directory, console) as data, connected(data.urls.owner) as owner:
        await traces.take_away(owner, data)
        async with AsyncExitStack() as stack:
            measurement = await _started(options, data, owner, (stack, console))
            yield measurement
        await traces.count(owner, data, measurement.sent)
        await traces.take_away(owner, data)


async def _started(
    options: argparse.Namespace, data: DataSet, owner: asyncpg.Connection, where: tuple[AsyncExitStack, Console]
) -> Measurement:
    stack, console = where
    if POSTGRAPHILE in options.implementations:
        postgraphile.install(console)
        await stack.enter_async_context(postgraphile.defined(owner))
    contenders = [stack.enter_context(started(name, data)) for name in options.implementations]
    database = processes.postmaster(data.directory)
    return Measurement(await known(owner, data), contenders, database, options.seconds, options.rounds)


async def compete(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Raises: WrongAnswer, Unanswered."""
    workloads = [WORKLOADS[name] for name in options.workloads]
    cells: list[Cell] = []
    async with ready(options, options.signals, options.directory, console) as measurement:
        with progress(console) as shown:
            total = len(workloads) * len(options.connections) * len(options.implementations)
            bar = shown.add_task("Measuring", total=total)
            for workload in workloads:
                shown.update(bar, description=f"Measuring {workload.name}")
                async for done in measurement.measure(workload, options.connections):
                    cells += done
                    shown.advance(bar, len(done))
    figures = [cell.figures() for cell in cells]
    return report.document(options.signals, figures, seconds=options.seconds, rounds=options.rounds)


def progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)
