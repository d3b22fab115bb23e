"""What a signal looks like to one viewer, derived from the statements about it that the viewer sees (R2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.rules.labels import Annotation, Handling, Severity, Violation


class Statement(Protocol):
    """What one contribution says; a row of the store is one."""

    participant_id: UUID
    violations: list[Violation]
    annotations: list[Annotation]
    severity: int
    confidence: int
    handling: Handling
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """The union of the labels, the gravest severity, the highest confidence, the strictest handling."""

    violations: tuple[Violation, ...]
    annotations: tuple[Annotation, ...]
    severity: Severity
    confidence: int
    handling: Handling
    contributor_ids: tuple[UUID, ...]
    created_at: datetime
    updated_at: datetime


# `Handling` is declared from the strictest to the most open.
_STRICTNESS = {handling: place for place, handling in enumerate(Handling)}


def summary(statements: Sequence[Statement]) -> Summary:
    """What `statements`, at least one, say together; contributors in the order in which they came."""
    first_come = sorted(statements, key=lambda s: (s.created_at, s.participant_id))
    return Summary(
        violations=tuple(v for v in Violation if any(v in s.violations for s in statements)),
        annotations=tuple(a for a in Annotation if any(a in s.annotations for s in statements)),
        severity=Severity.of_rank(max(s.severity for s in statements)),
        confidence=max(s.confidence for s in statements),
        handling=Handling(min((s.handling for s in statements), key=lambda h: _STRICTNESS[Handling(h)])),
        contributor_ids=tuple(s.participant_id for s in first_come),
        created_at=first_come[0].created_at,
        updated_at=max(s.updated_at for s in statements),
    )
