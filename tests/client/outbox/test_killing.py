"""Whoever is killed at whatever moment, each report arrives once and in its order; mutants show that we would see it.

Cedar changes its mind about all signals after each death, so that what is said twice is kept twice.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.client.outbox import Outbox
from tests.client.outbox import mutants, processes
from tests.client.outbox.world import World

CHECKOUT = Path(__file__).resolve().parents[3]
SIGNALS = 12
PATIENCE_SECONDS = 240


@dataclass
class Platform:
    """One participant's machine: its application, its deliverer, and what they keep."""

    world: World
    home: Path
    signals: Sequence[str]
    mutant: str = ""
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def outbox_file(self) -> Path:
        return self.home / "main" / "outbox.db"

    @property
    def told(self) -> int:
        """How many reports were put, as far as the application knows."""
        return (self.home / "told").stat().st_size if (self.home / "told").exists() else 0

    def start(self, name: str, moment: str = "") -> None:
        known = self.world.secret("birch")
        given = {
            "EXCHANGE_HOME": str(self.home),
            "EXCHANGE_URL": self.world.url,
            "EXCHANGE_CLIENT": known.client_id,
            "EXCHANGE_SECRET": known.secret,
            processes.MUTANT: self.mutant,
            processes.MOMENT: moment,
        }
        arguments = {
            "application": [str(self.outbox_file), str(self.home / "told"), *self.signals],
            "deliverer": ["feedback", "run"],
        }[name]
        with (self.home / "log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "tests.client.outbox.processes", name, *arguments],
                cwd=CHECKOUT,
                env=os.environ | given,
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].wait()

    def ended(self, name: str) -> None:
        """Wait until it has ended itself."""
        self.running[name].wait(PATIENCE_SECONDS)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, (self.home / "log").read_text()[-2_000:]
            time.sleep(0.05)

    def drained(self) -> int:
        """Stop the application and wait until nothing is under way. How many it was told that they are safe."""
        self.kill("application")
        with Outbox(self.outbox_file) as outbox:

            def is_empty() -> bool:
                standing = outbox.standing()
                return standing.pending + standing.in_flight == 0

            self.wait_until(is_empty)
            self.parked = outbox.standing().parked
        self.kill("deliverer")
        return self.told

    def wrong(self, told: int) -> set[str]:
        """What came otherwise than it should have, by what the exchange says of birch's feedback."""
        found = set[str]()
        history = self.world.history(self.signals)
        for place, signal in enumerate(self.signals):
            safe = (told - place + len(self.signals) - 1) // len(self.signals)
            notes = history[signal]
            expected = [str(number) for number in range(1, len(notes) + 1)]
            if len(notes) > safe + 1 or notes != expected:
                found.add("doubled or out of order")
            if not {str(number) for number in range(1, safe + 1)} <= set(notes):
                found.add("lost")
        return found


@contextmanager
def platform(shared: World, home: Path, mutant: str = "") -> Iterator[Platform]:
    home.mkdir(exist_ok=True)
    made = Platform(shared, home, shared.signals(SIGNALS), mutant)
    try:
        yield made
    finally:
        for process in made.running.values():
            process.kill()
            process.wait()


def kill_one(at: Platform, chance: random.Random) -> str:
    """Kill somebody at some moment, change what the exchange knows, and let it go on."""
    name = chance.choice(["deliverer", "deliverer", "application", "exchange"])
    if name == "deliverer" and chance.random() < 0.5:
        at.kill("deliverer")
        moment = chance.choice(list(mutants.MOMENTS))
        at.start("deliverer", f"{moment}:{chance.randint(1, 4)}")
        at.ended("deliverer")
        name = moment
    else:
        time.sleep(chance.uniform(0.0, 1.0))
        at.world.kill() if name == "exchange" else at.kill(name)
    if name == "exchange":
        at.world.start()
    at.world.relabel(at.signals)
    if name == "application":
        at.start("application")
    elif name != "exchange":
        at.start("deliverer")
    return name


def test_each_report_arrives_once_whoever_is_killed(
    shared: World, tmp_path: Path, pytestconfig: pytest.Config, evidence: Callable[[str], None]
) -> None:
    kills = 120 if pytestconfig.getoption("full") else 12
    chance = random.Random(7)
    with platform(shared, tmp_path / "home") as at:
        at.start("application")
        at.start("deliverer")
        killed = [kill_one(at, chance) for _ in range(kills)]
        told = at.drained()
        assert at.wrong(told) == set()
        assert at.parked == 0
        assert told > 10 * SIGNALS
    counts = {name: killed.count(name) for name in sorted(set(killed))}
    evidence(f"{kills} kills ({counts}): {told} reports were put, each arrived once and in order")


@pytest.mark.parametrize(
    ("mutant", "moment", "wrong"),
    [
        ("forgets_the_key", "ends_with_the_answer", {"doubled or out of order"}),
        ("marks_before_the_answer", "ends_before_sending", {"lost", "doubled or out of order"}),
    ],
)
def test_a_deliverer_that_does_it_wrong_is_found_out(
    shared: World, tmp_path: Path, mutant: str, moment: str, wrong: set[str]
) -> None:
    with platform(shared, tmp_path / "home", mutant) as at:
        at.start("application")
        at.wait_until(lambda: at.told > SIGNALS)
        at.start("deliverer", f"{moment}:2")
        at.ended("deliverer")
        shared.relabel(at.signals)
        at.start("deliverer")
        assert at.wrong(at.drained()) == wrong
