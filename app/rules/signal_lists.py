"""Filters of signals: what can be asked for, and which combinations an index answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.errors import InvalidInput, Refusal
from app.rules.labels import CONFIDENCE_MAX, CONFIDENCE_MIN, Handling, Severity, Violation
from app.rules.signal_types import SignalType


class SignalOrder(StrEnum):
    UPDATED_NEWEST_FIRST = "UPDATED_NEWEST_FIRST"
    UPDATED_OLDEST_FIRST = "UPDATED_OLDEST_FIRST"
    CREATED_NEWEST_FIRST = "CREATED_NEWEST_FIRST"
    CREATED_OLDEST_FIRST = "CREATED_OLDEST_FIRST"

    @property
    def by_creation(self) -> bool:
        return self in (SignalOrder.CREATED_NEWEST_FIRST, SignalOrder.CREATED_OLDEST_FIRST)

    @property
    def newest_first(self) -> bool:
        return self in (SignalOrder.UPDATED_NEWEST_FIRST, SignalOrder.CREATED_NEWEST_FIRST)


@dataclass(frozen=True, slots=True)
class SignalFilter:
    """What a listed signal must meet; the conditions on contributions must be met by a single one that is seen."""

    types: tuple[SignalType, ...] = ()
    violations: tuple[Violation, ...] = ()
    severity_at_least: Severity | None = None
    confidence_at_least: int | None = None
    contributor: UUID | None = None
    group: UUID | None = None
    handling: Handling | None = None
    has_feedback: bool | None = None
    updated_since: datetime | None = None
    order: SignalOrder = SignalOrder.UPDATED_NEWEST_FIRST


# What narrows a list well enough that the rest can be looked at row by row.
_ANCHORS = ("types", "violations", "contributor", "group", "updated_since")
# What alone has an index, but two of which together would search the whole exchange for a few rows.
_REFINEMENTS = ("severity_at_least", "confidence_at_least", "handling", "has_feedback")
# What the indexes in order of creation know.
_BY_CREATION = ("types",)

_SPELLING = {
    "severity_at_least": "severityAtLeast",
    "confidence_at_least": "confidenceAtLeast",
    "has_feedback": "hasFeedback",
    "updated_since": "updatedSince",
}


def check(wanted: SignalFilter) -> SignalFilter:
    """Raises: InvalidInput for a combination that no index answers, saying what to add or leave out."""
    given = [name for name in (*_ANCHORS, *_REFINEMENTS) if getattr(wanted, name) not in (None, ())]
    anchors = [name for name in given if name in _ANCHORS]
    refinements = [name for name in given if name in _REFINEMENTS]
    if wanted.confidence_at_least is not None and not CONFIDENCE_MIN <= wanted.confidence_at_least <= CONFIDENCE_MAX:
        raise InvalidInput("Confidence is 1 to 99.", field="confidenceAtLeast", reason=Refusal.OUT_OF_RANGE)
    if len(refinements) > 1 and not anchors:
        raise _scan(
            f"{_spelt(refinements)} together would search through every signal. Add one of {_spelt(_ANCHORS)},"
            " or leave one out."
        )
    if wanted.has_feedback is False and not anchors:
        raise _scan(f"hasFeedback: false holds for nearly every signal. Add one of {_spelt(_ANCHORS)}.")
    unordered = [name for name in given if name not in _BY_CREATION]
    if wanted.order.by_creation and unordered:
        raise _scan(
            f"In order of creation only `types` can be asked for: order by update, or leave out {_spelt(unordered)}."
        )
    return wanted


def _spelt(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(_SPELLING.get(name, name) for name in names)


def _scan(message: str) -> InvalidInput:
    return InvalidInput(message, field="filter", reason=Refusal.WOULD_SCAN)
