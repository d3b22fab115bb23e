"""An exchange of one's own that can be killed, who shares signals there, and what is known there of feedback."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, cast

import httpx

from app.client import ClientSecret, Exchange, Patience, operations
from app.client.inputs import FeedbackInput
from app.client.operations import Operation
from app.client.outbox import Outbox
from app.client.outbox.delivery import ONE_TRY, Deliverer
from scripts import exchange_client

READY_SECONDS = 120
# Failures cost no time here.
AT_ONCE = Patience(seconds=3_600, first_seconds=0, longest_seconds=0)
HISTORY = """query History($after: String) {
  feedbackGiven(first: 100, after: $after) {
    edges { node { signal { id } history(first: 1000) { edges { node { version note verdict } } } } }
    pageInfo { hasNextPage endCursor }
  }
}"""
_numbers = count(1)


@dataclass
class World:
    """What participants do at one exchange; alder shares, birch reports, cedar changes its mind."""

    running: exchange_client.Exchange
    servers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    # By signal.
    values: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.running.url

    def secret(self, slug: str) -> ClientSecret:
        known = self.running.clients[slug]
        return ClientSecret(known.client_id, known.secret)

    def client(self, slug: str = "birch", url: str | None = None, patience: Patience | None = None) -> Exchange:
        return Exchange(url or self.url, self.secret(slug), patience=patience, issuer=self.url)

    def signals(self, number: int) -> list[str]:
        """New signals of alder."""
        values = [f"https://files{next(_numbers)}.example/{os.getpid()}" for _ in range(number)]
        signals = self.upload("alder", values, 50)
        self.values |= dict(zip(signals, values, strict=True))
        return signals

    def relabel(self, signals: Sequence[str]) -> None:
        """Cedar says something new of them: now whoever says the same again is heard once more (R7)."""
        self.upload("cedar", [self.values[signal] for signal in signals], next(_numbers) % 90 + 5)

    def upload(self, slug: str, values: Sequence[str], confidence: int) -> list[str]:
        drafts: Any = [
            {
                "type": "URL",
                "value": value,
                "violations": ["SEXTORTION_FINANCIAL"],
                "severity": "LOW",
                "confidence": confidence,
            }
            for value in values
        ]
        with self.client(slug) as exchange:
            rows = exchange.ask(operations.upload(drafts))
        return [cast(str, row["signalId"]) for row in rows]

    def history(self, signals: Sequence[str]) -> dict[str, list[str]]:
        """The notes that birch gave, the first first, by signal."""
        found: dict[str, list[str]] = {signal: [] for signal in signals}
        after: str | None = None
        with self.client() as exchange:
            while True:
                page = exchange.ask(Operation(HISTORY, {"after": after}, lambda said: said))
                for edge in page["edges"]:
                    node = edge["node"]
                    if node["signal"] and node["signal"]["id"] in found:
                        said = [one["node"]["note"] for one in node["history"]["edges"]]
                        found[node["signal"]["id"]] = said[::-1]
                if not page["pageInfo"]["hasNextPage"]:
                    return found
                after = page["pageInfo"]["endCursor"]

    def kill(self) -> None:
        """The server process, with SIGKILL; its database stays behind."""
        if self.servers:
            self.servers[-1].kill()
            self.servers[-1].wait()
        else:
            assert self.running.process_id is not None
            os.kill(self.running.process_id, signal.SIGKILL)

    def start(self) -> None:
        """The server again, on the same data and port."""
        assert self.running.directory is not None
        settings = {
            "LANTERN_DATA_DIRECTORY": str(self.running.directory),
            "LANTERN_PORT": self.url.rpartition(":")[2],
            "LANTERN_LOG_LEVEL": "warning",
            "LANTERN_DEMO_SIGNALS": "false",
        }
        with (self.running.directory / "server.log").open("ab") as log:
            server = subprocess.Popen(
                [sys.executable, "-m", "app.main"],
                cwd=exchange_client.CHECKOUT,
                env={k: v for k, v in os.environ.items() if not k.startswith("LANTERN_")} | settings,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.servers.append(server)
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            assert server.poll() is None, (self.running.directory / "server.log").read_text()
            try:
                if httpx.get(f"{self.url}/health/ready", trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass  # Not listening yet.
            time.sleep(0.1)
        raise AssertionError("the exchange did not start again")

    def deliverer(self, outbox: Outbox, exchange: Exchange, **more: Any) -> Deliverer:
        return Deliverer(outbox, exchange, patience=AT_ONCE, **more)

    def deliver(self, outbox: Outbox, **more: Any) -> Deliverer:
        """All that is there, as birch."""
        with self.client(patience=ONE_TRY) as exchange:
            deliverer = self.deliverer(outbox, exchange, **more)
            deliverer.deliver_all()
            deliverer.stop.close()
        return deliverer


@contextmanager
def world() -> Iterator[World]:
    with exchange_client.own_exchange() as running:
        made = World(running)
        try:
            yield made
        finally:
            for server in made.servers[-1:]:
                server.terminate()
                server.wait(exchange_client.STOP_SECONDS)


def report(signal: str, note: str = "1", **more: Any) -> FeedbackInput:
    """That it was matched, with a note by which it is known again."""
    said: Mapping[str, Any] = {"signalId": signal, "verdict": "MATCHED", "note": note}
    return cast(FeedbackInput, {**said, **more})
