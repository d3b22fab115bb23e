"""Reading variables by generated closures gives what graphql-core gives, or refuses what it refuses."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    build_schema,
    get_operation_ast,
    is_input_type,
    parse,
)
from graphql.execution import get_variable_values
from graphql.utilities import coerce_input_value
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from app.graphql import coercion
from app.graphql.coercion import NotCoercible, reader, variables_reader
from app.graphql.schema import schema

OURS = schema._schema
# What ours does not have: one of several fields, a type that holds itself, lists in lists, defaults within defaults.
OTHER = build_schema("""
    input One @oneOf { a: Int b: [String!] }
    input Tree { name: String! = "leaf" below: [Tree!] size: Float one: One }
    input Deep { rows: [[Int!]]! = [[1], [2, 3]] tree: Tree = {name: "root", below: [{}]} yes: Boolean! = true }
    type Query { a(tree: Tree, deep: [Deep!]!, one: One): Int }
""")
TYPES = [
    type_
    for graph in (OURS, OTHER)
    for name, type_ in graph.type_map.items()
    if is_input_type(type_) and name[:2] != "__"
]
EXAMPLES = settings(
    max_examples=1_500,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

_ODD = (
    st.none()
    | st.booleans()
    | st.integers(-(2**54), 2**54)
    | st.floats()
    | st.text(max_size=5)
    | st.just([])
    | st.just({})
)
_TEXTS = st.text(max_size=8) | st.sampled_from(["2026-07-01T12:00:00Z", "2026-07-01T12:00:00.25+02:00", "2026-07-01"])
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Int": st.integers(-(2**31), 2**31 - 1) | st.sampled_from([1.0, 2**31, 1.5]),
    "Float": st.floats() | st.integers(-(2**60), 2**60),
    "BigInt": st.integers(-(2**54), 2**54),
    "Boolean": st.booleans(),
    "ID": st.text(max_size=5) | st.integers(),
    "_Any": st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
}


def values(type_: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """What is mostly of the type, and sometimes not quite."""
    if isinstance(type_, GraphQLNonNull):
        return _mostly(_of(type_.of_type, depth))
    return st.none() | _mostly(_of(type_, depth))


def _mostly(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 40).flatmap(lambda chance: _ODD if chance == 7 else right)


def _of(type_: Any, depth: int) -> st.SearchStrategy[Any]:
    if isinstance(type_, GraphQLList):
        item = values(type_.of_type, depth + 1)
        return item if depth > 4 else st.lists(item, max_size=3) | item
    if isinstance(type_, GraphQLInputObjectType):
        return st.just({}) if depth > 4 else st.deferred(lambda: _object(type_, depth))
    if isinstance(type_, GraphQLEnumType):
        return st.sampled_from([*type_.values, "NONE_OF_THEM"]) if type_.values else st.just("NONE_OF_THEM")
    return _SCALARS.get(type_.name, _TEXTS)


def _object(type_: GraphQLInputObjectType, depth: int) -> st.SearchStrategy[Any]:
    fields = {name: values(field.type, depth + 1) for name, field in type_.fields.items()}
    needed = {name for name, field in type_.fields.items() if isinstance(field.type, GraphQLNonNull)}
    right = st.fixed_dictionaries(
        {name: fields[name] for name in needed}, optional={n: f for n, f in fields.items() if n not in needed}
    )
    some = st.fixed_dictionaries({}, optional={**fields, "noSuchField": _ODD})
    return st.integers(0, 15).flatmap(lambda chance: some if chance == 7 else right)


def read(read_value: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read_value(value)
    except NotCoercible:
        return Undefined


def agrees(type_: Any, value: Any) -> bool:
    """Classes too: 1, 1.0 and True are equal."""
    ours, library = read(reader(type_), value), coerce_input_value(value, type_)
    return ours is library is Undefined or (ours == library and _classes(ours) == _classes(library))


def _classes(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _classes(part) for name, part in value.items()}
    return [_classes(part) for part in value] if isinstance(value, list) else type(value)


def wrapped() -> st.SearchStrategy[Any]:
    ways: list[Callable[[Any], Any]] = [
        lambda t: t,
        GraphQLNonNull,
        GraphQLList,
        lambda t: GraphQLNonNull(GraphQLList(GraphQLNonNull(t))),
    ]
    return st.sampled_from(TYPES).flatmap(lambda type_: st.sampled_from([way(type_) for way in ways]))


CASES = wrapped().flatmap(lambda type_: st.tuples(st.just(type_), values(type_)))


@given(CASES)
@EXAMPLES
def test_every_input_type_is_read_as_by_the_library(case: tuple[Any, Any]) -> None:
    assert agrees(*case)


def test_the_values_are_good_and_bad() -> None:
    for wanted in (True, False):
        find(CASES, lambda c, w=wanted: isinstance(c[1], dict) and (coerce_input_value(c[1], c[0]) is Undefined) is w)


def _no_list_of_one(read_item: coercion.Reader) -> coercion.Reader:
    return lambda value: [read_item(item) for item in value]


def _any_integer() -> coercion.Reader:
    return lambda value: value


@pytest.mark.parametrize(
    ("part", "mutant"),
    [
        ("_list_reader", _no_list_of_one),
        ("_int_reader", _any_integer),
        ("_defaults", lambda _: {}),
        ("_finisher", lambda _: None),
        ("is_required_input_field", lambda _: False),
    ],
)
def test_a_reader_that_reads_anything_else_is_caught(
    monkeypatch: pytest.MonkeyPatch, part: str, mutant: Callable[..., Any]
) -> None:
    monkeypatch.setattr(coercion, "_objects", type(coercion._objects)())
    monkeypatch.setattr(coercion, part, mutant)

    def differs(case: tuple[Any, Any]) -> bool:
        try:
            return not agrees(*case)
        except Exception:
            return True

    find(CASES, differs, settings=settings(EXAMPLES, max_examples=20_000))


def operation(text: str) -> OperationDefinitionNode:
    found = get_operation_ast(parse(text))
    assert found is not None
    return found


def both(graph: GraphQLSchema, text: str, given_: dict[str, Any]) -> tuple[Any, Any]:
    asked = operation(text)
    library = get_variable_values(graph, asked.variable_definitions or (), given_)
    ours = read(variables_reader(graph, asked), given_)
    return ours, Undefined if isinstance(library, list) else library.coerced


VARIABLES = """query($one: One, $deep: [Deep!]! = {rows: 7}, $tree: Tree = {size: 1}, $size: Int! = 3, $free: String) {
    a(one: $one, deep: $deep, tree: $tree) }"""


@pytest.mark.parametrize(
    "given_",
    [
        {},
        {"one": {"a": 1}, "unknown": 1},
        {"one": {"a": None}},
        {"one": {"a": 1, "b": None}},
        {"deep": [], "tree": None, "free": None},
        {"deep": None},
        {"size": None},
        {"size": True},
        {"tree": {"below": {"below": [{"name": None}]}}},
        {"free": 1},
    ],
)
def test_variables_are_read_as_by_the_library(given_: dict[str, Any]) -> None:
    ours, library = both(OTHER, VARIABLES, given_)
    assert ours == library
    assert (ours is Undefined) is (library is Undefined)


def test_a_variable_without_a_value_or_a_default_is_missing() -> None:
    assert both(OTHER, "query($deep: [Deep!]!) { a(deep: $deep) }", {}) == (Undefined, Undefined)


def test_a_default_list_is_nobody_else_s() -> None:
    read_variables = variables_reader(OTHER, operation("query($deep: [Deep!]! = []) { a(deep: $deep) }"))
    first = read_variables({})["deep"]
    assert isinstance(first, list)
    first.append("left behind")
    assert read_variables({}) == {"deep": []}


def test_a_mutant_is_not_caught_by_chance() -> None:
    with pytest.raises(NoSuchExample):
        find(CASES, lambda case: not agrees(*case), settings=settings(EXAMPLES, max_examples=500))
