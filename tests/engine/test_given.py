"""What is given at one place is read by its closure as graphql-core and the library read it, time and again."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import FieldNode, GraphQLError, GraphQLField, OperationDefinitionNode, parse
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

from app.graphql.engine import given
from app.graphql.engine.values import declaration
from app.graphql.schema import schema
from app.graphql.variables import Variables

ID = "sig_" + "0f" * 16
# Documents of one field at the root, and sets of variables one after the other.
CALLS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "nothing": ("{ signals { edges { cursor } } }", [{}, {}]),
    "a variable": ("query ($id: ID!) { signal(id: $id) { id } }", [{"id": ID}, {"id": 7}, {"id": ""}]),
    "a literal": ("{ signals(first: 3, after: null, orderBy: CREATED_OLDEST_FIRST) { edges { cursor } } }", [{}, {}]),
    "a variable left off": (
        "query ($first: Int! = 7, $after: String) { signals(first: $first, after: $after) { edges { cursor } } }",
        [{}, {"after": "x"}, {"after": None, "first": 2}, {}],
    ),
    "a null where none may be": (
        "query ($first: Int = 7) { signals(first: $first) { edges { cursor } } }",
        [
            {},
            {"first": None},
            {"first": 2},
        ],
    ),
    "an object": (
        "query ($filter: SignalFilterInput) { signals(filter: $filter) { edges { cursor } } }",
        [{"filter": {"types": ["URL"]}}, {}, {"filter": None}, {"filter": {"types": "URL"}}],
    ),
    "a variable inside an object": (
        "query ($type: SignalType!) { signals(filter: {types: [$type]}) { edges { cursor } } }",
        [{"type": "URL"}, {"type": "KEYWORD"}],
    ),
    "an object of literals": ("{ signals(filter: {types: [URL, KEYWORD]}) { edges { cursor } } }", [{}, {}]),
    "plain inputs": (
        "query ($values: [MatchValueInput!]!) { matchSignals(values: $values) { index } }",
        [{"values": [{"type": "URL", "value": "x"}, {"type": "KEYWORD", "value": "y"}]}, {"values": []}],
    ),
    "a list": ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", [{"ids": [ID, 7]}, {"ids": ID}]),
}


def usual(field: GraphQLField, node: FieldNode, variables: VariableValues) -> dict[str, Any]:
    converter = schema.schema_converter
    found = get_argument_values(field, node, variables, hide_suggestions=True)
    return convert_arguments(found, declaration(field).arguments, converter.scalar_registry, converter.config)


def outcome(read: Callable[[VariableValues], object], variables: VariableValues) -> object:
    try:
        return read(variables)
    except GraphQLError as error:
        return error.message


@pytest.mark.parametrize(("text", "sets"), CALLS.values(), ids=CALLS.keys())
def test_it_is_read_as_usual(text: str, sets: list[dict[str, Any]]) -> None:
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    (node,) = operation.selection_set.selections
    assert isinstance(node, FieldNode)
    root = schema._schema.query_type
    assert root is not None
    field = root.fields[node.name.value]
    read, variables = given.reader(schema, field, node), Variables.of(schema._schema, operation)
    for values in sets + sets:
        asked = variables.values(values)
        assert outcome(read, asked) == outcome(lambda given: usual(field, node, given), asked)


def test_a_list_is_nobody_elses() -> None:
    (operation,) = parse('{ nodes(ids: ["a", "b"]) { id } }').definitions
    assert isinstance(operation, OperationDefinitionNode)
    (node,) = operation.selection_set.selections
    root = schema._schema.query_type
    assert isinstance(node, FieldNode)
    assert root is not None
    read, nothing = given.reader(schema, root.fields["nodes"], node), VariableValues({}, {})
    read(nothing)["ids"].append("c")
    assert read(nothing) == {"ids": ["a", "b"]}
