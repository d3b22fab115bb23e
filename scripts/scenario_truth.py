"""The small scenario as its files state it, in the words of the exchange, and what follows from it under rule R7."""

import gzip
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from scripts.exchange_client import DATA
from scripts.indicators import TYPES

SCENARIO = DATA / "scenario_small"
# Who plays whom; all contributions are for the whole program, so each of them sees all.
PLAYERS = {"P1": "alder", "P2": "birch", "P3": "cedar"}
VERDICTS: Mapping[str, Mapping[str, Any]] = {
    "TRUE_POSITIVE": {"verdict": "CONFIRMED_VIOLATION", "actions": [{"action": "NO_ACTION", "count": 1}]},
    "ACTIONED": {"verdict": "CONFIRMED_VIOLATION", "actions": [{"action": "CONTENT_REMOVED", "count": 1}]},
    "FALSE_POSITIVE": {"verdict": "FALSE_POSITIVE", "reason": "OTHER"},
    "NO_MATCH": {"verdict": "NO_MATCH"},
}

Row = Mapping[str, Any]
Identity = tuple[str, str]
"""The type of a signal in our words, and its canonical value."""


@dataclass(frozen=True, slots=True)
class KnownSignal:
    """A signal as the truth has it: who contributes it, by slug, before and after the withdrawals."""

    contributors: frozenset[str]
    degree: int
    contributors_after: frozenset[str]


class Truth:
    """What the files say, read when first asked for."""

    def __init__(self, directory: Path = SCENARIO) -> None:
        self._directory = directory
        self.expected: Mapping[str, Any] = orjson.loads((directory / "expected.json").read_bytes())
        self.uploads = {player: self._lines(f"uploads/{player}") for player in PLAYERS}
        self.links = {player: self._lines(f"uploads/{player}_links") for player in PLAYERS}
        self.queries = self._lines("match_queries")
        events = self._lines("events")
        self.withdrawals = [event for event in events if event["event"] == "withdraw"]
        self.feedback = [event for event in events if event["event"] == "feedback"]

    @cached_property
    def signals(self) -> dict[Identity, KnownSignal]:
        return {
            (TYPES[row["type"]], row["value"]): KnownSignal(
                slugs(row["contributors"]), row["degree"], slugs(row["contributors_after_events"])
            )
            for row in self._lines("expected_signals")
        }

    def outcome(self, event: Row, signal: Identity) -> str:
        """What becomes of feedback that is given after the withdrawals.

        `NOT_FOUND` if the signal is gone, `ONLY_OWN_CONTRIBUTION` if the author sees no contribution but its own (R7).
        """
        holders = self.signals[signal].contributors_after
        if not holders:
            return "NOT_FOUND"
        return "ONLY_OWN_CONTRIBUTION" if holders == {PLAYERS[event["participant"]]} else "CREATED"

    def _lines(self, name: str) -> list[Row]:
        with gzip.open(self._directory / f"{name}.jsonl.gz") as lines:
            return [orjson.loads(line) for line in lines]


def finding(event: Row, signal_id: str, reviewed_at: datetime) -> dict[str, object]:
    said = {"signalId": signal_id, **VERDICTS[event["verdict"]]}
    if event["verdict"] == "NO_MATCH":
        return said
    return said | {
        "reviewStatus": "REVIEWED_MANUALLY",
        "reviewedAt": reviewed_at.isoformat(),
        "reviewerRole": "analyst",
        "policyReference": "demo-policy",
    }


@dataclass(frozen=True, slots=True)
class Graph:
    """Signals and the undirected, distinct links among them, whoever asserts them."""

    nodes: frozenset[str]
    edges: frozenset[frozenset[str]]

    def degrees(self) -> dict[str, int]:
        counted = Counter(end for edge in self.edges for end in edge)
        return {node: counted[node] for node in self.nodes}

    def component_sizes(self) -> list[int]:
        root = {node: node for node in self.nodes}

        def find(node: str) -> str:
            while root[node] != node:
                root[node] = node = root[root[node]]
            return node

        for a, b in self.edges:
            root[find(a)] = find(b)
        return list(Counter(map(find, self.nodes)).values())


def histogram(numbers: Iterable[int]) -> dict[str, int]:
    return {str(number): count for number, count in sorted(Counter(numbers).items())}


def measures(types: Sequence[str], contributors: Sequence[int], graph: Graph) -> dict[str, object]:
    """The figures that `expected.json` has for each state of the exchange, by the same names."""
    sizes = graph.component_sizes()
    words: Callable[[str], str] = {ours: theirs for theirs, ours in TYPES.items()}.__getitem__
    return {
        "distinct_signals": len(types),
        "by_type": dict(Counter(map(words, types))),
        "signals_by_number_of_contributors": histogram(contributors),
        "distinct_undirected_links": len(graph.edges),
        "connected_components": len(sizes),
        "largest_component": max(sizes),
        "component_size_histogram": histogram(sizes),
        "degree_histogram": histogram(graph.degrees().values()),
    }


def slugs(players: Iterable[str]) -> frozenset[str]:
    return frozenset(PLAYERS[player] for player in players)
