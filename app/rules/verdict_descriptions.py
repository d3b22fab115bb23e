"""What every word of feedback means, as clients read it in the schema."""

from collections.abc import Mapping

from app.rules.verdicts import EnforcementAction, Opinion, Verdict, VerdictReason
from app.rules.victim_reports import VictimDecision, VictimReportState

VERDICTS: Mapping[Verdict, str] = {
    Verdict.INGESTED: "Taken into your systems; nothing is known of it yet.",
    Verdict.ALREADY_KNOWN: "You had it before it was shared; says INGESTED too.",
    Verdict.NO_MATCH: "Nothing on your platform matches it; says INGESTED too.",
    Verdict.MATCHED: "Something on your platform matches it, nobody has looked yet; says INGESTED too.",
    Verdict.IN_REVIEW: "What matched is being looked at; says MATCHED too.",
    Verdict.CONFIRMED_VIOLATION: "What matched violates your policy, says your review; says MATCHED too. Confirms.",
    Verdict.INCONCLUSIVE: "Your review could not tell; says MATCHED too. Neither confirms nor denies.",
    Verdict.NOT_VIOLATING_HERE: "Real, but not against your policy, as your review found; says MATCHED too. No denial.",
    Verdict.FALSE_POSITIVE: "The signal is wrong, says your review; needs a reason. The only verdict that denies.",
    Verdict.OUTDATED: "It was right once and is no longer.",
    Verdict.WANT_MORE_INFO: "You cannot tell without more from its contributors.",
}

REASONS: Mapping[VerdictReason, str] = {
    VerdictReason.WRONG_VALUE: "The value is mistyped, cut off or of another type.",
    VerdictReason.BENIGN_CONTENT: "What the value stands for is harmless.",
    VerdictReason.WRONG_LABEL: "The labels are wrong; forgotten once its contributor changes them.",
    VerdictReason.NEAR_MATCH_COLLISION: "What matched is similar, and something else.",
    VerdictReason.SHARED_OR_COMMON_VALUE: "Many people share the value: a school's network, a common name.",
    VerdictReason.IDENTITY_REASSIGNED: "The account, number or address belongs to somebody else by now.",
    VerdictReason.VICTIM_NOT_OFFENDER: "It points at a victim: hidden at once from all but its contributors and the"
    " operator. Needs a manual review; after 20 in 24 hours further ones wait for the operator.",
    VerdictReason.LAWFUL_ADULT: "Lawful content or conduct among adults.",
    VerdictReason.TEST_DATA: "Made for a test, and shared by mistake.",
    VerdictReason.OTHER: "None of the other reasons; say in the note what it is.",
}

ACTIONS: Mapping[EnforcementAction, str] = {
    EnforcementAction.NO_ACTION: "Looked at and left alone.",
    EnforcementAction.CONTENT_REMOVED: "Posts, files or messages taken down.",
    EnforcementAction.URL_BLOCKED: "Links that can no longer be shared or opened.",
    EnforcementAction.ACCOUNT_WARNED: "Account holders told that they broke the rules.",
    EnforcementAction.ACCOUNT_RESTRICTED: "Accounts that can do less than before.",
    EnforcementAction.ACCOUNT_SUSPENDED: "Accounts shut for a time.",
    EnforcementAction.ACCOUNT_REMOVED: "Accounts shut for good.",
    EnforcementAction.FEATURE_RESTRICTED: "Single features taken from accounts, such as messages to young people.",
    EnforcementAction.PAYMENT_BLOCKED: "Payments stopped, or accounts kept from paying.",
    EnforcementAction.SUSPICIOUS_ACTIVITY_REPORT_FILED: "Reports to a financial intelligence unit.",
    EnforcementAction.REPORTED_TO_NCMEC: "Reports through the CyberTipline.",
    EnforcementAction.REPORTED_TO_OTHER_HOTLINE: "Reports to a hotline other than NCMEC's.",
    EnforcementAction.ESCALATED_IMMINENT_HARM: "Emergencies told to the authorities at once.",
    EnforcementAction.VICTIM_SUPPORT_OFFERED: "Victims who were offered help.",
    EnforcementAction.INVESTIGATION_OPENED: "Investigations begun; no enforcement yet, so it needs no confirmation.",
}

OPINIONS: Mapping[Opinion, str] = {
    Opinion.INVESTIGATION_SEED: "Nobody has confirmed or denied it: where an investigation may begin.",
    Opinion.CONFIRMED: "Confirmed by one or more, denied by nobody.",
    Opinion.DISPUTED: "Confirmed by some, denied by others.",
    Opinion.FALSE_POSITIVE: "Denied by one or more, confirmed by nobody.",
}

REPORT_STATES: Mapping[VictimReportState, str] = {
    VictimReportState.HIDDEN: "The signal was hidden at once; the operator has still to decide.",
    VictimReportState.QUEUED: "Beyond the day's limit: the signal is shown until the operator decides.",
    VictimReportState.CONFIRMED: "The operator agreed: the signal stays hidden.",
    VictimReportState.LIFTED: "The operator did not agree: this report no longer hides the signal.",
}

DECISIONS: Mapping[VictimDecision, str] = {
    VictimDecision.CONFIRM: "Hide the signal, or keep it hidden.",
    VictimDecision.LIFT: "Show the signal again, unless another report still hides it.",
}
