"""JSON Lines, the exchange's own format: an object a line, with the keys of `SignalDraftInput`, or a link."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final, cast

import orjson

from ...errors import Refusal
from ..vocabulary import Relation
from .defaults import FIELD_NAMES
from .drafting import Instructions, draft_of
from .fields import read_field, words
from .lines import Line, lines
from .mapping import REF
from .problems import BadRow, Trouble, bad, problem
from .rows import FIELDS, Item, Original, Place, SourceLink, SourceRow

LINK = "link"
# Under which a row of a file of rejected rows tells why; passed over when that is imported in its turn.
PROBLEM: Final = "problem"
_LINK_KEYS = {"from", "to", "relation", "confidence"}


def read(file: BinaryIO, instructions: Instructions, start: Place | None) -> Iterator[Item]:
    for line in lines(file, start):
        if line.data is None:
            yield SourceRow(line.place(), None, problem(Refusal.TOO_LONG), None, None)
        elif not line.data.isspace():
            yield _item(line, line.data, instructions)


def _item(line: Line, data: bytes, instructions: Instructions) -> Item:
    original: Original = None
    ref: str | None = None
    try:
        original = data.decode(errors="replace").rstrip("\r\n")
        row = original = _object(data)
        if LINK in row:
            return _link(line.place(), row)
        ref = _ref(row.get(instructions.columns().get(REF, REF)))
        return SourceRow(line.place(), draft_of(_said(row, instructions), instructions), None, ref, row)
    except BadRow as error:
        return SourceRow(line.place(), None, error.problem, ref, original)


def _object(data: bytes) -> dict[str, Any]:
    try:
        row = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise bad(_reason(data)) from None
    if not isinstance(row, dict):
        raise bad(Refusal.MALFORMED)
    return row


def _reason(data: bytes) -> Refusal:
    try:
        data.decode()
    except UnicodeDecodeError:
        return Refusal.NOT_UNICODE
    return Refusal.MALFORMED


def _ref(said: Any) -> str | None:
    if said is not None and not isinstance(said, str):
        raise bad(Refusal.WRONG_TYPE, REF)
    return said or None


def _said(row: Mapping[str, Any], instructions: Instructions) -> dict[str, Any]:
    if instructions.mapping and instructions.mapping.columns:
        return {field: row.get(key) for field, key in instructions.mapping.columns.items() if field != REF}
    said = {FIELD_NAMES.get(key, key): one for key, one in row.items() if key not in (REF, PROBLEM)}
    if not said.keys() <= FIELDS.keys():
        # A key with a slip in it would else be a word that is lost.
        raise bad(Trouble.UNKNOWN_FIELD)
    return said


def _link(place: Place, row: Mapping[str, Any]) -> SourceLink:
    said = row[LINK]
    if not row.keys() <= {LINK, PROBLEM} or not isinstance(said, dict) or not said.keys() <= _LINK_KEYS:
        raise bad(Trouble.NOT_A_LINK)
    start, end = said.get("from"), said.get("to")
    if not (isinstance(start, str) and start and isinstance(end, str) and end):
        raise bad(Trouble.NOT_A_LINK)
    relation = cast(Relation, words("Relation", [said.get("relation")], "relation")[0])
    return SourceLink(place, start, end, relation, read_field("confidence", said.get("confidence")))
