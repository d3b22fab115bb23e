"""Values that no honest client sends, by the type of the place that they are sent to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_nullable_type,
    is_required_input_field,
)

# Stands in every text, so that an answer that repeats any part of it is noticed.
MARK = "hq5kz"


@dataclass(frozen=True)
class Hostile:
    """`refused` says that no place of the type may accept it; whatever is accepted besides harms nobody."""

    what: str
    value: Any
    refused: bool = True


_TEXTS = {
    "NUL": f"{MARK}\0{MARK}",
    "escape sequence": f"\x1b]0;{MARK}\x07",
    "a C1 control": f"{MARK}\x9b31m",
    "delete": f"{MARK}\x7f",
}
_ODD_TEXTS = {
    "empty": "",
    "white space": " \t\n ",
    "right to left": f"\u202e{MARK}\u2066",
    "a non-character": f"{MARK}\ufffe\U0010ffff",
    "combining marks": MARK + "e\u0301\u0327" * 3_000,
    "what grows under NFKC": MARK + "\ufdfa" * 4_000,
    "8,191 characters": (MARK * 2_000)[:8_191],
    "200,000 characters": MARK * 40_000,
    "SQL": f"{MARK}'; DROP TABLE signal; --",
    "a template": "{{7*7}}${jndi:x}%s%n{0.__class__}" + MARK,
    "an escape of half a character": "\\ud800",
}
_NUMBERS = {
    "one too many for 32 bits": 2**31,
    "the least of 64 bits": -(2**63),
    "beyond 64 bits": 2**64,
    "a fraction": 1.5,
    "far too large": 1e308,
    "digits": "1",
    "a word": MARK,
    "a truth value": True,
    "a list of lists": [[1]],
    "an object": {"value": 1},
}
_ODD_NUMBERS = {"zero": 0, "negative": -1, "the greatest": 2**31 - 1, "the least": -(2**31), "a whole fraction": 2.0}
_TIMES = {
    "year 1": "0001-01-01T00:00:00Z",
    "year 1, east": "0001-01-01T00:00:00+23:59",
    "year 9999": "9999-12-31T23:59:59Z",
    "year 9999, west": "9999-12-31T23:59:59-23:59",
    "the end of time": "9999-12-31T24:00:00Z",
    "no zone": "2026-06-01T00:00:00",
    "a date": "2026-06-01",
    "an offset of 99 hours": "2026-06-01T00:00:00+99:99",
    "a leap second": "2026-06-30T23:59:60Z",
    "other digits": "２０２６-06-01T00:00:00Z",
    "NUL": "2026-06-01T00:00:00Z\0",
    "empty": "",
    "a word": MARK,
    "seconds": 1_780_000_000,
    "a list of lists": [[MARK]],
    "an object": {"value": MARK},
}


def hostile_for(type_: GraphQLInputType, ids: Mapping[str, str]) -> Iterator[Hostile]:
    """Each once; `ids` are those of existing objects, which are of the wrong type almost everywhere."""
    inner = get_nullable_type(type_)
    if isinstance(type_, GraphQLNonNull):
        yield Hostile("null", None)
    if isinstance(inner, GraphQLList):
        yield from _lists(inner, ids)
    elif isinstance(inner, GraphQLInputObjectType):
        yield from (Hostile(what, value) for what, value in _OBJECTS.items())
        yield Hostile("empty", {}, refused=any(map(is_required_input_field, inner.fields.values())))
    elif isinstance(inner, GraphQLEnumType):
        yield from (Hostile(what, value) for what, value in _misspelt(inner).items())
    elif isinstance(inner, GraphQLScalarType):
        yield from _BY_SCALAR[inner.name](ids)


_OBJECTS = {
    "nothing but an unknown field": {MARK: MARK},
    "a word": MARK,
    "a number": 1,
    "a list of lists": [[{}]],
}


def _lists(type_: GraphQLList[Any], ids: Mapping[str, str]) -> Iterator[Hostile]:
    yield Hostile("an empty list", [], refused=False)
    yield Hostile("1,001 items", [ids["Signal"]] * 1_001)
    yield Hostile("lists in a list", [[[MARK]]])
    yield Hostile("an object", {MARK: 1})
    if isinstance(type_.of_type, GraphQLNonNull):
        yield Hostile("nulls", [None])


def _misspelt(type_: GraphQLEnumType) -> dict[str, Any]:
    name = next(iter(type_.values))
    return {
        "lower case": name.lower(),
        "a space behind": f"{name} ",
        "NUL behind": f"{name}\0",
        "unknown": MARK.upper(),
        "a number": 0,
        "a list of lists": [[name]],
        "an object": {name: name},
    }


def _texts(_ids: Mapping[str, str]) -> Iterator[Hostile]:
    yield from (Hostile(what, text) for what, text in _TEXTS.items())
    yield from (Hostile(what, text, refused=False) for what, text in _ODD_TEXTS.items())
    yield from (Hostile(what, value) for what, value in _NO_TEXTS.items())


_NO_TEXTS = {
    "a number": 1,
    "a fraction": 0.5,
    "a truth value": True,
    "a list of lists": [[MARK]],
    "an object": {"a": 1},
}


def _ids(ids: Mapping[str, str]) -> Iterator[Hostile]:
    """An id of nothing is not found, or leads to null: it is no wrong input."""
    texts = {f"the id of a {what}": ids[what] for what in ("Signal", "Participant", "Case", "CaseNote", "VictimReport")}
    texts |= _TEXTS | {what: _ODD_TEXTS[what] for what in ("empty", "right to left", "200,000 characters")}
    for what, text in {**texts, **_wrong_ids(ids["Signal"])}.items():
        yield Hostile(what, text, refused=False)
    yield Hostile("a whole number", 1, refused=False)
    for what in ("a fraction", "a truth value", "a list of lists", "an object"):
        yield Hostile(what, _NO_TEXTS[what])


def _wrong_ids(id: str) -> dict[str, str]:
    return {
        "the id of nothing": f"{id[:4]}{'0' * 32}",
        "an id cut off": id[:-1],
        "an id in capitals": id.upper(),
        "an id with NUL": f"{id}\0",
        "no hexadecimal digits": f"{id[:4]}{'g' * 32}",
        "an unknown noun": f"xyz_{id[4:]}",
        "other digits": f"{id[:4]}{'٣' * 32}",
    }


def _numbers(_ids: Mapping[str, str]) -> Iterator[Hostile]:
    yield from (Hostile(what, number) for what, number in _NUMBERS.items())
    yield from (Hostile(what, number, refused=False) for what, number in _ODD_NUMBERS.items())


def _times(_ids: Mapping[str, str]) -> Iterator[Hostile]:
    yield from (Hostile(what, time) for what, time in _TIMES.items())


def _truth_values(_ids: Mapping[str, str]) -> Iterator[Hostile]:
    for value in (1, "true", MARK, [[True]], {"a": True}):
        yield Hostile(f"{value!r}", value)


def _representations(ids: Mapping[str, str]) -> Iterator[Hostile]:
    signal = ids["Signal"]
    values: tuple[Any, ...] = (
        {},
        MARK,
        1,
        [[]],
        {"__typename": "Signal"},
        {"__typename": "Query", "id": signal},
        {"__typename": "Node", "id": signal},
        {"__typename": MARK, "id": signal},
        {"__typename": ["Signal"], "id": signal},
        {"__typename": "Signal", "id": [signal]},
        {"__typename": "Signal", "id": {"a": MARK}},
        {"__typename": "Signal", "id": None},
        {"__typename": "Signal", "type": "URL"},
        {"__typename": "Signal", "matchTagKey": 1},
        {"__typename": "Signal", "type": "URL", "matchTagKey": [MARK]},
        {"__typename": "Signal", "type": {"a": MARK}, "matchTagKey": f"1:1:{'0' * 64}"},
        {"__typename": "Participant", "slug": 7},
        {"__typename": "Participant", "slug": None},
        {"__typename": "Case", "slug": "alder"},
    )
    for value in values:
        yield Hostile(f"{value!r}", value)
    for text in (MARK, "\0", "x" * 10_000, f"1:1:{'0' * 64}\n", f"1:1:{'٣' * 64}"):
        yield Hostile(f"{text[:20]!r}", {"__typename": "Participant", "slug": text}, refused=False)
        by_tag = {"__typename": "Signal", "type": text, "matchTagKey": text}
        yield Hostile(f"{text[:20]!r}", by_tag, refused=False)
    for text in (f"{signal}\0", ids["Case"], MARK * 1_000):
        yield Hostile(f"{text[:20]!r}", {"__typename": "Signal", "id": text, MARK: MARK}, refused=False)


_BY_SCALAR = {
    "String": _texts,
    "ID": _ids,
    "Int": _numbers,
    "DateTime": _times,
    "Boolean": _truth_values,
    "_Any": _representations,
}


def odd_texts() -> list[str]:
    return [*_TEXTS.values(), *_ODD_TEXTS.values()]
