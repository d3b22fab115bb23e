"""What a reader makes of a file: drafts of signals, links between them, guard entries, and what is wrong with a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ..errors import Misconfigured
from ..vocabulary import GuardList, Relation

Original: TypeAlias = Mapping[str, Any] | str | None
"""What a file of rejected rows writes again: the columns of a CSV row, the object of a JSON line, the text of a line
that is no object, for documents the draft under the keys of JSON Lines; None for a line too long to keep."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a file, and from where reading can go on after it."""

    # The line, or for documents the item, from 1: what people are told.
    number: int
    # Where that line begins, in bytes of the file as unpacked; 0 for documents, which are read from their beginning.
    offset: int = 0
    # Which of several things that came out of the same line or item, from 0.
    part: int = 0


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row cannot be uploaded. Never holds a value."""

    # A word of `app.errors.Refusal`, or one of those in `problems`.
    code: str
    message: str
    # In the spelling of GraphQL, as far as one is to blame.
    field: str | None = None
    # Nothing to mend: the source itself takes it back, or does not mean it to be matched.
    is_skip: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """One row of an upload: the fields of `SignalDraftInput`; None leaves it to the exchange."""

    type: str
    value: str
    violations: tuple[str, ...]
    severity: str
    confidence: int
    annotations: tuple[str, ...] | None = None
    precision: str | None = None
    handling: str | None = None
    review_status: str | None = None
    subject_role: str | None = None
    content_grade: str | None = None
    platform: str | None = None
    language: str | None = None
    region: str | None = None
    scheme: str | None = None
    # Points in time in ISO 8601 with an offset, as they go over the wire.
    observed_at: str | None = None
    media_type: str | None = None
    quality: int | None = None
    context: str | None = None
    audience_groups: tuple[str, ...] | None = None
    expires_at: str | None = None

    def as_input(self) -> dict[str, Any]:
        """The variables of GraphQL, without what was left off: there the defaults of the exchange hold."""
        given = ((name, getattr(self, field)) for field, name in FIELDS.items())
        return {name: list(one) if type(one) is tuple else one for name, one in given if one is not None}


# By the name here, the name in GraphQL, which is also that in JSON Lines.
FIELDS: Final[Mapping[str, str]] = {
    "type": "type",
    "value": "value",
    "violations": "violations",
    "severity": "severity",
    "confidence": "confidence",
    "annotations": "annotations",
    "precision": "precision",
    "handling": "handling",
    "review_status": "reviewStatus",
    "subject_role": "subjectRole",
    "content_grade": "contentGrade",
    "platform": "platform",
    "language": "language",
    "region": "region",
    "scheme": "scheme",
    "observed_at": "observedAt",
    "media_type": "mediaType",
    "quality": "quality",
    "context": "context",
    "audience_groups": "audienceGroups",
    "expires_at": "expiresAt",
}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One signal of the source: a draft, or the problem that keeps it from being one."""

    place: Place
    draft: Draft | None
    problem: RowProblem | None
    # The source's own id of it, by which links name it: a STIX id, a MISP uuid, a column `ref`.
    ref: str | None
    original: Original


@dataclass(frozen=True, slots=True)
class SourceLink:
    """A link between two signals of the source, named by their refs; an end may stand further down, or nowhere."""

    place: Place
    from_ref: str
    to_ref: str
    relation: Relation
    confidence: int | None = None


@dataclass(frozen=True, slots=True)
class GuardEntry:
    """An entry for one of the operator's guard lists (`loadGuardEntries`)."""

    place: Place
    guard_list: GuardList
    # What the source calls its list.
    list_name: str
    entry: str


Item: TypeAlias = SourceRow | SourceLink | GuardEntry
"""What a reader yields, in the order of the file."""


class UnreadableFile(Misconfigured):
    """The file is not of its format at all; the message says where and what was expected, without a value."""
