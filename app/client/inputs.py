"""What a participant sends, as the input types of `schema.graphql`, where each field is explained."""

from typing import NotRequired, Required, TypedDict

from .vocabulary import (
    Annotation,
    ContentGrade,
    EnforcementAction,
    Handling,
    Precision,
    Relation,
    ReviewStatus,
    Severity,
    SignalType,
    SubjectRole,
    Verdict,
    VerdictReason,
    Violation,
)


class SignalDraftInput(TypedDict, total=False):
    type: Required[SignalType]
    value: Required[str]
    violations: Required[list[Violation]]
    severity: Required[Severity]
    confidence: Required[int]
    annotations: list[Annotation]
    precision: Precision
    handling: Handling
    reviewStatus: ReviewStatus | None
    subjectRole: SubjectRole
    contentGrade: ContentGrade | None
    platform: str | None
    language: str | None
    region: str | None
    scheme: str | None
    observedAt: str | None
    mediaType: str | None
    quality: int | None
    context: str | None
    audienceGroups: list[str] | None
    expiresAt: str | None


# `from` is a word of Python.
LinkDraftInput = TypedDict(
    "LinkDraftInput", {"from": str, "to": str, "relation": Relation, "confidence": NotRequired[int]}
)


class MatchValueInput(TypedDict, total=False):
    type: Required[SignalType]
    value: Required[str]
    platform: str | None
    language: str | None
    region: str | None
    scheme: str | None


class ActionInput(TypedDict):
    action: EnforcementAction
    count: int


class FeedbackInput(TypedDict, total=False):
    signalId: Required[str]
    verdict: Required[Verdict]
    reason: VerdictReason | None
    reviewStatus: ReviewStatus
    reviewedAt: str | None
    reviewerRole: str | None
    policyReference: str | None
    note: str | None
    actions: list[ActionInput]
