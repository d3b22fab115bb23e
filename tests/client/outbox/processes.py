"""Processes that a test kills: an application that puts reports, and the command that delivers them."""

import os
import sys
import time
from pathlib import Path

import pytest

from app.client.cli import main
from app.client.outbox import Outbox
from tests.client.outbox.mutants import MOMENTS, MUTANTS
from tests.client.outbox.world import report

# Of the deliverer: which mutant it is, and at which call, from 1, it ends where.
MUTANT, MOMENT = "OUTBOX_MUTANT", "OUTBOX_MOMENT"
# Seconds between two reports of the application.
_PACE = 0.01


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
    if mutant := os.environ.get(MUTANT):
        MUTANTS[mutant](patch)
    if moment := os.environ.get(MOMENT):
        name, _, call = moment.partition(":")
        MOMENTS[name](patch, int(call))
    sys.argv = ["lantern", *arguments]
    main.run()


if __name__ == "__main__":
    {"application": application, "deliverer": deliverer}[sys.argv[1]](*sys.argv[2:])
