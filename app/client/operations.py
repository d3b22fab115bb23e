"""What a participant asks of the exchange, each as its document, its variables, and how its answer is read."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Generic, TypeVar
from uuid import uuid4

from . import shapes
from .answers import (
    ChangePage,
    Impact,
    IssuedMatchKey,
    LinkedRow,
    LinkedSignal,
    MatchOutcome,
    RecordedRow,
    ResyncRequired,
    RetractedContribution,
    RevealedValue,
    UploadedRow,
    Viewer,
    must_resync,
)
from .errors import Unexpected
from .inputs import FeedbackInput, LinkDraftInput, MatchValueInput, SignalDraftInput
from .vocabulary import GuardList, Purpose, RetractionReason

T = TypeVar("T")

# Rows of one call, and signals of one call that reveals values; the exchange refuses more.
MAX_ROWS = 1_000
MAX_REVEALED = 100


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """One call. `repeatable`: whether carrying it out twice has the effect of once, so that it may be sent again when
    no answer came."""

    document: str
    variables: Mapping[str, Any] = field(repr=False)
    read: Callable[[Any], T] = field(repr=False)
    repeatable: bool = True

    def answer(self, found: Any) -> T:
        """What was answered, as its type says it.

        Raises: Unexpected."""
        try:
            return self.read(found)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise Unexpected(f"The answer lacks what the schema promises ({type(error).__name__}).") from None


def as_it_comes(operation: Operation[Any]) -> Operation[Any]:
    """The same for whoever asks for more before reading what came with `operation.answer`."""
    return replace(operation, read=lambda found: found)


# Where a document marks something as optional; the variable that it names is the name of the part.
_PART = re.compile(r" @include\(if: \$(\w+)\)")
# A variable as it is declared, on a line of its own or after others.
_VARIABLE = re.compile(r"((?:, |\n +)?\$(\w+): [\w!]+)")


@cache
def document(name: str) -> str:
    """The text of `documents/<name>.graphql`."""
    return files(__package__).joinpath("documents", f"{name}.graphql").read_text(encoding="utf-8")


@cache
def document_with(name: str, parts: frozenset[str]) -> str:
    """That text with these of its optional parts, and without the others: a variable would not do, as the exchange asks
    for the scope of a field whether it is included or not."""
    kept: list[str] = []
    depth = 0
    for line in document(name).splitlines(keepends=True):
        part = _PART.search(line)
        if depth or (part and part[1] not in parts):
            depth += line.count("{") - line.count("}")
        else:
            kept.append(_PART.sub("", line))
    text = "".join(kept)
    # Variables that nothing uses any more: those of the parts themselves, and of what was left out.
    for declared, variable in _VARIABLE.findall(text):
        if len(re.findall(rf"\${variable}\b", text)) == 1:
            text = text.replace(declared, "")
    return text.replace("(\n)", "").replace("()", "")


def new_key() -> str:
    """An idempotency key of its own for a call that has none from its caller."""
    return str(uuid4())


def viewer(participant: bool = False) -> Operation[Viewer]:
    """Who the exchange takes this client for, and what it may do; its participant takes participants:read."""
    return Operation(document_with("viewer", frozenset({"participant"} if participant else ())), {}, shapes.of(Viewer))


def impact(since: datetime, until: datetime) -> Operation[Impact]:
    """What came of the participant's own signals in the whole UTC days of a period of at most 400 days."""
    given = {"from": since.isoformat(), "to": until.isoformat()}
    return Operation(document("impact"), given, shapes.of(Impact, "impact"))


def upload(
    drafts: Sequence[SignalDraftInput], *, key: str | None = None, validate_only: bool = False
) -> Operation[list[UploadedRow]]:
    """Up to 1,000 drafts, with a result for each in their order."""
    given = {"signals": list(drafts), "idempotencyKey": key or new_key(), "validateOnly": validate_only}
    return Operation(document("upload"), {"input": given}, shapes.one_for_each(drafts, UploadedRow, "rows"))


def link(links: Sequence[LinkDraftInput], *, key: str | None = None) -> Operation[list[LinkedRow]]:
    """Up to 1,000 links between signals, with a result for each in their order."""
    given = {"links": list(links), "idempotencyKey": key or new_key()}
    return Operation(document("link"), {"input": given}, shapes.one_for_each(links, LinkedRow, "rows"))


