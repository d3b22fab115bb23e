"""`lantern import` in processes of its own, which can be killed, and what is then at the exchange."""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from app.client.importing import batches
from scripts.exchange_client import Credentials
from tests.client.importing import mutants
from tests.waiting import PATIENCE

# Already imported when a process begins, so that it begins at once.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["app.client.cli.main", "app.client.importing.imports", "tests.client.importing.mutants"]
)
_NUMBERS = count(1)

MINE = """query($after: String) { myContributions(first: 1000, after: $after) {
  edges { node { version confidence signal { value
    links(first: 50) { edges { node { from { value } to { value } } } } } } }
  pageInfo { hasNextPage endCursor } } }"""


@dataclass(frozen=True)
class Ended:
    code: int
    told: list[dict[str, Any]]
    notes: str

    @property
    def counts(self) -> dict[str, int]:
        (told,) = self.told
        return {name: told[name] for name in ("created", "updated", "unchanged", "rejected")}


@dataclass
class Partner:
    """A participant's machine: its state, and who it is to the exchange."""

    url: str
    credentials: Credentials
    home: Path
    more: Mapping[str, str] = field(default_factory=dict)
    mutant: str | None = None
    # Rows of a batch; fewer make more batches of a short file.
    batch: int = 1_000

    def begin(self, *arguments: str | Path, as_json: bool = True) -> "Run":
        self.home.mkdir(exist_ok=True)
        words = [*(["--json"] if as_json else []), "import", *map(str, arguments)]
        environment = {
            "EXCHANGE_HOME": str(self.home),
            "EXCHANGE_URL": self.url,
            "EXCHANGE_CLIENT": self.credentials.client_id,
            "EXCHANGE_SECRET": self.credentials.secret,
            **self.more,
        }
        said = self.home / f"said{next(_NUMBERS)}"
        process = PROCESSES.Process(target=_run, args=(words, environment, said, (self.mutant, self.batch)))
        process.start()
        return Run(process, said)

    def run(self, *arguments: str | Path, as_json: bool = True) -> Ended:
        return self.begin(*arguments, as_json=as_json).end()

    def token(self) -> str:
        auth = (self.credentials.client_id, self.credentials.secret)
        form = {"grant_type": "client_credentials"}
        answer = httpx.post(f"{self.url}/oauth/token", data=form, auth=auth, trust_env=False, timeout=60)
        answer.raise_for_status()
        token: str = answer.json()["access_token"]
        return token

    def ask(self, query: str, **variables: Any) -> Any:
        answer = httpx.post(
            f"{self.url}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self.token()}"},
            trust_env=False,
            timeout=60,
        ).json()
        assert "errors" not in answer, answer
        (found,) = answer["data"].values()
        return found

    def contributions(self, prefix: str) -> list[dict[str, Any]]:
        """Its own to values that begin so."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = self.ask(MINE, after=after)
            found += [edge["node"] for edge in page["edges"]]
            if not page["pageInfo"]["hasNextPage"]:
                return [one for one in found if (one["signal"]["value"] or "").startswith(prefix)]
            after = page["pageInfo"]["endCursor"]


@dataclass
class Run:
    process: Any
    said: Path

    @property
    def is_alive(self) -> bool:
        return bool(self.process.is_alive())

    @property
    def has_begun(self) -> bool:
        """Whether there is a journal with something in it."""
        return any(path.stat().st_size for path in self.said.parent.glob("*/imports/*.db-wal"))

    def kill(self) -> bool:
        """With SIGKILL; whether it was still at it."""
        was_alive = self.is_alive
        self.process.kill()
        self.process.join()
        return was_alive and self.process.exitcode < 0

    def end(self) -> Ended:
        self.process.join(PATIENCE)
        assert not self.is_alive, "the import does not end"
        told = [json.loads(line) for line in self.said.with_suffix(".out").read_text().splitlines() if line[:1] == "{"]
        return Ended(self.process.exitcode, told, self.said.with_suffix(".err").read_text())


def _run(words: Sequence[str], environment: Mapping[str, str], said: Path, how: tuple[str | None, int]) -> None:
    # Shells let what they run in the background ignore it, and so would whatever that starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    mutant, batches.MAX_ITEMS = how
    for name in [name for name in os.environ if name.startswith("EXCHANGE_")]:
        del os.environ[name]
    os.environ.update(environment)
    from app.client.cli import main

    sys.argv = ["lantern", *words]
    with _spoken(said):
        if mutant:
            mutants.MUTANTS[mutant]()
        main.run()


@contextmanager
def _spoken(said: Path) -> Iterator[None]:
    out, err = (said.with_suffix(suffix).open("w") for suffix in (".out", ".err"))
    with out, err, redirect_stdout(out), redirect_stderr(err):
        yield
