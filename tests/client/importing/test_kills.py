"""An import that is killed over and over, with and without its exchange, ends as one that never was."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.client.importing.checking import check
from tests.client.importing.mutants import MUTANTS
from tests.client.importing.restartable import Restartable
from tests.client.importing.runs import Ended, Partner
from tests.client.importing.truth import mixed

# Rows of a file; a few dozen batches.
ROWS = 3_000
# Seconds after which an import is killed, at the latest; it takes a few on a free machine.
LATEST = 2.0


@dataclass
class Killer:
    own: Restartable
    chance: random.Random
    clients: int = 0
    servers: int = 0

    def carried_out(self, partner: Partner, file: Path, kills: int) -> Ended:
        """Kill the import that often, each time going on, and let it end then; every third time the server too."""
        for number in range(kills):
            run = partner.begin(file)
            run.process.join(self.chance.uniform(0.0, LATEST))
            if number % 3 == 2:
                self._kill_server()
                run.process.join(self.chance.uniform(0.0, LATEST))
            if not run.kill():
                break
            self.clients += 1
        return partner.run(file)

    def _kill_server(self) -> None:
        self.own.kill()
        self.servers += 1
        self.own.start()


def test_what_is_killed_at_any_moment_ends_as_if_it_had_not_been(
    own: Restartable, tmp_path: Path, evidence: Callable[[str], None], pytestconfig: pytest.Config
) -> None:
    wanted, seed = (110, 5) if pytestconfig.getoption("--full") else (12, 5)
    killer, files = Killer(own, random.Random(seed)), 0
    while killer.clients + killer.servers < wanted:
        files += 1
        partner = Partner(own.url, own.clients["alder"], tmp_path / f"home{files}")
        truth = mixed(f"k{files}x", ROWS, files)
        file = truth.write(tmp_path / f"signals{files}.jsonl")
        ended = killer.carried_out(partner, file, kills=6)
        check(partner, truth, ended)
    evidence(f"{killer.clients} imports and {killer.servers} servers killed, over {files} files of {ROWS:,} rows")


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_fault_in_how_an_import_goes_on_is_noticed(own: Restartable, tmp_path: Path, mutant: str) -> None:
    killer = Killer(own, random.Random(7))
    for attempt in range(12):
        name = f"m{list(MUTANTS).index(mutant)}x{attempt}x"
        partner = Partner(own.url, own.clients["alder"], tmp_path / name, mutant=mutant)
        truth = mixed(name, ROWS // 3, attempt)
        file = truth.write(tmp_path / f"{name}.jsonl")
        try:
            ended = killer.carried_out(partner, file, kills=2)
            check(partner, truth, ended)
        except (AssertionError, ValueError, KeyError):
            return
    pytest.fail("nothing was noticed")
