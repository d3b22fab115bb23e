"""Links between signals: the relations, and how an assertion is put into its one form (R5)."""

from enum import StrEnum
from uuid import UUID


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


SYMMETRIC = frozenset(
    {Relation.SAME_ACTOR, Relation.SAME_INCIDENT, Relation.SAME_CONTENT, Relation.COMMUNICATES_WITH}
)


def ordered(relation: Relation, a: UUID, b: UUID) -> tuple[UUID, UUID]:
    """The ends as they are stored: by id where the relation reads the same both ways."""
    return (b, a) if relation in SYMMETRIC and b < a else (a, b)
