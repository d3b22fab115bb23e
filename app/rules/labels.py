"""The words of a contribution other than its value, and which of them go together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from ..errors import InvalidInput, Refusal
from .signal_types import Level, SignalType, facts
from .violations import VIOLATIONS_VERSION, Violation

__all__ = [
    "CONFIDENCE_HIGH",
    "CONFIDENCE_LOW",
    "CONFIDENCE_MEDIUM",
    "VIOLATIONS_VERSION",
    "Annotation",
    "ContentGrade",
    "ContributionStatus",
    "Handling",
    "Labels",
    "Precision",
    "RetractionReason",
    "ReviewStatus",
    "Severity",
    "SubjectRole",
    "Violation",
    "check_labels",
]

# A signal is a clue, never proof: neither 0 nor 100 can be said. The bands are those of ThreatExchange.
CONFIDENCE_MIN = 1
CONFIDENCE_LOW = 25
CONFIDENCE_MEDIUM = 50
CONFIDENCE_HIGH = 75
CONFIDENCE_MAX = 99


class Annotation(StrEnum):
    GENERATIVE_AI = "GENERATIVE_AI"
    MINOR_TO_MINOR = "MINOR_TO_MINOR"
    POSSIBLE_SELF_PRODUCTION = "POSSIBLE_SELF_PRODUCTION"
    VIRAL = "VIRAL"
    POTENTIAL_MEME = "POTENTIAL_MEME"
    LIVE_STREAMING = "LIVE_STREAMING"
    INFANT = "INFANT"
    SPAM = "SPAM"
    COMPROMISED_ACCOUNT = "COMPROMISED_ACCOUNT"


class ContentGrade(StrEnum):
    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    UNGRADED = "UNGRADED"


class Severity(StrEnum):
    """Compare by `rank`: as strings the names are in another order."""

    INFO = "INFO"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    IMMINENT_HARM = "IMMINENT_HARM"

    @property
    def rank(self) -> int:
        """0 (INFO) to 4 (IMMINENT_HARM)."""
        return _RANKS[self]

    @classmethod
    def of_rank(cls, rank: int) -> "Severity":
        """Raises: ValueError unless `rank` is 0 to 4."""
        if not 0 <= rank < len(_SEVERITIES):
            raise ValueError("no such severity")
        return _SEVERITIES[rank]


_SEVERITIES = tuple(Severity)
_RANKS = {severity: rank for rank, severity in enumerate(_SEVERITIES)}


class Precision(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class ReviewStatus(StrEnum):
    UNREVIEWED = "UNREVIEWED"
    PENDING = "PENDING"
    REVIEWED_AUTOMATICALLY = "REVIEWED_AUTOMATICALLY"
    REVIEWED_MANUALLY = "REVIEWED_MANUALLY"


class Handling(StrEnum):
    RED = "RED"
    AMBER_STRICT = "AMBER_STRICT"
    AMBER = "AMBER"
    GREEN = "GREEN"
    CLEAR = "CLEAR"


class SubjectRole(StrEnum):
    SUSPECT = "SUSPECT"
    UNKNOWN = "UNKNOWN"
    VICTIM = "VICTIM"
    MINOR = "MINOR"


class RetractionReason(StrEnum):
    ERROR = "ERROR"
    FALSE_POSITIVE = "FALSE_POSITIVE"
    APPEAL_UPHELD = "APPEAL_UPHELD"
    LEGAL_REQUIREMENT = "LEGAL_REQUIREMENT"
    DATA_SUBJECT_REQUEST = "DATA_SUBJECT_REQUEST"
    DUPLICATE = "DUPLICATE"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    PARTICIPANT_EXIT = "PARTICIPANT_EXIT"


class ContributionStatus(StrEnum):
    ACTIVE = "ACTIVE"
    QUARANTINED = "QUARANTINED"
    RETRACTED = "RETRACTED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Labels:
    """What a contribution says about its signal."""

    violations: tuple[Violation, ...]
    severity: Severity
    confidence: int
    annotations: tuple[Annotation, ...] = ()
    content_grade: ContentGrade | None = None
    precision: Precision = Precision.MEDIUM
    review_status: ReviewStatus = ReviewStatus.UNREVIEWED
    handling: Handling = Handling.AMBER
    subject_role: SubjectRole = SubjectRole.UNKNOWN


_NEED_SECOND_REVIEWER = frozenset({Annotation.MINOR_TO_MINOR, Annotation.POSSIBLE_SELF_PRODUCTION})
_NOT_FOR_PERSONS = frozenset({Handling.GREEN, Handling.CLEAR})
_ROLES_OF_IDENTIFIERS = frozenset({SubjectRole.SUSPECT, SubjectRole.UNKNOWN})


def check_review(before: ReviewStatus, after: ReviewStatus) -> None:
    """Automation never overrides people (R20), not by way of no review either.

    Raises: InvalidInput if `after` is less than the manual review that stands.
    """
    if before == ReviewStatus.REVIEWED_MANUALLY and after != ReviewStatus.REVIEWED_MANUALLY:
        raise InvalidInput(
            "A person reviewed this; only another manual review takes its place.",
            field="reviewStatus",
            reason=Refusal.REVIEWED_BY_A_PERSON,
        )


def check_labels(type: SignalType, labels: Labels) -> Labels:
    """The labels with duplicates folded and lists in the order of the vocabulary, so that equal ones compare equal.

    Raises: InvalidInput, naming the field.
    """
    _check_statement(labels)
    _check_fit(type, labels)
    violations, annotations = _folded(Violation, labels.violations), _folded(Annotation, labels.annotations)
    if (violations, annotations) == (labels.violations, labels.annotations):
        return labels
    return replace(labels, violations=violations, annotations=annotations)


def _check_statement(labels: Labels) -> None:
    if not labels.violations:
        raise InvalidInput("Name at least one violation.", field="violations", reason=Refusal.VIOLATION_REQUIRED)
    if not CONFIDENCE_MIN <= labels.confidence <= CONFIDENCE_MAX:
        raise InvalidInput(
            "Confidence is a whole number from 1 to 99: a signal is a clue, never proof.",
            field="confidence",
            reason=Refusal.OUT_OF_RANGE,
        )
    if not _NEED_SECOND_REVIEWER.isdisjoint(labels.annotations):
        raise InvalidInput(
            "MINOR_TO_MINOR and POSSIBLE_SELF_PRODUCTION need a second reviewer before they are shared, "
            "and this exchange does not take second reviews yet: leave the annotation off or keep the signal back.",
            field="annotations",
            reason=Refusal.SECOND_REVIEWER_REQUIRED,
        )


def _check_fit(type: SignalType, labels: Labels) -> None:
    about = facts(type)
    if labels.content_grade is not None and not about.is_hash:
        raise InvalidInput("Only hashes have a content grade.", field="contentGrade", reason=Refusal.GRADE_NEEDS_HASH)
    if about.level is Level.PERSON and labels.handling in _NOT_FOR_PERSONS:
        raise InvalidInput(
            "What points at a person is shared as AMBER, AMBER_STRICT or RED.",
            field="handling",
            reason=Refusal.HANDLING_TOO_OPEN,
        )
    if labels.subject_role not in _ROLES_OF_IDENTIFIERS and not about.is_hash:
        raise InvalidInput(
            "Identifiers of victims or minors are never shared.", field="subjectRole", reason=Refusal.PROTECTED_SUBJECT
        )


_Word = TypeVar("_Word", bound=StrEnum)


def _folded(vocabulary: type[_Word], given: Sequence[_Word]) -> tuple[_Word, ...]:
    # The walk over a vocabulary is slow, and most name one violation and nothing else.
    return tuple(given) if len(given) < 2 else tuple(word for word in vocabulary if word in given)
