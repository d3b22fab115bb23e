"""Readers of variables: what graphql-core makes of decoded JSON, by closures that are generated once for each type."""

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    is_required_input_field,
    type_from_ast,
)
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

Reader = Callable[[Any], Any]
"""From a value of decoded JSON to what resolvers get.

Raises: NotCoercible.
"""

VariablesReader = Callable[[Mapping[str, object]], dict[str, object]]


class NotCoercible(Exception):
    """A value that is none of its type. Without words: graphql-core has them, where somebody wants to read them."""


class _Nothing:
    """No value is of this class."""


# What goes through as it is, by type; anything else of these types is for graphql-core to judge.
_AS_IT_IS: dict[GraphQLInputType, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}

_objects: WeakKeyDictionary[GraphQLInputObjectType, Reader] = WeakKeyDictionary()


def variables_reader(schema: GraphQLSchema, operation: OperationDefinitionNode) -> VariablesReader:
    """Reads the variables of a validated operation, those that it does not define left out.

    The reader raises NotCoercible if any is missing or none of its type.
    """
    defined = [_variable(schema, node) for node in operation.variable_definitions or ()]

    def read(given: Mapping[str, object]) -> dict[str, object]:
        made: dict[str, object] = {}
        for name, read_value, left_off in defined:
            if name in given:
                made[name] = read_value(given[name])
            else:
                value = left_off()
                if value is not Undefined:
                    made[name] = value
        return made

    return read


def reader(type_: GraphQLInputType) -> Reader:
    if isinstance(type_, GraphQLNonNull):
        return _reader(type_.of_type)
    read = _reader(type_)

    def read_optional(value: Any) -> Any:
        return None if value is None else read(value)

    return read_optional


def _variable(schema: GraphQLSchema, node: VariableDefinitionNode) -> tuple[str, Reader, Callable[[], Any]]:
    type_: Any = type_from_ast(schema, node.type)
    return node.variable.name.value, reader(type_), _left_off(type_, node)


def _left_off(type_: GraphQLInputType, node: VariableDefinitionNode) -> Callable[[], Any]:
    """What stands for a variable that is not given; lists and objects are made anew, as a resolver may change them."""
    default = node.default_value
    if default is not None:
        made = coerce_input_literal(default, type_)
        if made is Undefined:
            return _refuse
        return (
            (lambda: coerce_input_literal(default, type_))
            if isinstance(default, ListValueNode | ObjectValueNode) or _is_list(type_)
            else (lambda: made)
        )
    return _refuse if isinstance(type_, GraphQLNonNull) else (lambda: Undefined)


def _is_list(type_: GraphQLInputType) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)


def _refuse() -> Any:
    raise NotCoercible


def _reader(type_: Any) -> Reader:
    """Of a type without its `!`; null is refused."""
    if isinstance(type_, GraphQLList):
        return _list_reader(reader(type_.of_type))
    if isinstance(type_, GraphQLInputObjectType):
        return _lazily(type_)
    if isinstance(type_, GraphQLEnumType):
        return _enum_reader(type_)
    return _int_reader() if type_ is GraphQLInt else _scalar_reader(type_)


def _list_reader(read_item: Reader) -> Reader:
    def read(value: Any) -> list[Any]:
        """One that is no list stands for a list of itself."""
        if isinstance(value, list):
            return list(map(read_item, value))
        if value is None:
            raise NotCoercible
        return [read_item(value)]

    return read


def _enum_reader(type_: GraphQLEnumType) -> Reader:
    values = {name: type_.coerce_input_value(name) for name in type_.values}

    def read(value: Any) -> Any:
        try:
            return values[value]
        except (KeyError, TypeError):
            raise NotCoercible from None

    return read


def _int_reader() -> Reader:
    read_any = _scalar_reader(GraphQLInt)

    def read(value: Any) -> Any:
        fits = value.__class__ is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT
        return value if fits else read_any(value)

    return read


def _as_it_is(type_: GraphQLInputType) -> type:
    """The class whose values go through unchanged: most are texts, for which a call of their own is the larger part."""
    return _AS_IT_IS.get(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, _Nothing)


def _scalar_reader(type_: GraphQLScalarType) -> Reader:
    as_it_is, coerce = _as_it_is(type_), type_.coerce_input_value

    def read(value: Any) -> Any:
        if value.__class__ is as_it_is:
            return value
        if value is None:
            raise NotCoercible
        try:
            made = coerce(value)
        except Exception:
            # graphql-core takes any exception of a scalar as its refusal, too.
            raise NotCoercible from None
        if made is Undefined:
            raise NotCoercible
        return made

    return read


def _lazily(type_: GraphQLInputObjectType) -> Reader:
    """Its fields are looked at when the first value comes, as a type may hold itself."""

    def read(value: Any) -> Any:
        read_object = _objects.get(type_)
        if read_object is None:
            read_object = _objects[type_] = _object_reader(type_)
        return read_object(value)

    return read


def _object_reader(type_: GraphQLInputObjectType) -> Reader:
    fields = {
        name: (field.out_name or name, _as_it_is(field.type), reader(field.type))
        for name, field in type_.fields.items()
    }
    needed = {name for name, field in type_.fields.items() if is_required_input_field(field)}
    defaults = _defaults(type_)
    finish = _finisher(type_)

    def read(value: Any) -> Any:
        if not isinstance(value, dict) or not needed <= value.keys():
            raise NotCoercible
        made = defaults.copy()
        try:
            for name, given in value.items():
                out_name, as_it_is, read_field = fields[name]
                made[out_name] = given if given.__class__ is as_it_is else read_field(given)
        except KeyError:
            raise NotCoercible from None
        return made if finish is None else finish(value, made)

    return read


def _defaults(type_: GraphQLInputObjectType) -> dict[str, Any]:
    """Shared by all who leave a field off, as graphql-core shares them too."""
    made = {field.out_name or name: coerce_default_value(field) for name, field in type_.fields.items()}
    return {name: value for name, value in made.items() if value is not Undefined}


def _finisher(type_: GraphQLInputObjectType) -> Callable[[dict[str, Any], dict[str, Any]], Any] | None:
    """What is done with the fields of an object once they are read; null for nothing."""
    out_type = type_.out_type
    if out_type is GraphQLInputObjectType.out_type and not type_.is_one_of:
        return None

    def finish(given: dict[str, Any], made: dict[str, Any]) -> Any:
        if type_.is_one_of and (len(given) != 1 or len(made) != 1 or None in made.values()):
            raise NotCoercible
        return out_type(made)

    return finish
