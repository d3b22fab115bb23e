"""An exchange of its own that can be killed and started again, and `lantern` as a process of a participant."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app.client import operations
from app.client.authority import ClientSecret
from app.client.conversation import Patience
from app.client.exchange import Exchange
from scripts.exchange_client import CHECKOUT, Credentials, read_credentials

START_SECONDS = 180
PATIENT = Patience(attempts=40, seconds=200, longest_seconds=5)


@dataclass
class Server:
    """One exchange on a port of its own, with the demo's participants and no signals."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    # Ids of contributions and their signals.
    shared: list[tuple[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def clients(self) -> dict[str, Credentials]:
        return read_credentials(self.directory / "demo.env")

    def start(self) -> None:
        settings = {
            "LANTERN_DATA_DIRECTORY": str(self.directory),
            "LANTERN_PORT": str(self.port),
            "LANTERN_LOG_LEVEL": "warning",
            "LANTERN_DEMO_SIGNALS": "false",
            "LANTERN_COST_PER_SECOND": "1000000000",
        }
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.main"],
                cwd=CHECKOUT,
                env={k: v for k, v in os.environ.items() if not k.startswith("LANTERN_")} | settings,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/health/ready", trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass  # Not listening yet.
            time.sleep(0.1)
        raise AssertionError("the exchange did not start")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def exchange(self, slug: str) -> Exchange:
        who = self.clients[slug]
        return Exchange(self.url, ClientSecret(who.client_id, who.secret), patience=PATIENT)


@contextmanager
def served(directory: Path) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(directory, port)
    server.start()
    try:
        server.wait()
        yield server
    finally:
        assert server.process is not None
        server.process.terminate()
        server.process.wait(60)


@dataclass
class Machine:
    """Where a participant's client runs."""

    home: Path
    server: Server
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
