"""Changes: what the feed tells, to whom a contribution is in sight, and which to be told of (R1, R17)."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from app.rules.labels import Severity, Violation
from app.rules.signal_types import SignalType
from app.rules.summaries import Summary


class ChangeKind(StrEnum):
    CONTRIBUTION = "CONTRIBUTION"
    # Another set of groups and nothing else: it is nothing to those who see the contribution before and after it (R18).
    AUDIENCE = "AUDIENCE"
    FEEDBACK = "FEEDBACK"
    # A signal was hidden as a whole, or shown again: for all but the contributor, to whom it stays as it was.
    HIDING = "HIDING"


class Sight(IntEnum):
    """Who can see a contribution beside its contributor."""

    NOBODY = 0
    AUDIENCE = 1
    # Quarantined or hidden: the operator, who decides about it.
    OPERATOR = 2


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which signals to be told of; what is empty or null does not matter."""

    types: frozenset[SignalType] = frozenset()
    violations: frozenset[Violation] = frozenset()
    severity_at_least: Severity | None = None

    def may_be(self, signal_type: str) -> bool:
        """Whether signals of this type are wanted at all; the type of a signal never changes."""
        return not self.types or signal_type in self.types

    def met_by(self, told: Summary) -> bool:
        """Whether what the viewer sees said about a signal is as wanted; labels change."""
        if self.violations and self.violations.isdisjoint(told.violations):
            return False
        return self.severity_at_least is None or told.severity.rank >= self.severity_at_least.rank
