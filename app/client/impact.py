"""The words in which people are told what came of a participant's signals."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, Literal, NamedTuple, TypeAlias

from .answers import Impact, ImpactFunnel

Key: TypeAlias = Literal["downloaded", "matched", "reviewed", "actionable", "alreadyActioned"]


class Stage(NamedTuple):
    key: Key
    title: str
    words: str


# As `ImpactFunnel` has them.
STAGES: Final[Sequence[Stage]] = (
    Stage("downloaded", "Downloaded", "Others said that they had taken the signal in."),
    Stage("matched", "Matched", "Something of theirs matched it."),
    Stage("reviewed", "Reviewed", "A review of what matched came to a verdict."),
    Stage("actionable", "Actionable", "The review confirmed a violation of their own policy."),
    Stage(
        "alreadyActioned",
        "Already actioned",
        "An enforcement action stands on what matched, taken because of the signal or before it. A part of Matched.",
    ),
)
CAVEATS: Final[Sequence[str]] = (
    "A signal is a clue, never proof: each participant decides by its own review and rules.",
    "Counted is feedback: one for each pair of a participant and a signal, as it stood last.",
    "Each number is a part of the one before it, but for Already actioned, which is a part of Matched.",
    "What rests on fewer than three participants is told in OTHER, with as many others as it takes that nothing can be"
    " found out by subtraction. The total is exact.",
    "Days are those of UTC.",
)


class Breakdown(StrEnum):
    TYPE = "type"
    VIOLATION = "violation"
    CLASS = "class"


HEADINGS: Final[Mapping[Breakdown, str]] = {
    Breakdown.TYPE: "By type of signal",
    Breakdown.VIOLATION: "By violation; a signal may count in several",
    Breakdown.CLASS: "By class of the participant that reported",
}


def rows(found: Impact, by: Breakdown) -> Iterator[tuple[str, ImpactFunnel]]:
    """What each cell counts, and its numbers."""
    cells = {
        Breakdown.TYPE: found["bySignalType"],
        Breakdown.VIOLATION: found["byViolation"],
        Breakdown.CLASS: found["byParticipantClass"],
    }[by]
    return ((cell["key"], cell["funnel"]) for cell in cells)


def part(count: int, of: int) -> float:
    """Between 0 and 1, for a bar."""
    return count / of if of else 0.0
