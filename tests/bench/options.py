"""The words of the command line."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from tests.bench.contender import COMPILED, LIMIT
from tests.bench.contenders import NAMES
from tests.bench.workloads import WORKLOADS

SIGNALS = 1_000_000
SIZES = (100_000, 1_000_000, 5_000_000)
CONNECTIONS = (1, 8, 32)
SECONDS = 6.0
ROUNDS = 3
QUICK = {"signals": 5_000, "seconds": 0.6, "rounds": 2, "connections": [4], "implementations": list(NAMES[:3])}


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures the exchange against hand-written SQL behind a bare route, and against PostGraphile, on"
        " one database with a million signals. The data set is made once and kept.",
    )
    parser.add_argument("--signals", type=int, default=SIGNALS, help=f"size of the data set ({SIGNALS:,})")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"time for each figure ({SECONDS:g})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"turns in which that is spent ({ROUNDS})")
    parser.add_argument("--workloads", type=_several, metavar="A,B", help=", ".join(WORKLOADS))
    parser.add_argument("--implementations", type=_several, metavar="A,B", help=", ".join(NAMES))
    parser.add_argument("--connections", type=_numbers, metavar="N,M", help=f"{CONNECTIONS}")
    parser.add_argument("--directory", type=Path, help="where the data set is kept (.lantern/bench-<signals>)")
    parser.add_argument(
        "--output",
        type=Path,
        help="write the figures there as JSON, beside it as Markdown, and a chart; the last full run is"
        " tests/bench/latest.json",
    )
    _add_kinds(parser.add_mutually_exclusive_group())
    options = parser.parse_args(arguments)
    _fill_in(options)
    for chosen, possible in ((options.workloads, WORKLOADS), (options.implementations, NAMES)):
        if unknown := set(chosen) - set(possible):
            parser.error(f"not known: {', '.join(sorted(unknown))}")
    return options


def _add_kinds(kinds: "argparse._MutuallyExclusiveGroup") -> None:
    told = ",".join(str(size) for size in SIZES)
    kinds.add_argument("--quick", action="store_true", help="a minute on a small data set, to see that all works")
    kinds.add_argument(
        "--growth", type=_numbers, nargs="?", const=list(SIZES), metavar="N,M", help=f"cost by size instead ({told})"
    )
    kinds.add_argument("--memory", action="store_true", help="memory instead, under 32 connections of feed pages")
    kinds.add_argument(
        "--attacks", action="store_true", help="CPU and memory that each attack costs a server instead, in a minute"
    )
    kinds.add_argument("--profile", action="store_true", help="where the compiled engine's time goes, with py-spy")
    kinds.add_argument(
        "--rendering", action="store_true", help="feed pages from a stored rendering instead, in SQL alone"
    )


def _fill_in(options: argparse.Namespace) -> None:
    """What was not said, depending on what is measured."""
    if options.quick:
        vars(options).update({name: value for name, value in QUICK.items() if name != "implementations"})
        options.implementations = options.implementations or QUICK["implementations"]
    if options.memory:
        options.workloads, options.connections = ["feed"], [32]
    if options.memory or options.profile:
        options.implementations = [COMPILED]
    if options.growth:
        options.implementations = options.implementations or [COMPILED, LIMIT]
    if options.growth or options.profile:
        options.connections = options.connections or [8]
    options.workloads = options.workloads or list(WORKLOADS)
    options.implementations = options.implementations or list(NAMES)
    options.connections = options.connections or list(CONNECTIONS)


def _several(text: str) -> list[str]:
    return text.split(",")


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]
