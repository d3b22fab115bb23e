"""Reports that a signal points at a victim: their states, and how many hide a signal without asking (R11)."""

from enum import StrEnum

# Reports of one participant within a day that hide their signals without asking; further ones wait for the operator.
MAX_HIDDEN_A_DAY = 20


class VictimReportState(StrEnum):
    """What became of a report that a signal points at a victim (R11)."""

    HIDDEN = "HIDDEN"
    QUEUED = "QUEUED"
    CONFIRMED = "CONFIRMED"
    LIFTED = "LIFTED"


class VictimDecision(StrEnum):
    """What the operator makes of such a report."""

    CONFIRM = "CONFIRM"
    LIFT = "LIFT"


DECIDED = {
    VictimDecision.CONFIRM: VictimReportState.CONFIRMED,
    VictimDecision.LIFT: VictimReportState.LIFTED,
}
