"""What the exchange answers: of each document the types that it asks for, in the spelling of `schema.graphql`.

Typed dictionaries, as the answer is JSON already: a page of a thousand signals is not built anew.
"""

from typing import Any, NotRequired, TypedDict, TypeGuard

from .vocabulary import (
    Annotation,
    ContributionStatus,
    EnforcementAction,
    Handling,
    Level,
    MatchKind,
    Opinion,
    Outcome,
    Relation,
    Severity,
    SignalType,
    Verdict,
    Violation,
)


class RowProblem(TypedDict):
    """Why one row was rejected; `message` holds no value."""

    code: str
    field: str | None
    reason: str
    message: str


class UploadedRow(TypedDict):
    outcome: Outcome
    signalId: str | None
    contributionId: str | None
    problem: RowProblem | None


class LinkedRow(TypedDict):
    outcome: Outcome
    linkId: str | None
    problem: RowProblem | None


class RecordedRow(TypedDict):
    outcome: Outcome
    feedbackId: str | None
    problem: RowProblem | None


class RetractedContribution(TypedDict):
    id: str
    status: ContributionStatus


class MatchedSignal(TypedDict):
    id: str
    type: SignalType
    qualifier: str | None
    maskedValue: str
    severity: Severity
    confidence: int
    violations: list[Violation]
    annotations: list[Annotation]
    handling: Handling


class SignalMatch(TypedDict):
    """`distance`: differing bits, 0 to 31, where the kind is PDQ. `signal` is null if it just went out of sight."""

    kind: MatchKind
    distance: int | None
    signal: MatchedSignal | None


class MatchOutcome(TypedDict):
    """What matched the value at `index` of the call; a clue to review, never proof."""

    index: int
    problem: RowProblem | None
    best: SignalMatch | None
    others: list[SignalMatch]


class ParticipantSlug(TypedDict):
    slug: str


class VerdictCount(TypedDict):
    verdict: Verdict
    participants: int


class FeedbackSummary(TypedDict):
    opinion: Opinion
    participants: int
    verdicts: list[VerdictCount]


class MatchTag(TypedDict):
    tag: str
    epoch: int
    normaliserVersion: int


class LinkEnd(TypedDict):
    id: str
    handling: Handling


# `from` is a word of Python. An end is null if it just went out of sight.
SignalLink = TypedDict(
    "SignalLink",
    {
        "id": str,
        "relation": Relation,
        "confidence": int,
        "createdAt": str,
        "from": LinkEnd | None,
        "to": LinkEnd | None,
        "assertedBy": NotRequired[ParticipantSlug | None],
    },
)


class LinkEdge(TypedDict):
    node: SignalLink


class PageInfo(TypedDict):
    hasNextPage: bool
    endCursor: str | None


class LinkConnection(TypedDict):
    pageInfo: PageInfo
    edges: list[LinkEdge]


class LinkedSignal(TypedDict):
    links: LinkConnection


class ChangedSignal(TypedDict):
    """A signal as the participant sees it now. What takes a scope that the client lacks is left out."""

    type: SignalType
    level: Level
    qualifier: str | None
    maskedValue: str
    value: str | None
    violations: list[Violation]
    annotations: list[Annotation]
    severity: Severity
    confidence: int
    handling: Handling
    createdAt: str
    updatedAt: str
    contributors: NotRequired[list[ParticipantSlug]]
    feedbackSummary: NotRequired[FeedbackSummary]
    matchTag: NotRequired[MatchTag | None]
    links: NotRequired[LinkConnection]
    nearMatchTags: NotRequired[list[str] | None]


class SignalChange(TypedDict):
    """`signal` is null where it was removed: delete what you have of it."""

    signalId: str
    removed: bool
    signal: ChangedSignal | None


class ChangePage(TypedDict):
    """Keep `endCursor` together with what the items did, and ask for what comes after it."""

    items: list[SignalChange]
    endCursor: str
    caughtUp: bool
    normaliserVersion: int
    matchKeyEpoch: NotRequired[int | None]


class ResyncRequired(TypedDict):
    """What the participant may see changed at once: drop everything, and read anew from here."""

    startCursor: str


def must_resync(found: ChangePage | ResyncRequired) -> TypeGuard[ResyncRequired]:
    """Whether the feed answered that the cursor leads nowhere any more."""
    return "items" not in found


class ListedEdge(TypedDict):
    node: dict[str, Any]


class ListedPage(TypedDict):
    """Of a list that is shown to people as it comes."""

    edges: list[ListedEdge]
    pageInfo: PageInfo


class RevealedSignal(TypedDict):
    id: str


class RevealedValue(TypedDict):
    value: str
    recordId: str
    signal: RevealedSignal


class IssuedMatchKey(TypedDict):
    """`key`: 32 bytes in base64url without padding, shown this once."""

    epoch: int
    key: str
    normaliserVersion: int


class ViewerParticipant(TypedDict):
    id: str
    slug: str
    name: str
    status: str
    participantClass: str


class ViewerPerson(TypedDict):
    id: str
    name: str


class Viewer(TypedDict):
    clientId: str
    scopes: list[str]
    participant: NotRequired[ViewerParticipant | None]
    person: ViewerPerson | None


class ActionTotal(TypedDict):
    action: EnforcementAction
    count: int


class ImpactFunnel(TypedDict):
    downloaded: int
    matched: int
    reviewed: int
    actionable: int
    alreadyActioned: int
    actions: list[ActionTotal]


class ImpactCell(TypedDict):
    """`key` is OTHER for what is in no other cell."""

    key: str
    funnel: ImpactFunnel


# `from` is a word of Python.
Impact = TypedDict(
    "Impact",
    {
        "from": str,
        "to": str,
        "total": ImpactFunnel,
        "bySignalType": list[ImpactCell],
        "byViolation": list[ImpactCell],
        "byParticipantClass": list[ImpactCell],
    },
)
