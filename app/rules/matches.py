"""What a match is, and which of several go first: the same wherever values are matched."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final
from uuid import UUID

# Further signals told beside the best one, nearest first.
MAX_NEAR: Final = 20


class MatchKind(StrEnum):
    EXACT = "EXACT"
    MATCH_KEY = "MATCH_KEY"
    PDQ = "PDQ"


@dataclass(frozen=True, slots=True)
class Match:
    signal_id: UUID
    kind: MatchKind
    distance: int | None = None


_ORDER: Final = {kind: place for place, kind in enumerate(MatchKind)}


def best(found: Iterable[Match]) -> tuple[Match, ...]:
    """Each signal once, by its best match; exact before near, near by distance, the rest in the order of ids."""
    ranked = sorted(found, key=lambda m: (_ORDER[m.kind], m.distance or 0, m.signal_id))
    first = {match.signal_id: match for match in reversed(ranked)}
    return tuple(islice((match for match in ranked if first[match.signal_id] is match), 1 + MAX_NEAR))
