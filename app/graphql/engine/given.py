"""Reads what is given at one place of a document, as its resolver gets it, by a closure made once for the place.

graphql-core would read the document's own values anew in each call, and the library find out the types of all.
"""

from collections.abc import Callable
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNonNull,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.relay import GlobalID
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import StrawberryMaybe

from app.graphql.engine.values import declaration
from app.graphql.types.plain_input import list_reader

Given = Callable[[VariableValues], dict[str, Any]]
"""From the variables to the arguments, by their names in Python. Raises: as graphql-core does."""

_Convert = Callable[[Any], Any]


def reader(schema: strawberry.Schema, field: GraphQLField, node: FieldNode) -> Given:
    stated = {argument.name.value: argument.value for argument in node.arguments or ()}
    name_of = schema.schema_converter.config.name_converter.from_argument
    named = {name_of(argument): argument for argument in declaration(field).arguments}
    parts = {
        name: (argument.python_name, _converter(schema, name, argument, field.args[name]))
        for name, argument in named.items()
    }
    # By a variable alone: the name it has in Python, the variable, how it is converted, and whether it may be null.
    taken = [
        (*parts[name], value.name.value, not isinstance(field.args[name].type, GraphQLNonNull))
        for name, value in stated.items()
        if isinstance(value, VariableNode)
    ]
    fixed: list[tuple[str, Any, _Convert]] | None = None

    def read_all(variables: VariableValues) -> dict[str, Any]:
        nonlocal fixed
        found = get_argument_values(field, node, variables, hide_suggestions=True)
        if fixed is None:
            own = [name for name in found if not isinstance(stated.get(name), VariableNode)]
            fixed = [(parts[name][0], found[name], parts[name][1]) for name in own]
        return {parts[name][0]: parts[name][1](value) for name, value in found.items()}

    def read(variables: VariableValues) -> dict[str, Any]:
        if fixed is None:
            return read_all(variables)
        made = {name: convert(value) for name, value, convert in fixed}
        for name, convert, variable, is_nullable in taken:
            value = variables.coerced.get(variable)
            if value is None and not (is_nullable and variable in variables.coerced):
                return read_all(variables)
            made[name] = convert(value)
        return made

    return read_all if any(_holds_variables(value) for value in stated.values()) else read


def _holds_variables(value: ValueNode) -> bool:
    """Whether any variable is inside, for the value as a whole is no matter."""
    within: tuple[ValueNode, ...] = ()
    if isinstance(value, ListValueNode):
        within = tuple(value.values)
    if isinstance(value, ObjectValueNode):
        within = tuple(part.value for part in value.fields)
    return any(isinstance(part, VariableNode) or _holds_variables(part) for part in within)


def _converter(schema: strawberry.Schema, name: str, argument: StrawberryArgument, of: GraphQLArgument) -> _Convert:
    of_list = list_reader(argument.type)
    if of_list is not None:
        return lambda value: None if value is None else of_list(value)
    if is_leaf_type(get_nullable_type(of.type)) and not _is_wrapped(argument):
        return _as_it_is
    converter = schema.schema_converter
    registry, config = converter.scalar_registry, converter.config
    return lambda value: convert_argument(value, argument.type, registry, config, path=(name,))


def _is_wrapped(argument: StrawberryArgument) -> bool:
    return isinstance(argument.type, StrawberryMaybe) or argument.type is GlobalID


def _as_it_is(value: Any) -> Any:
    return value
