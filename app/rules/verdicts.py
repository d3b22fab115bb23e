"""Verdicts: what a consumer may find and do, what each finding implies, and what it makes of a signal (R9, R10)."""

from collections.abc import Mapping
from enum import StrEnum


class Verdict(StrEnum):
    INGESTED = "INGESTED"
    ALREADY_KNOWN = "ALREADY_KNOWN"
    NO_MATCH = "NO_MATCH"
    MATCHED = "MATCHED"
    IN_REVIEW = "IN_REVIEW"
    CONFIRMED_VIOLATION = "CONFIRMED_VIOLATION"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_VIOLATING_HERE = "NOT_VIOLATING_HERE"
    FALSE_POSITIVE = "FALSE_POSITIVE"
    OUTDATED = "OUTDATED"
    WANT_MORE_INFO = "WANT_MORE_INFO"


class VerdictReason(StrEnum):
    WRONG_VALUE = "WRONG_VALUE"
    BENIGN_CONTENT = "BENIGN_CONTENT"
    WRONG_LABEL = "WRONG_LABEL"
    NEAR_MATCH_COLLISION = "NEAR_MATCH_COLLISION"
    SHARED_OR_COMMON_VALUE = "SHARED_OR_COMMON_VALUE"
    IDENTITY_REASSIGNED = "IDENTITY_REASSIGNED"
    VICTIM_NOT_OFFENDER = "VICTIM_NOT_OFFENDER"
    LAWFUL_ADULT = "LAWFUL_ADULT"
    TEST_DATA = "TEST_DATA"
    OTHER = "OTHER"


class EnforcementAction(StrEnum):
    NO_ACTION = "NO_ACTION"
    CONTENT_REMOVED = "CONTENT_REMOVED"
    URL_BLOCKED = "URL_BLOCKED"
    ACCOUNT_WARNED = "ACCOUNT_WARNED"
    ACCOUNT_RESTRICTED = "ACCOUNT_RESTRICTED"
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"
    ACCOUNT_REMOVED = "ACCOUNT_REMOVED"
    FEATURE_RESTRICTED = "FEATURE_RESTRICTED"
    PAYMENT_BLOCKED = "PAYMENT_BLOCKED"
    SUSPICIOUS_ACTIVITY_REPORT_FILED = "SUSPICIOUS_ACTIVITY_REPORT_FILED"
    REPORTED_TO_NCMEC = "REPORTED_TO_NCMEC"
    REPORTED_TO_OTHER_HOTLINE = "REPORTED_TO_OTHER_HOTLINE"
    ESCALATED_IMMINENT_HARM = "ESCALATED_IMMINENT_HARM"
    VICTIM_SUPPORT_OFFERED = "VICTIM_SUPPORT_OFFERED"
    INVESTIGATION_OPENED = "INVESTIGATION_OPENED"


class Opinion(StrEnum):
    INVESTIGATION_SEED = "INVESTIGATION_SEED"
    CONFIRMED = "CONFIRMED"
    DISPUTED = "DISPUTED"
    FALSE_POSITIVE = "FALSE_POSITIVE"


# What each verdict says beside itself; whatever follows from that, it says too.
_IMPLIED: Mapping[Verdict, Verdict] = {
    Verdict.ALREADY_KNOWN: Verdict.INGESTED,
    Verdict.NO_MATCH: Verdict.INGESTED,
    Verdict.MATCHED: Verdict.INGESTED,
    Verdict.IN_REVIEW: Verdict.MATCHED,
    Verdict.CONFIRMED_VIOLATION: Verdict.MATCHED,
    Verdict.INCONCLUSIVE: Verdict.MATCHED,
    Verdict.NOT_VIOLATING_HERE: Verdict.MATCHED,
}
# Nobody comes to these without a review of its own.
REVIEWED = frozenset(
    {Verdict.CONFIRMED_VIOLATION, Verdict.INCONCLUSIVE, Verdict.NOT_VIOLATING_HERE, Verdict.FALSE_POSITIVE}
)
# The verdict that denies (R9) and so needs a reason (R10). NOT_VIOLATING_HERE denies nothing: the signal is real.
NEGATIVE = frozenset({Verdict.FALSE_POSITIVE})
# Verdicts that a reason may explain; beside the others it would contradict them.
EXPLAINED = NEGATIVE | {
    Verdict.INCONCLUSIVE,
    Verdict.NOT_VIOLATING_HERE,
    Verdict.OUTDATED,
    Verdict.WANT_MORE_INFO,
}
# Everything else is done to an account, to content, or by telling somebody: it takes a confirmed violation (R10).
NOT_ENFORCING = frozenset({EnforcementAction.NO_ACTION, EnforcementAction.INVESTIGATION_OPENED})


def implies(verdict: Verdict, other: Verdict) -> bool:
    """Whether who says `verdict` also says `other`."""
    return verdict is other or (verdict in _IMPLIED and implies(_IMPLIED[verdict], other))


def enforces(actions: Mapping[EnforcementAction, int]) -> bool:
    return not actions.keys() <= NOT_ENFORCING


def opinion(tally: Mapping[Verdict, int]) -> Opinion:
    """What participants together think of a signal, by how many gave each verdict (R9)."""
    confirmed = tally.get(Verdict.CONFIRMED_VIOLATION, 0) > 0
    denied = tally.get(Verdict.FALSE_POSITIVE, 0) > 0
    if confirmed:
        return Opinion.DISPUTED if denied else Opinion.CONFIRMED
    return Opinion.FALSE_POSITIVE if denied else Opinion.INVESTIGATION_SEED
