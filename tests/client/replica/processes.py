"""`lantern` as a process of a participant, and the exchange that it asks."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.client import operations
from app.client.conversation import Patience
from app.client.exchange import Exchange
from scripts.exchange_client import CHECKOUT
from tests.client.asking import secret_of
from tests.client.restartable import Restartable, restartable

PATIENT = Patience(attempts=40, seconds=200, longest_seconds=5)


@contextmanager
def served() -> Iterator[Restartable]:
    """An exchange without bounds of cost."""
    with restartable({"LANTERN_COST_PER_SECOND": "1000000000"}) as running:
        yield running


def patient(running: Restartable, slug: str) -> Exchange:
    """A participant that waits while the exchange starts again."""
    return Exchange(running.url, secret_of(running, slug), patience=PATIENT)


@dataclass
class Machine:
    """Where a participant's client runs."""

    home: Path
    server: Restartable
    slug: str = "birch"
    environment: dict[str, str] = field(init=False)
    # To standard error, in the last run.
    said: str = ""

    def __post_init__(self) -> None:
        who = self.server.clients[self.slug]
        self.environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("EXCHANGE_")},
            "EXCHANGE_HOME": str(self.home),
            "EXCHANGE_URL": self.server.url,
            "EXCHANGE_CLIENT": who.client_id,
            "EXCHANGE_SECRET": who.secret,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }

    @property
    def file(self) -> Path:
        return self.home / "main" / "replica.db"

    def begin(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "app.client.cli.main", "--json", *arguments]
        return subprocess.Popen(
            command, cwd=CHECKOUT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, *arguments: str, code: int = 0, given: bytes = b"") -> list[Any]:
        """What it prints, an object for each line."""
        command = [sys.executable, "-m", "app.client.cli.main", "--json", *arguments]
        done = subprocess.run(
            command, cwd=CHECKOUT, env=self.environment, input=given, capture_output=True, timeout=300, check=False
        )
        assert done.returncode == code, (done.returncode, done.stderr.decode())
        # As one line: how it is broken depends on what stands in it.
        self.said = " ".join(done.stderr.decode().split())
        return [json.loads(line) for line in done.stdout.splitlines()]


def drafts(values: list[tuple[str, str]]) -> list[Any]:
    labels = {"violations": ["SEXTORTION_FINANCIAL"], "severity": "MEDIUM", "confidence": 50}
    return [{"type": type, "value": value, **labels} for type, value in values]


def share(exchange: Exchange, values: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Upload them; the ids of each contribution and its signal."""
    found: list[tuple[str, str]] = []
    for start in range(0, len(values), operations.MAX_ROWS):
        rows = exchange.ask(operations.upload(drafts(values[start : start + operations.MAX_ROWS])))
        for row in rows:
            assert row["contributionId"] is not None, row
            assert row["signalId"] is not None, row
            found.append((row["contributionId"], row["signalId"]))
    return found
