"""Changes: what the feed tells, and to whom a contribution is in sight (R1, R17)."""

from enum import IntEnum, StrEnum


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