def retract(contribution_ids: Iterable[str], reason: RetractionReason) -> Operation[list[RetractedContribution | None]]:
    """Withdraw up to 1,000 own contributions; null for what is none of yours that lives."""
    ids = list(contribution_ids)
    given = {"contributionIds": ids, "reason": reason}
    read = shapes.one_for_each(ids, RetractedContribution | None, "contributions")
    return Operation(document("retract"), {"input": given}, read)


def match(values: Sequence[MatchValueInput]) -> Operation[list[MatchOutcome]]:
    """Look up to 1,000 raw values up; the exchange neither stores nor logs them."""
    return Operation(document("match"), {"values": list(values)}, shapes.one_for_each(values, MatchOutcome))


# What a page of the feed may hold more, by the scope that it takes.
_MORE = {"tags": "signals:match", "feedback": "feedback:read", "participants": "participants:read"}


def changes(
    after: str | None = None,
    first: int = MAX_ROWS,
    *,
    scopes: Collection[str],
    epoch: int | None = None,
    links: bool = False,
) -> Operation[ChangePage | ResyncRequired]:
    """The next page of the change feed with all that these scopes show, or where to start afresh.

    `epoch`: of the match key for the tags; the newest by default. `links`: with the first 50 links of each signal."""
    more = _parts(scopes) | ({"links"} if links else frozenset())
    tagged = {"epoch": epoch} if "tags" in more else {}
    read_shape = shapes.of(ChangePage | ResyncRequired)

    def read(found: Any) -> Any:
        page = read_shape(found)
        if not must_resync(page) and page["endCursor"] == after and not page["caughtUp"]:
            raise ValueError("more, and no way on")
        return page

    return Operation(document_with("changes", more), {"after": after, "first": first, **tagged}, read)


def links_of(signal_id: str, after: str | None, *, scopes: Collection[str]) -> Operation[LinkedSignal | None]:
    """The next 1,000 links at a signal; null once it is out of sight."""
    text = document_with("links_of", _parts(scopes))
    return Operation(text, {"signal": signal_id, "after": after}, shapes.of(LinkedSignal | None))


def _parts(scopes: Collection[str]) -> frozenset[str]:
    return frozenset(part for part, scope in _MORE.items() if scope in scopes)


def acknowledge(cursor: str) -> Operation[str]:
    """Say that every change up to this `endCursor` is applied; answers when that was taken down."""
    return Operation(document("acknowledge"), {"input": {"cursor": cursor}}, shapes.of(str, "acknowledgedAt"))


def record(feedback: Sequence[FeedbackInput], *, key: str | None = None) -> Operation[list[RecordedRow]]:
    """Up to 1,000 findings on signals of others, with a result for each in their order."""
    given = {"feedback": list(feedback), "idempotencyKey": key or new_key()}
    return Operation(document("record"), {"input": given}, shapes.one_for_each(feedback, RecordedRow, "rows"))


def reveal(
    signal_ids: Sequence[str], purpose: Purpose, purpose_text: str, case_id: str | None = None
) -> Operation[list[RevealedValue | None]]:
    """Values of up to 100 signals in clear, null for those out of sight; each is told to its contributors, so a call
    is not sent twice."""
    given = {"signalIds": list(signal_ids), "purpose": purpose, "purposeText": purpose_text, "caseId": case_id}
    read = shapes.one_for_each(signal_ids, RevealedValue | None, "values")
    return Operation(document("reveal"), {"input": given}, read, repeatable=False)


def issue_match_key() -> Operation[IssuedMatchKey]:
    """A new match key, shown this once; of those before, only the last stays live."""
    return Operation(document("issue_match_key"), {}, shapes.of(IssuedMatchKey), repeatable=False)


def load_guard_entries(guard_list: GuardList, entries: Sequence[str]) -> Operation[int]:
    """Put up to 1,000 entries into a guard list of the operator; how many are new."""
    given = {"guardList": guard_list, "entries": list(entries)}
    return Operation(document("load_guard_entries"), {"input": given}, shapes.of(int, "changed"))


def match_key_epoch() -> Operation[int | None]:
    """The epoch of the newest match key; null if there is none."""
    return Operation(document("match_key_epoch"), {}, shapes.of(int | None, "matchKeyEpoch"))
