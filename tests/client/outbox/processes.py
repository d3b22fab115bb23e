"""Processes that a test kills: an application that puts reports, and the command that delivers them."""

import os
import sys
import time
from collections.abc import Mapping
from functools import partial
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from app.client import Patience
from app.client.cli import feedback, main
from app.client.outbox import Outbox
from app.client.outbox.delivery import Deliverer
from tests.client.outbox.mutants import MOMENTS, MUTANTS
from tests.client.outbox.world import report

# Of the deliverer: which mutant it is, and at which call, from 1, it ends where.
MUTANT, MOMENT = "OUTBOX_MUTANT", "OUTBOX_MOMENT"
# Seconds between two reports of the application.
_PACE = 0.05
_SHORT = Patience(seconds=120.0, first_seconds=0.2, longest_seconds=1.0)


def application(outbox_file: str, told_file: str, *signals: str) -> None:
    """Put one report after the other, and tell of each once it has been put; go on after what was told."""
    told = Path(told_file)
    number = len(told.read_bytes()) if told.exists() else 0
    with Outbox(outbox_file) as outbox, told.open("ab", buffering=0) as telling:
        while True:
            signal, note = signals[number % len(signals)], str(number // len(signals) + 1)
            outbox.put(report(signal, note), id=f"report {number}")
            telling.write(b".")
            number += 1
            time.sleep(_PACE)


def deliverer(*arguments: str) -> None:
    patch = pytest.MonkeyPatch()
    # Otherwise it would mostly wait when it is killed, as the exchange has just been.
    patch.setattr(feedback, "Deliverer", partial(Deliverer, patience=_SHORT))
    if mutant := os.environ.get(MUTANT):
        MUTANTS[mutant](patch)
    if moment := os.environ.get(MOMENT):
        name, _, call = moment.partition(":")
        MOMENTS[name](patch, int(call))
    sys.argv = ["lantern", *arguments]
    main.run()


def run(name: str, environment: Mapping[str, str], log: Path, *arguments: str) -> None:
    os.environ.update(environment)
    with log.open("ab") as written:
        for stream in (1, 2):
            os.dup2(written.fileno(), stream)
    {"application": application, "deliverer": deliverer}[name](*arguments)


# Starts processes from one that has read all modules already, so that they are killed at their work.
_forks = get_context("forkserver")
_forks.set_forkserver_preload([__name__])


def started(name: str, environment: Mapping[str, str], log: Path, *arguments: str) -> BaseProcess:
    process = _forks.Process(target=run, args=(name, environment, log, *arguments))
    process.start()
    return process
