"""The words of the rules as enums of the schema, each value with its meaning."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

import strawberry

from app.errors import Refusal
from app.rules import label_descriptions
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
    Violation,
)
from app.rules.links import Relation
from app.rules.refusal_descriptions import REFUSALS
from app.rules.signal_types import FACTS, LEVEL_DESCRIPTIONS, Level, SignalType

E = TypeVar("E", bound=Enum)


def tell(enum: type[E], description: str, meaning: Mapping[E, str] | Callable[[E], str]) -> type[E]:
    """Make `enum` known to the schema under its own name, with the meaning of each value."""
    strawberry.enum(enum, description=description)
    definition: Any = enum.__strawberry_definition__  # type: ignore[attr-defined]  # set by the line above
    for value in definition.values:
        member = enum(value.value)
        value.description = meaning(member) if callable(meaning) else meaning[member]
    return enum


tell(SignalType, "What kind of indicator a signal is.", {type: facts.description for type, facts in FACTS.items()})
tell(Level, "Whether a value points at a person; decides who may read it in clear.", LEVEL_DESCRIPTIONS)
tell(Violation, "Which policy of the contributor was violated.", label_descriptions.describe)
tell(Annotation, "A circumstance that reviewers should know.", label_descriptions.describe)
tell(ContentGrade, "Industry classification of what a hash stands for.", label_descriptions.describe)
tell(Severity, "How grave the activity is, from INFO to IMMINENT_HARM.", label_descriptions.describe)
tell(Precision, "How few false positives the contributor expects.", label_descriptions.describe)
tell(ReviewStatus, "Whether and how somebody looked at it.", label_descriptions.describe)
tell(Handling, "How far it may be passed on (TLP 2.0).", label_descriptions.describe)
tell(SubjectRole, "What part the subject of a signal plays.", label_descriptions.describe)
tell(RetractionReason, "Why a contribution was withdrawn.", label_descriptions.describe)
tell(ContributionStatus, "Where a contribution stands in its life.", label_descriptions.describe)
tell(
    Relation,
    "How two signals belong together. The SAME_ relations and COMMUNICATES_WITH read the same both ways; the others"
    " lead from the first signal to the second.",
    {
        Relation.SAME_ACTOR: "Both are used by the same person or group.",
        Relation.SAME_INCIDENT: "Both were seen in the same incident.",
        Relation.SAME_CONTENT: "Both stand for the same content, such as two hashes of one file.",
        Relation.REDIRECTS_TO: "Whoever opens the first one is sent to the second one.",
        Relation.HOSTED_AT: "The first one is found at the second one, such as a file at a site.",
        Relation.ADVERTISED_BY: "The second one invites people to the first one.",
        Relation.PAID_THROUGH: "The first one is paid for through the second one.",
        Relation.COMMUNICATES_WITH: "The two were in contact with each other.",
        Relation.DERIVED_FROM: "The first one was made out of the second one, such as a crop of a picture.",
    },
)
tell(
    Refusal,
    "Which rule an input breaks: the words of `reason`, here and in `extensions.reason` of errors. A word never changes"
    " its meaning; new ones may come, for which `message` is enough.",
    REFUSALS,
)
