"""Killed at any moment, client or server, a replica goes on from where it was and ends as one that was never killed."""

import random
import secrets
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.client import operations
from tests.client.asking import until_told
from tests.client.replica.processes import Machine, patient, served, share
from tests.client.restartable import Restartable

PAGES = 4


def everything(file: Path) -> list[Any]:
    """Of each signal all that is kept, but the number that it got here."""
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    if not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        return [[], []]  # Killed before its tables were made.
    rows = connection.execute("SELECT id, type, exact, told FROM signal ORDER BY id").fetchall()
    near = connection.execute("SELECT id, key FROM near JOIN signal ON number = signal ORDER BY id, key").fetchall()
    connection.close()
    return [rows, near]


def made(count: int) -> list[tuple[str, str]]:
    """Values of several types, all new."""
    marks = [secrets.token_hex(8) for _ in range(count)]
    kinds = ("EMAIL_ADDRESS", "{}@mail.example"), ("URL", "https://files.example/{}"), ("DOMAIN", "a{}.example")
    return [(type, form.format(mark)) for mark, (type, form) in zip(marks, kinds * count, strict=False)]


@pytest.fixture(scope="module")
def server() -> Iterator[Restartable]:
    with served() as server:
        yield server


def test_a_replica_survives_kills(
    server: Restartable, tmp_path: Path, pytestconfig: pytest.Config, evidence: Callable[[str], None]
) -> None:
    chance, full = random.Random(4), pytestconfig.getoption("full")
    machine, untouched = Machine(tmp_path / "killed", server), Machine(tmp_path / "untouched", server)
    with patient(server, "alder") as alder, patient(server, "birch") as birch:
        shared = share(alder, made(PAGES * 1000))
        until_told(birch, (signal for _, signal in shared))
        machine.run("keys", "issue")
        since = time.monotonic()
        untouched.run("sync")
        whole = time.monotonic() - since
        killed = turns = 0
        while killed < (60 if full else 12):
            turns += 1
            process = machine.begin("sync")
            time.sleep(chance.uniform(0.2, 1.1) * whole)
            if turns % 6 == 0:
                server.kill()
                server.start()
            process.send_signal(signal.SIGKILL)
            process.communicate()
            # Some have ended by then.
            killed += process.returncode == -signal.SIGKILL
            server.wait()
            if machine.file.exists():
                everything(machine.file)
            # The world goes on: some of it goes, some comes.
            gone, shared = shared[:40], shared[40:]
            alder.ask(operations.retract([contribution for contribution, _ in gone], "ERROR"))
            shared += share(alder, made(20))
            if chance.random() < 0.4:
                # What was read is dropped now and then, so that the first read is killed too.
                for file in machine.home.glob("main/replica.db*"):
                    file.unlink()
        # Once the feed tells of the last thing done, it tells of all.
        (last,) = share(alder, made(1))
        shared.append(last)
        until_told(birch, last[1:])
    machine.run("sync")
    # A copy with the same tags that read everything at once.
    shutil.copy(machine.home / "main" / "secrets.json", untouched.home / "main" / "secrets.json")
    for file in untouched.home.glob("main/replica.db*"):
        file.unlink()
    untouched.run("sync")
    held = everything(machine.file)
    assert held == everything(untouched.file)
    assert len(held[0]) == len(shared)
    evidence(f"{killed} of {turns} killed while they were at it")
