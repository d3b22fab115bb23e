"""An import that is killed over and over, with and without its exchange, ends as one that never was."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.client.importing.checking import check
from tests.client.importing.gateway import gateway
from tests.client.importing.mutants import MUTANTS
from tests.client.importing.runs import Ended, Partner, Run
from tests.client.importing.truth import mixed
from tests.client.restartable import Restartable
from tests.waiting import PATIENCE

# Rows of a file, and of a batch.
ROWS, BATCH = 3_000, 50
# Seconds after its beginning when an import is killed, at the latest; it takes a few on a free machine.
LATEST = 1.5


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
            self._wait(run)
            if number % 3 == 2:
                self._kill_server()
                run.process.join(self.chance.uniform(0.0, LATEST))
            if not run.kill():
                break
            self.clients += 1
        ended = partner.run(file)
        # The import may have ended before the server was killed.
        self.own.wait()
        return ended

    def _wait(self, run: Run) -> None:
        """Until some moment: mostly of the import itself, and sometimes before it begins."""
        while self.chance.random() < 0.97 and run.is_alive and not run.has_begun:
            run.process.join(0.05)
        run.process.join(self.chance.uniform(0.0, LATEST))

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
        partner = Partner(own.url, own.clients["alder"], tmp_path / f"home{files}", batch=BATCH)
        truth = mixed(f"k{files}x", ROWS, files)
        file = truth.write(tmp_path / f"signals{files}.jsonl")
        ended = killer.carried_out(partner, file, kills=6)
        check(partner, truth, ended)
    evidence(f"{killer.clients} imports and {killer.servers} servers killed, over {files} files of {ROWS:,} rows")


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_fault_in_how_an_import_goes_on_is_noticed(own: Restartable, tmp_path: Path, mutant: str) -> None:
    """The same kills find nothing wrong with the importer as it is, see below."""
    assert _faults(own, tmp_path, mutant, files=4) is not None


def test_without_a_fault_nothing_is_noticed(own: Restartable, tmp_path: Path) -> None:
    assert _faults(own, tmp_path, None, files=1) is None


def _faults(own: Restartable, directory: Path, mutant: str | None, files: int) -> str | None:
    """What is wrong after an import was killed when its sixth call had been carried out, and one later when its fourth
    had come, and let go on each time; several files, as two calls under way may come in either order."""
    for attempt in range(files):
        name = f"{'m' if mutant else 'w'}{list(MUTANTS).index(mutant) if mutant else 0}x{attempt}x"
        truth = mixed(name, ROWS // 3, attempt)
        file = truth.write(directory / f"{name}.jsonl")
        try:
            ended = _killed_at_calls(
                own, file, Partner(own.url, own.clients["alder"], directory / name, mutant=mutant, batch=BATCH)
            )
            check(Partner(own.url, own.clients["alder"], directory / "direct"), truth, ended)
        except (AssertionError, ValueError) as error:
            return repr(error)
    return None


def _killed_at_calls(own: Restartable, file: Path, partner: Partner) -> Ended:
    runs: list[Run] = []

    def came(path: str, body: bytes, number: int) -> None:
        if path == "/graphql" and number == 12:
            runs[-1].process.kill()

    def carried_out(path: str, number: int) -> None:
        if path == "/graphql" and number == 6:
            runs[-1].process.kill()

    with gateway(own.url, came, carried_out) as before:
        through = replace(partner, url=before.url, more={"EXCHANGE_ISSUER": own.url})
        for _ in range(2):
            runs.append(through.begin(file))
            runs[-1].process.join(PATIENCE)
        return through.run(file)
