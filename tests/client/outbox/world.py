"""An exchange of one's own that can be killed, who shares signals there, and what is known there of feedback."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, cast

from app.client import ClientSecret, Exchange, Patience, operations
from app.client.inputs import FeedbackInput
from app.client.operations import Operation
from app.client.outbox import Outbox
from app.client.outbox.delivery import ONE_TRY, Deliverer
from tests.client.asking import secret_of
from tests.client.restartable import Restartable, restartable

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

    running: Restartable
    # By signal.
    values: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.running.url

    def secret(self, slug: str) -> ClientSecret:
        return secret_of(self.running, slug)

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
    with restartable() as exchange:
        yield World(exchange)


def report(signal: str, note: str = "1", **more: Any) -> FeedbackInput:
    """That it was matched, with a note by which it is known again."""
    said: Mapping[str, Any] = {"signalId": signal, "verdict": "MATCHED", "note": note}
    return cast(FeedbackInput, {**said, **more})
