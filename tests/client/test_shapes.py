"""Whatever an answer lacks, or has otherwise than its type says, is told as what it is: no error of the language's."""

from collections.abc import Callable, Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from app.client import operating, operations
from app.client.errors import Unexpected
from app.client.operations import Operation
from tests.client.test_conversation import answer, asked
from tests.client.test_documents import CALLS, name_of

LAST = {"hasNextPage": False, "endCursor": None}


def examples(kind: Any) -> Iterator[Any]:
    """One of each alternative, with all that may be there."""
    if is_typeddict(kind):
        hints = get_type_hints(kind)
        yield {name: next(examples(one)) for name, one in hints.items()}
        for name, one in hints.items():
            for other in list(examples(one))[1:]:
                yield {**{name: next(examples(one)) for name, one in hints.items()}, name: other}
    elif get_origin(kind) in (Union, UnionType):
        for one in get_args(kind):
            yield from examples(one)
    elif get_origin(kind) is list:
        for one in examples(*get_args(kind)):
            yield [one]
    elif get_origin(kind) is Literal:
        yield "OF_A_LATER_VERSION"
    elif get_origin(kind) is dict:
        yield {"any": "thing"}
    else:
        yield {str: "text", int: 3, bool: True, NoneType: None}[kind]


def spoilt(kind: Any, good: Any) -> Iterator[Any]:
    """The good answer of that type with one fault, for each fault that there is room for."""
    kinds = [one for one in get_args(kind) if one is not NoneType]
    if get_origin(kind) in (Union, UnionType) and len(kinds) == 1:
        if good is not None:
            yield from spoilt(kinds[0], good)
    elif is_typeddict(kind):
        yield from ([], "text")
        for name, one in get_type_hints(kind).items():
            if name in kind.__required_keys__:
                yield {other: value for other, value in good.items() if other != name}
            yield from ({**good, name: bad} for bad in spoilt(one, good[name]))
    elif get_origin(kind) is list:
        yield from ({}, "text", [*good, []])
        yield from ([bad] for bad in spoilt(*get_args(kind), good[0]))
    elif kind is int:
        yield from ("3", True, 3.5, [])
    else:
        yield from (5, [], {}) if get_origin(kind) is not dict else (5, [])


def with_its_faults(kind: Any) -> Iterator[tuple[Any, list[Any]]]:
    alternatives = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    for one in alternatives:
        for good in examples(one):
            yield good, list(spoilt(one, good)) if one is not NoneType else []


def field(call: Callable[..., Operation[Any]], told: Any) -> Any:
    place = CALLS[call][2]
    return answer(body={"data": {"asked": {place: told} if place else told}})


@pytest.mark.parametrize("call", CALLS, ids=name_of)
def test_an_answer_of_another_shape_is_unexpected(call: Callable[..., Operation[Any]]) -> None:
    given, named, _ = CALLS[call]
    operation = call(*given, **named)
    (kind,) = get_args(get_type_hints(call)["return"])
    faults = 0
    for good, bad in with_its_faults(kind):
        assert asked(operation, field(call, good))[1] == good
        for one in bad:
            faults += 1
            assert isinstance(asked(operation, field(call, one))[1], Unexpected), one
    assert faults >= 3


def test_a_feed_that_stands_still_is_not_followed() -> None:
    page = {"items": [], "endCursor": "here", "caughtUp": False, "normaliserVersion": 1}
    for after, caught_up, goes_on in (("here", False, False), ("here", True, True), ("there", False, True)):
        told = answer(body={"data": {"changes": {**page, "caughtUp": caught_up}}})
        _, found = asked(operations.changes(after, scopes=()), told)
        assert isinstance(found, Unexpected) != goes_on


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        (operating.page("clients", ()), {"edges": []}),
        (
            operating.page("clients", ()),
            {"edges": [{"node": 1}], "pageInfo": {"hasNextPage": False, "endCursor": None}},
        ),
        (operating.page("people", ()), {"edges": [], "pageInfo": {"hasNextPage": "no", "endCursor": None}}),
        (operating.change("disable_client", clientId="cli_1"), []),
    ],
)
def test_so_is_that_of_an_operators_call(operation: Operation[Any], told: Any) -> None:
    assert isinstance(asked(operation, answer(body={"data": {"asked": told}}))[1], Unexpected)
