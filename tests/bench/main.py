"""`scripts/bench`: loads a data set and lets the exchange compete with the best that its database could do."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench import kept, postgraphile, processes, report, traces
from tests.bench.calls import known
from tests.bench.checks import WrongAnswer
from tests.bench.contender import POSTGRAPHILE
from tests.bench.contenders import NAMES, started
from tests.bench.driver import Unanswered
from tests.bench.loading import connected
from tests.bench.measure import Cell, Measurement
from tests.bench.workloads import WORKLOADS

SIGNALS = 1_000_000
CONNECTIONS = (1, 8, 32)
SECONDS = 6.0
ROUNDS = 3
QUICK_SIGNALS = 5_000

console = Console(highlight=False)


def main(arguments: Sequence[str] | None = None) -> None:
    options = read_options(arguments)
    try:
        document = uvloop.run(compete(options))
    except (WrongAnswer, Unanswered) as error:
        sys.exit(str(error))
    report.show(console, document)
    if options.output:
        report.write(document, options.output)
        console.print(f"Written to {options.output}")


async def compete(options: argparse.Namespace) -> dict[str, object]:
    """One whole run. Raises: WrongAnswer, Unanswered."""
    directory = options.directory or kept.default_directory(options.signals)
    async with kept.opened(options.signals, directory, console) as data, connected(data.urls.owner) as owner:
        await traces.take_away(owner, data)
        workloads = [WORKLOADS[name] for name in options.workloads]
        results: list[Any] = []
        async with AsyncExitStack() as stack:
            if POSTGRAPHILE in options.implementations:
                postgraphile.install(console)
                await stack.enter_async_context(postgraphile.defined(owner))
            progress = stack.enter_context(_progress())
            contenders = [stack.enter_context(started(name, data)) for name in options.implementations]
            bar = progress.add_task("Measuring", total=None)

            def told(cell: Cell) -> None:
                results.append(cell.figures())
                progress.advance(bar)

            progress.update(bar, total=len(workloads) * len(options.connections) * len(contenders))
            database = processes.postmaster(directory)
            asked = await known(owner, data)
            measurement = Measurement(asked, contenders, database, options.seconds, options.rounds, told)
            for workload in workloads:
                progress.update(bar, description=f"Measuring {workload.name}")
                await measurement.measure(workload, options.connections)
        await traces.count(owner, data, measurement.sent)
        await traces.take_away(owner, data)
        return report.document(data.signals, results, seconds=options.seconds, rounds=options.rounds)


def _progress() -> Progress:
    columns = (TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures the exchange against hand-written SQL behind a bare route, and against PostGraphile, on"
        " one database with a million signals. The data set is made once and kept.",
    )
    listed = {"type": lambda text: text.split(","), "metavar": "A,B"}
    parser.add_argument("--signals", type=int, default=SIGNALS, help=f"size of the data set ({SIGNALS:,})")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"time for each figure ({SECONDS:g})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"turns in which that is spent ({ROUNDS})")
    parser.add_argument("--workloads", **listed, default=list(WORKLOADS), help=", ".join(WORKLOADS))
    parser.add_argument("--implementations", **listed, default=list(NAMES), help=", ".join(NAMES))
    parser.add_argument(
        "--connections", type=lambda text: [int(n) for n in text.split(",")], default=list(CONNECTIONS), metavar="N,M"
    )
    parser.add_argument("--directory", type=Path, help="where the data set is kept (.lantern/bench-<signals>)")
    parser.add_argument(
        "--output",
        type=Path,
        help="write the figures there as JSON, and beside it as Markdown; tests/bench/latest.json is the last full run",
    )
    parser.add_argument("--quick", action="store_true", help="a minute on a small data set, to see that all works")
    options = parser.parse_args(arguments)
    if options.quick:
        options.signals, options.seconds, options.rounds, options.connections = QUICK_SIGNALS, 0.6, 2, [4]
    for chosen, possible in ((options.workloads, WORKLOADS), (options.implementations, NAMES)):
        if unknown := set(chosen) - set(possible):
            parser.error(f"not known: {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    main()
