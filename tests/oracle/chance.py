"""Chance: everything that is chosen in a world, out of one seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

from app.rules.labels import Handling, Labels, Severity, Violation
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.rules.scopes import ALLOWED, Scope
from tests.oracle.facts import Contribution, Participant, Signal
from tests.oracle.scene import Scene

T = TypeVar("T")
_VIOLATIONS = (Violation.SEXTORTION_FINANCIAL, Violation.CSAM_SOLICITATION, Violation.ONLINE_ENTICEMENT_GROOMING)
_HANDLINGS = (Handling.RED, Handling.AMBER_STRICT, Handling.AMBER)


@dataclass
class Chance:
    """Every choice comes from `rng`, so that a seed tells all of a world."""

    scene: Scene
    rng: Random

    def able(self, scope: Scope) -> list[Participant]:
        """Who may do this now; the operators do other things."""
        people = (p for p in self.scene.facts.participants if p.kind is not ParticipantClass.OPERATOR)
        return [p for p in people if p.status is ParticipantStatus.ACTIVE and scope in ALLOWED[p.kind]]

    def some(self, among: Sequence[T], most: int) -> list[T]:
        return self.rng.sample(among, min(most, len(among)))

    def live(self, who: Participant | None = None) -> list[Contribution]:
        oracle = self.scene.oracle
        return [c for c in self.scene.facts.contributions if oracle.is_live(c) and who in (None, c.contributor)]

    def lively(self, scope: Scope) -> list[Contribution]:
        """Live contributions of those who may do this."""
        return [c for c in self.live() if c.contributor in self.able(scope)]

    def seen(self, who: Participant) -> list[Signal]:
        return [s for s in self.scene.facts.signals if self.scene.oracle.sees_signal(who, s)]

    def labels(self) -> Labels:
        chosen = self.some(_VIOLATIONS, self.rng.choice([1, 1, 2]))
        return Labels(
            violations=tuple(v for v in Violation if v in chosen),
            severity=self.rng.choice(tuple(Severity)),
            confidence=self.rng.randint(1, 99),
            handling=self.rng.choice(_HANDLINGS),
        )

    def audience(self, who: Participant) -> frozenset[UUID] | None:
        groups = sorted(who.groups)
        if not groups or self.rng.random() < 0.45:
            return None
        return frozenset(self.rng.sample(groups, self.rng.randint(1, len(groups))))

    def expiry(self) -> datetime | None:
        """Most last for the retention of their type; some for a few days."""
        days = self.rng.choice([None, None, None, 1, 2, 4])
        return None if days is None else self.scene.clock() + timedelta(days=days)
