"""Whoever is killed at whatever moment, each report arrives once and in its order; mutants show that we would see it.

Cedar changes its mind about all signals after each death, so that what is said twice is kept twice.
"""

import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from app.client.outbox import Outbox
from app.client.outbox.outbox import Standing
from tests.client.outbox import mutants, processes
from tests.client.outbox.test_spool import drop
from tests.client.outbox.world import World, report
from tests.waiting import PATIENCE, until

# Those of which the application puts reports, and those of which there are files in the spool.
PUT, SPOOLED = 20, 3


@dataclass
class Platform:
    """One participant's machine: its application, its deliverer, and what they keep."""

    world: World
    home: Path
    put: Sequence[str]
    spooled: Sequence[str]
    mutant: str = ""
    # Of each signal of the spool.
    dropped: int = 0
    running: dict[str, BaseProcess] = field(default_factory=dict)

    @property
    def outbox_file(self) -> Path:
        return self.home / "main" / "outbox.db"

    @property
    def spool(self) -> Path:
        return self.home / "main" / "spool"

    @property
    def standing(self) -> Standing:
        with Outbox(self.outbox_file) as outbox:
            return outbox.standing()

    @property
    def told(self) -> int:
        """How many reports were put, as far as the application knows."""
        return (self.home / "told").stat().st_size if (self.home / "told").exists() else 0

    def drop(self) -> None:
        """One more file with a report on each signal of the spool."""
        self.dropped += 1
        rows = [report(signal, str(self.dropped)) for signal in self.spooled]
        drop(self.spool, f"{self.dropped:06}", rows)

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
            "application": [str(self.outbox_file), str(self.home / "told"), *self.put],
            "deliverer": ["feedback", "run"],
        }[name]
        self.running[name] = processes.started(name, given, self.home / "log", *arguments)

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].join()

    def ended(self, name: str) -> None:
        """Wait until it has ended itself."""
        self.running[name].join(PATIENCE)
        assert self.running[name].exitcode == -signal.SIGKILL, (self.home / "log").read_text()[-2_000:]

    def wait_until(self, holds: Callable[[], bool]) -> None:
        until(holds, lambda: (self.home / "log").read_text()[-2_000:])

    def drain(self) -> None:
        """Stop the application, and wait until nothing is under way."""
        self.kill("application")

        def is_empty() -> bool:
            return not self.standing.pending + self.standing.in_flight and not list(self.spool.iterdir())

        self.wait_until(is_empty)
        self.kill("deliverer")

    def wrong(self) -> set[str]:
        """What came otherwise than it should have, by what the exchange says of birch's feedback."""
        found, told = set[str](), self.told
        history = self.world.history([*self.put, *self.spooled])
        for place, put in enumerate(self.put):
            safe = (told - place + len(self.put) - 1) // len(self.put)
            # The last may have been put without that the application could tell.
            found |= wrong_notes(history[put], safe, safe + 1)
        for spooled in self.spooled:
            found |= wrong_notes(history[spooled], self.dropped, self.dropped)
        if self.standing.delivered != sum(map(len, history.values())):
            found.add("miscounted")
        return found


def wrong_notes(notes: Sequence[str], least: int, most: int) -> set[str]:
    found = set[str]()
    if len(notes) > most or list(notes) != [str(number) for number in range(1, len(notes) + 1)]:
        found.add("doubled or out of order")
    if not {str(number) for number in range(1, least + 1)} <= set(notes):
        found.add("lost")
    return found


@contextmanager
def platform(shared: World, home: Path, mutant: str = "") -> Iterator[Platform]:
    made = Platform(shared, home, shared.signals(PUT), shared.signals(SPOOLED), mutant)
    made.spool.mkdir(parents=True)
    try:
        yield made
    finally:
        for process in made.running.values():
            process.kill()
            process.join()


def kill_one(at: Platform, chance: random.Random) -> str:
    """Kill somebody at some moment, change what the exchange knows, and let it go on."""
    for _ in range(chance.randint(1, 3)):
        at.drop()
    name = chance.choices(["deliverer", "application", "exchange"], [7, 2, 1])[0]
    if name == "deliverer" and chance.random() < 0.5:
        at.kill("deliverer")
        moment = chance.choice(list(mutants.MOMENTS))
        at.start("deliverer", f"{moment}:{1 if moment == 'ends_before_removing' else chance.randint(1, 4)}")
        if moment == "ends_before_removing":
            at.drop()
        at.ended("deliverer")
        name = moment
    else:
        time.sleep(chance.uniform(0.0, 1.0))
        at.world.running.kill() if name == "exchange" else at.kill(name)
    if name == "exchange":
        at.world.running.start()
        at.world.running.wait()
    at.world.relabel([*at.put, *at.spooled])
    if name == "application":
        at.start("application")
    elif name != "exchange":
        at.start("deliverer")
    return name


def test_each_report_arrives_once_whoever_is_killed(
    shared: World, tmp_path: Path, pytestconfig: pytest.Config, evidence: Callable[[str], None]
) -> None:
    kills = 105 if pytestconfig.getoption("full") else 12
    chance = random.Random(7)
    with platform(shared, tmp_path / "home") as at:
        at.start("application")
        at.start("deliverer")
        killed = [kill_one(at, chance) for _ in range(kills)]
        at.drain()
        assert at.wrong() == set()
        assert at.standing.parked == 0
        put, spooled = at.told, at.dropped * SPOOLED
        assert put > 3 * PUT
    counts = {name: killed.count(name) for name in sorted(set(killed))}
    evidence(f"{kills} kills ({counts}): {put} reports were put and {spooled} dropped; each arrived once and in order")


@pytest.mark.parametrize(
    ("mutant", "moment", "wrong"),
    [
        ("forgets_the_key", "ends_with_the_answer", {"doubled or out of order", "miscounted"}),
        ("marks_before_the_answer", "ends_before_sending", {"lost", "miscounted"}),
        ("forgets_files", "ends_before_removing", {"miscounted"}),
    ],
)
def test_a_deliverer_that_does_it_wrong_is_found_out(
    shared: World, tmp_path: Path, mutant: str, moment: str, wrong: set[str]
) -> None:
    with platform(shared, tmp_path / "home", mutant) as at:
        at.start("application")
        at.wait_until(lambda: at.told > PUT)
        at.drop()
        at.start("deliverer", f"{moment}:1")
        at.ended("deliverer")
        shared.relabel([*at.put, *at.spooled])
        at.start("deliverer")
        at.drain()
        # What is lost may, by the moment, show as out of order too.
        assert at.wrong() >= wrong
