"""Links between signals: the relations, and how an assertion is put into its one form (R5)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.errors import InvalidInput, Refusal
from app.rules.labels import CONFIDENCE_MAX, CONFIDENCE_MIN

# Of a link whose asserter does not say how sure it is: the middle band.
DEFAULT_CONFIDENCE = 50

# Links that its network goes from a signal, and signals in all, at the most.
MAX_NETWORK_DEPTH = 3
MAX_NETWORK_NODES = 500
# Links shown among them; among 500 signals there can be 100,000 and more.
MAX_NETWORK_EDGES = 2_000
# Networks in one operation. Each takes up to a third of a second, and a network's signals have networks of their own.
MAX_NETWORKS = 20
# Links that one operation asks for at once, at many signals together: 50 at each signal of the longest page.
MAX_LINKS_AT_ONCE = 50_000


class Relation(StrEnum):
    SAME_ACTOR = "SAME_ACTOR"
    SAME_INCIDENT = "SAME_INCIDENT"
    SAME_CONTENT = "SAME_CONTENT"
    REDIRECTS_TO = "REDIRECTS_TO"
    HOSTED_AT = "HOSTED_AT"
    ADVERTISED_BY = "ADVERTISED_BY"
    PAID_THROUGH = "PAID_THROUGH"
    COMMUNICATES_WITH = "COMMUNICATES_WITH"
    DERIVED_FROM = "DERIVED_FROM"


SYMMETRIC = frozenset({Relation.SAME_ACTOR, Relation.SAME_INCIDENT, Relation.SAME_CONTENT, Relation.COMMUNICATES_WITH})


class UnlinkOutcome(StrEnum):
    """What became of one link that somebody took back."""

    REMOVED = "REMOVED"
    NOT_FOUND = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class LinkDraft:
    """A link as it was given."""

    from_id: UUID
    to_id: UUID
    relation: Relation
    confidence: int = DEFAULT_CONFIDENCE

    @property
    def assertion(self) -> "Assertion":
        return Assertion(*ordered(self.relation, self.from_id, self.to_id), self.relation)


class Assertion(NamedTuple):
    """What a participant can assert once: the ends as they are stored, and how they belong together."""

    a_id: UUID
    b_id: UUID
    relation: Relation


def ordered(relation: Relation, a: UUID, b: UUID) -> tuple[UUID, UUID]:
    """The ends as they are stored: by id where the relation reads the same both ways."""
    return (b, a) if relation in SYMMETRIC and b < a else (a, b)


def check(draft: LinkDraft) -> None:
    """Raises: InvalidInput, naming the field, for equal ends and for a confidence that is none."""
    if draft.from_id == draft.to_id:
        raise InvalidInput(
            "A signal cannot be linked to itself: give two signals.", field="to", reason=Refusal.EQUAL_ENDS
        )
    if not CONFIDENCE_MIN <= draft.confidence <= CONFIDENCE_MAX:
        raise InvalidInput(
            "Confidence is a whole number from 1 to 99: a link is a clue, never proof.",
            field="confidence",
            reason=Refusal.OUT_OF_RANGE,
        )


def check_network(depth: int, limit: int) -> None:
    """Raises: InvalidInput unless a network of this depth with this many signals may be asked for."""
    if not 1 <= depth <= MAX_NETWORK_DEPTH:
        raise InvalidInput(
            f"A network has a depth of 1 to {MAX_NETWORK_DEPTH} links.", field="depth", reason=Refusal.OUT_OF_RANGE
        )
    if not 1 <= limit <= MAX_NETWORK_NODES:
        raise InvalidInput(
            f"A network has 1 to {MAX_NETWORK_NODES} signals.", field="limit", reason=Refusal.OUT_OF_RANGE
        )
