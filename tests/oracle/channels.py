"""Channels: every way in which the exchange tells something, each with what the oracle expects it to tell."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, TypeVar

from app.rules.scopes import ALLOWED, Scope
from tests.oracle import readings
from tests.oracle.facts import Facts, Participant, Signal, Value
from tests.oracle.history import History
from tests.oracle.oracle import Oracle

# Answers to ids of what is hidden, compared with those to ids of nothing.
SAME_BYTES = "same bytes"
Data = dict[str, Any]
T = TypeVar("T")

# Everybody but the operator is kept out of these as a whole, so nothing in them is hidden.
FOR_OPERATORS = frozenset({"victimReports", "node: VictimReport"})


@dataclass
class Mark:
    """Where a reader of the change feed stood at some time, and its copy of all that it saw then."""

    at: datetime
    cursor: str
    copy: dict[str, Any]


@dataclass
class Look:
    """One viewer looking at one world."""

    oracle: Oracle
    viewer: Participant
    history: History
    mark: Mark | None
    seed: int
    values: list[Value]

    def chosen(self, what: str, among: Sequence[T], most: int) -> list[T]:
        """Some of them, whenever one looks the same."""
        return Random(f"{self.seed} {self.viewer.slug} {what}").sample(among, min(most, len(among)))

    @property
    def facts(self) -> Facts:
        return self.oracle.facts

    def may(self, channel: "Channel") -> bool:
        """Whether the channel is open to the viewer's class, and, if for operators only, to its status."""
        allowed = channel.scopes <= ALLOWED[self.viewer.kind]
        return allowed and (channel.name not in FOR_OPERATORS or self.oracle.operates(self.viewer))


@dataclass(frozen=True)
class Seen:
    """What should be read of one object, null if it is hidden; and whether there is no more to it."""

    answer: Any
    whole: bool = True

    @property
    def kind(self) -> str:
        return "hidden" if self.answer is None else "visible" if self.whole else "partial"


@dataclass(frozen=True)
class Difference:
    channel: str
    viewer: str
    about: str
    expected: Any
    got: Any
    because: str = ""

    def __str__(self) -> str:
        expected, got = _where_different(self.expected, self.got)
        return (
            f"{self.channel}, {self.viewer} on {self.about}:\n  expected {expected}\n  got      {got}\n{self.because}"
        )


class Channel:
    """One field of a query document, or some fields that belong together."""

    name: str
    fields: str
    scopes: frozenset[Scope] = frozenset({Scope.SIGNALS_READ})
    # Names of variables, each with its type.
    variables: tuple[tuple[str, str], ...] = ()

    def given(self, look: Look) -> Data:
        """The values of the variables."""
        return {}

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        """What came back, by the object that it speaks of."""
        raise NotImplementedError

    def expected(self, look: Look) -> dict[str, Seen]:
        """What should come back, for every object of the world, hidden ones included."""
        raise NotImplementedError

    def breaches(self, look: Look, data: Data) -> Iterator[str]:
        """Rules beyond the content of single objects that the answer breaks."""
        yield from ()


@dataclass
class Tally:
    """How many answers were hidden, visible and partial, by channel."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    # How many worlds had each situation, and how many there were.
    situations: Counter[str] = field(default_factory=Counter)
    worlds: int = 0

    @property
    def total(self) -> int:
        return sum(kinds.total() for kinds in self.counts.values())

    def add(self, channel: str, expected: Mapping[str, Seen]) -> None:
        self.counts[channel].update(seen.kind for seen in expected.values())

    def take(self, world: "Tally") -> None:
        """Add what was counted in one world."""
        self.worlds += 1
        for channel, kinds in world.counts.items():
            self.counts[channel].update(kinds)
        self.situations += world.situations

    def one_sided(self) -> list[str]:
        """Channels with less than a tenth of hidden answers, or of seen ones: their comparison would prove little."""
        return [
            name
            for name, kinds in self.counts.items()
            if name not in FOR_OPERATORS | {SAME_BYTES}
            and min(kinds["hidden"], kinds["visible"] + kinds["partial"]) < kinds.total() / 10
        ]

    def __str__(self) -> str:
        lines = [
            f"{self.worlds} worlds, {self.total} answers",
            f"{'channel':<22}{'hidden':>9}{'visible':>9}{'partial':>9}",
        ]
        for name, kinds in sorted(self.counts.items()):
            lines.append(f"{name:<22}{kinds['hidden']:>9}{kinds['visible']:>9}{kinds['partial']:>9}")
        lines += [f"{worlds:>4} worlds with {name}" for name, worlds in sorted(self.situations.items())]
        return "\n".join(lines)


def compare(channel: Channel, look: Look, data: Data, tally: Tally) -> Iterator[Difference]:
    """Where the channel told something else than the oracle expects."""
    expected, got = channel.expected(look), channel.read(look, data)
    tally.add(channel.name, expected)
    viewer = f"{look.viewer.slug} ({look.viewer.kind}, {look.viewer.status})"
    for about in {**expected, **got}:
        wanted = expected[about].answer if about in expected else None
        if got.get(about) != wanted:
            yield Difference(channel.name, viewer, about, wanted, got.get(about), _because(look, about))
    for breach in channel.breaches(look, data):
        yield Difference(channel.name, viewer, "the answer", None, breach)


def _because(look: Look, about: str) -> str:
    """The contributions that decide about the signals that an id, or what it names, leads to."""
    facts = look.facts
    leads: dict[str, list[Signal]] = {readings.sig(s): [s] for s in facts.signals}
    leads |= {s.value.text: [other for other in facts.signals if other.value == s.value] for s in facts.signals}
    leads |= {readings.con(c): [c.signal] for c in facts.contributions}
    leads |= {f"lnk_{k.id.hex}": [k.a, k.b] for k in [*facts.links, *facts.ended_links]}
    leads |= {f"fdb_{f.id.hex}": [f.signal] for f in facts.feedback}
    leads |= {f"acc_{r.id.hex}": [r.signal] for r in facts.records}
    found = next((signals for key, signals in leads.items() if key in about), None)
    return look.oracle.explained(look.viewer, found) if found else ""


def _where_different(expected: Any, got: Any) -> tuple[Any, Any]:
    if not isinstance(expected, dict) or not isinstance(got, dict):
        return expected, got
    names = [name for name in {**expected, **got} if expected.get(name) != got.get(name)]
    return {name: expected.get(name) for name in names}, {name: got.get(name) for name in names}
