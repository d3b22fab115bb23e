"""What every word of a contribution means, as clients read it in the schema."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from app.rules.labels import (
    Annotation,
    ContentGrade,
    ContributionStatus,
    Handling,
    Precision,
    RetractionReason,
    ReviewStatus,
    Severity,
    SubjectRole,
)
from app.rules.violations import VIOLATION_TEXTS, Violation

_ANNOTATIONS: Mapping[str, str] = {
    Annotation.GENERATIVE_AI: "Made or altered by a generative model, wholly or in part.",
    Annotation.MINOR_TO_MINOR: "Exchanged between young people themselves; needs a second reviewer.",
    Annotation.POSSIBLE_SELF_PRODUCTION: "The person shown may have made it; needs a second reviewer.",
    Annotation.VIRAL: "Spreads widely, mostly by people who mean to warn or to show outrage.",
    Annotation.POTENTIAL_MEME: "Passed on as a joke or a reaction rather than out of interest in children.",
    Annotation.LIVE_STREAMING: "Seen in, or recorded from, a live broadcast.",
    Annotation.INFANT: "Concerns a very young child, before speech.",
    Annotation.SPAM: "Spread in bulk by automated accounts.",
    Annotation.COMPROMISED_ACCOUNT: "The account had probably been taken over: its owner is not the suspect.",
}

# Industry classification of abuse material: the letter is the age group, the number the kind of act.
_GRADES: Mapping[str, str] = {
    ContentGrade.A1: "A prepubescent child; an act of the first group of the industry classification.",
    ContentGrade.A2: "A prepubescent child; a depiction of the second group of the industry classification.",
    ContentGrade.B1: "A pubescent child; an act of the first group of the industry classification.",
    ContentGrade.B2: "A pubescent child; a depiction of the second group of the industry classification.",
    ContentGrade.UNGRADED: "Reviewed as abuse material without a grade under the industry classification.",
}

_SEVERITIES: Mapping[str, str] = {
    Severity.INFO: "Context that helps to understand other signals; nothing to act upon alone.",
    Severity.LOW: "A weak or old sign; look at it when there is time.",
    Severity.MEDIUM: "A violation that deserves an ordinary review.",
    Severity.HIGH: "A serious violation: review it before the ordinary ones.",
    Severity.IMMINENT_HARM: "A child is or will soon be in danger: the urgent lane, and the authorities first.",
}

_PRECISIONS: Mapping[str, str] = {
    Precision.LOW: "Expect many false positives among what this surfaces.",
    Precision.MEDIUM: "Expect some false positives; the default.",
    Precision.HIGH: "Expect hardly any false positives; a review is needed all the same.",
}

_REVIEWS: Mapping[str, str] = {
    ReviewStatus.UNREVIEWED: "Nobody at the contributor has looked at this yet.",
    ReviewStatus.PENDING: "A review at the contributor is under way.",
    ReviewStatus.REVIEWED_AUTOMATICALLY: "A system of the contributor decided; it never replaces a person's review.",
    ReviewStatus.REVIEWED_MANUALLY: "A person at the contributor reviewed this against its policies.",
}

_HANDLINGS: Mapping[str, str] = {
    Handling.RED: "TLP:RED. For the eyes of the people who read it here, and nobody else.",
    Handling.AMBER_STRICT: "TLP:AMBER+STRICT. Within the receiving organisation, on a need-to-know basis.",
    Handling.AMBER: "TLP:AMBER. Within the organisation and to its contractors who need it; the default.",
    Handling.GREEN: "TLP:GREEN. Within the child-safety community; never for what points at a person.",
    Handling.CLEAR: "TLP:CLEAR. Without limits on passing it on; never for what points at a person.",
}

_ROLES: Mapping[str, str] = {
    SubjectRole.SUSPECT: "The value belongs to somebody who seems to have committed the violation.",
    SubjectRole.UNKNOWN: "Whose value this is has not been established; the default.",
    SubjectRole.VICTIM: "Shows somebody who was harmed; accepted for hashes only.",
    SubjectRole.MINOR: "Shows a person under age whose part is unclear; accepted for hashes only.",
}

_RETRACTIONS: Mapping[str, str] = {
    RetractionReason.ERROR: "It should not have been uploaded: a mistake in the value or its labels.",
    RetractionReason.FALSE_POSITIVE: "On a second look it did not violate the contributor's policy.",
    RetractionReason.APPEAL_UPHELD: "The person concerned appealed to the contributor and was right.",
    RetractionReason.LEGAL_REQUIREMENT: "A law or a court obliges the contributor to withdraw it.",
    RetractionReason.DATA_SUBJECT_REQUEST: "The person concerned asked for erasure, and the request was granted.",
    RetractionReason.DUPLICATE: "The same statement stands under another spelling of the value.",
    RetractionReason.OUT_OF_SCOPE: "Real, but not a matter of child safety as this program defines it.",
    RetractionReason.PARTICIPANT_EXIT: "The contributor left the program; set by the exchange.",
}

_STATUSES: Mapping[str, str] = {
    ContributionStatus.ACTIVE: "In force until it expires, for those in its audience.",
    ContributionStatus.QUARANTINED: "Held back: seen by its contributor and the operator, who may release it.",
    ContributionStatus.RETRACTED: "Withdrawn by its contributor or by the operator.",
    ContributionStatus.EXPIRED: "Past its time and erased; renewing would have been explicit.",
}

# By vocabulary first, since equal names in two vocabularies (LOW, FALSE_POSITIVE) are equal strings.
DESCRIPTIONS: Mapping[type[StrEnum], Mapping[str, str]] = MappingProxyType(
    {
        Violation: {violation: text.description for violation, text in VIOLATION_TEXTS.items()},
        Annotation: _ANNOTATIONS,
        ContentGrade: _GRADES,
        Severity: _SEVERITIES,
        Precision: _PRECISIONS,
        ReviewStatus: _REVIEWS,
        Handling: _HANDLINGS,
        SubjectRole: _ROLES,
        RetractionReason: _RETRACTIONS,
        ContributionStatus: _STATUSES,
    }
)


def describe(word: StrEnum) -> str:
    return DESCRIPTIONS[type(word)][word]
