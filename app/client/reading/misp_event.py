"""MISP events as JSON: attributes that are values of the exchange, and how those of an object belong together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Final

from ...errors import Refusal
from ..vocabulary import Relation
from .drafting import Instructions, draft_of, named, translated
from .guessing import Told
from .handlings import fitted, marked, strictest
from .misp_parts import EventHead, Part, heads, parts, root_of
from .misp_types import QUALIFIERS, values_of
from .plain_list import said_of
from .problems import BadRow, Trouble, bad, problem
from .relations import relation_of
from .rows import Draft, Item, Place, SourceLink, SourceRow

# Whom a source shows something to. Its sharing groups are none of ours.
_OWN_ORGANISATION: Final = "0"
_SHARING_GROUP: Final = "4"

# Readers put the place in that an item has in its part.
_NOWHERE: Final = Place(0)

# Where each is found: a page at a site, a site at an address.
_NESTED: Final = ("URL", "DOMAIN", "IP_ADDRESS")


@dataclass(frozen=True, slots=True)
class _Around:
    """What holds for an attribute by what it stands in."""

    tags: tuple[str, ...]
    # From the event inwards; the narrowest counts.
    distributions: tuple[Any, ...]
    is_deleted: bool = False

    def inside(self, body: Mapping[str, Any]) -> "_Around":
        tags = body.get("Tag")
        names = [tag.get("name") for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
        return _Around(
            (*self.tags, *(name for name in names if isinstance(name, str))),
            (*self.distributions, body.get("distribution")),
            self.is_deleted or _is_true(body.get("deleted")),
        )


def read(file: BinaryIO, instructions: Instructions, start: Place | None) -> Iterator[Item]:
    """Every attribute is at least one item, and so is every reference of an object."""
    root = root_of(file)
    known = heads(file, root)
    for number, part in enumerate(parts(file, root), 1):
        if start is None or number >= start.number:
            for index, item in enumerate(_items(part, known[part.event], instructions)):
                yield replace(item, place=Place(number, 0, index))


def _items(part: Part, head: EventHead, instructions: Instructions) -> Iterator[Item]:
    around = _Around(tuple(head.tags), (head.distribution,))
    if not isinstance(part.body, dict):
        yield SourceRow(_NOWHERE, None, problem(Refusal.MALFORMED), None, None)
    elif part.is_object:
        yield from _object(part.body, around.inside(part.body), instructions)
    else:
        rows = list(_rows(part.body, around, instructions))
        yield from rows
        yield from _links("", rows)


def _object(body: Mapping[str, Any], around: _Around, instructions: Instructions) -> Iterator[Item]:
    """The first signal of an object has the object's own uuid as its ref, as references name objects."""
    rows: list[SourceRow] = []
    attributes = body.get("Attribute")
    for attribute in attributes if isinstance(attributes, list) else []:
        if isinstance(attribute, dict):
            rows += _rows(attribute, around, instructions)
        else:
            rows.append(SourceRow(_NOWHERE, None, problem(Refusal.MALFORMED), None, None))
    first = next((index for index, row in enumerate(rows) if row.draft), None)
    if first is not None and _uuid(body):
        rows[first] = replace(rows[first], ref=_uuid(body))
    yield from rows
    yield from _links(str(body.get("name")), rows)
    references = body.get("ObjectReference")
    for reference in references if isinstance(references, list) else []:
        yield _reference(reference, _uuid(body))


def _rows(attribute: Mapping[str, Any], outer: _Around, instructions: Instructions) -> Iterator[SourceRow]:
    uuid = _uuid(attribute)
    around = outer.inside(attribute)
    try:
        found = _values(attribute, around, instructions)
    except BadRow as error:
        value = attribute.get("value")
        original = {"ref": uuid, "value": value} if isinstance(value, str) and not error.problem.is_skip else None
        yield SourceRow(_NOWHERE, None, error.problem, uuid, original)
        return
    for index, told in enumerate(found):
        ref = f"{uuid}#{index + 1}" if index and uuid else uuid
        said = _said(attribute, told, around, instructions)
        try:
            draft = draft_of(said, instructions)
            yield SourceRow(_NOWHERE, draft, None, ref, {"ref": ref, **draft.as_input()})
        except BadRow as error:
            yield SourceRow(_NOWHERE, None, error.problem, ref, {"ref": ref, **named(said)})


def _values(attribute: Mapping[str, Any], around: _Around, instructions: Instructions) -> list[Told]:
    """Raises: BadRow for what is not to be shared, or is no value."""
    type, value = attribute.get("type"), attribute.get("value")
    if not isinstance(type, str) or not isinstance(value, str):
        raise bad(Refusal.MALFORMED)
    if around.is_deleted:
        raise bad(Trouble.DELETED)
    found = values_of(type, value)
    if not instructions.options.all_attributes and not _is_true(attribute.get("to_ids")):
        raise bad(Trouble.NOT_FOR_DETECTION)
    given = [str(one) for one in around.distributions if one is not None]
    if _OWN_ORGANISATION in given:
        raise bad(Trouble.KEPT_INSIDE)
    if _SHARING_GROUP in given and "audience_groups" not in instructions.defaults.fields:
        raise bad(Trouble.AUDIENCE_REQUIRED, "audienceGroups")
    return found


def _said(attribute: Mapping[str, Any], told: Told, around: _Around, instructions: Instructions) -> dict[str, Any]:
    tags = list(around.tags)
    return {
        **said_of(told, instructions),
        **QUALIFIERS.get(attribute["type"], {}),
        "violations": translated("violations", tags, instructions),
        "handling": fitted(strictest(map(marked, tags)), told.type),
        "observed_at": attribute.get("last_seen") or attribute.get("first_seen"),
    }


def _links(object_name: str, rows: list[SourceRow]) -> Iterator[SourceLink]:
    """From the first signal of an object, or of an attribute of two parts, to the others."""
    ends = [(row.draft, row.ref) for row in rows if row.draft and row.ref]
    for draft, ref in ends[1:]:
        first, first_ref = ends[0]
        relation, is_turned = _belonging(object_name, first, draft)
        from_ref, to_ref = (ref, first_ref) if is_turned else (first_ref, ref)
        yield SourceLink(_NOWHERE, from_ref, to_ref, relation)


def _belonging(object_name: str, first: Draft, other: Draft) -> tuple[Relation, bool]:
    """How two signals of one object belong together, and whether it leads from the other to the first."""
    types = (first.type, other.type)
    if object_name == "file" and all(type.startswith("HASH_") for type in types):
        return "SAME_CONTENT", False
    if set(types) <= set(_NESTED) and first.type != other.type:
        return "HOSTED_AT", _NESTED.index(first.type) > _NESTED.index(other.type)
    return "SAME_INCIDENT", False


def _reference(reference: Any, uuid: str | None) -> Item:
    target = reference.get("referenced_uuid") if isinstance(reference, dict) else None
    if uuid is None or not isinstance(target, str):
        return SourceRow(_NOWHERE, None, problem(Trouble.NOT_A_LINK), None, None)
    if _is_true(reference.get("deleted")):
        return SourceRow(_NOWHERE, None, problem(Trouble.DELETED), None, None)
    found = relation_of(reference.get("relationship_type"))
    if found is None:
        return SourceRow(_NOWHERE, None, problem(Trouble.UNSUPPORTED_RELATION), None, None)
    relation, is_turned = found
    return SourceLink(_NOWHERE, *((target, uuid) if is_turned else (uuid, target)), relation)


def _uuid(body: Mapping[str, Any]) -> str | None:
    found = body.get("uuid")
    return found if isinstance(found, str) and found else None


def _is_true(said: Any) -> bool:
    return said is True or said in (1, "1")
