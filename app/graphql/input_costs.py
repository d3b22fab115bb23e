"""What arguments cost: each object that is sent, and what the schema gives a weight."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
    value_from_ast_untyped,
)
from strawberry.federation.schema_directives import Cost
from strawberry.schema.schema_converter import GraphQLCoreConverter

from app.graphql.cost_words import WHEN
from app.graphql.prices import Price, Values

Definition: TypeAlias = GraphQLArgument | GraphQLInputField
Worth: TypeAlias = int | Callable[[Any], int]
"""What one item costs, of an input that may be a list: a number, or depending on the item."""

# Of an object that is sent and has no weight of its own.
OBJECT_WEIGHT = 1


class InputCosts:
    """What inputs of one schema cost; each type is looked at once."""

    def __init__(self) -> None:
        self._objects: dict[str, Mapping[str, Worth]] = {}

    def price(self, node: FieldNode, arguments: Mapping[str, GraphQLArgument]) -> list[Price]:
        """What the arguments of a field cost that are given; what is left off costs nothing."""
        found: list[Price] = []
        for given in node.arguments or ():
            worth = self._worth(arguments[given.name.value])
            if worth != 0:
                found.append(_priced(worth, value_of(given.value)))
        return found

    def _worth(self, definition: Definition) -> Worth:
        stated = weight_of(definition)
        type_ = get_named_type(definition.type)
        if not isinstance(type_, GraphQLInputObjectType):
            return _conditional(definition) or stated or 0
        base = OBJECT_WEIGHT if stated is None else stated
        parts = self._parts(type_)
        if not parts:
            return base

        return _of_object(base, list(parts.items()))

    def _parts(self, type_: GraphQLInputObjectType) -> Mapping[str, Worth]:
        """Of its fields those that cost something. A type within itself costs at its outermost place."""
        if type_.name not in self._objects:
            self._objects[type_.name] = {}
            worths = {name: self._worth(field) for name, field in type_.fields.items()}
            self._objects[type_.name] = {name: worth for name, worth in worths.items() if worth != 0}
        return self._objects[type_.name]


def cost(worth: Worth, value: Any) -> int:
    """Of one item, or of all in a list."""
    if value is None or value is Undefined:
        return 0
    if isinstance(value, list):
        return len(value) * worth if isinstance(worth, int) else sum([worth(item) for item in value])
    return worth if isinstance(worth, int) else worth(value)


def _of_object(base: int, parts: list[tuple[str, Worth]]) -> Worth:
    if len(parts) == 1:
        ((name, worth),) = parts
        return lambda item: base + cost(worth, item.get(name)) if isinstance(item, dict) else base

    def of_object(item: Any) -> int:
        return base + sum([cost(w, item.get(n)) for n, w in parts]) if isinstance(item, dict) else base

    return of_object


def value_of(node: ValueNode) -> Any | Callable[[Values], Any]:
    """What is written there, or how to get it from the variables."""
    if isinstance(node, VariableNode):
        name = node.name.value
        return lambda values: values.get(name, Undefined)
    if isinstance(node, ListValueNode | ObjectValueNode):
        return lambda values: value_from_ast_untyped(node, dict(values))
    return value_from_ast_untyped(node)


def weight_of(definition: Any) -> int | None:
    """What @cost says on a type, a field or an input."""
    stated = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return next((one.weight for one in getattr(stated, "directives", None) or () if isinstance(one, Cost)), None)


def _priced(worth: Worth, value: Any) -> Price:
    return (lambda values: cost(worth, value(values))) if callable(value) else cost(worth, value)


def _conditional(definition: Definition) -> Worth | None:
    stated = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    told: tuple[str, int] | None = (getattr(stated, "metadata", None) or {}).get(WHEN)
    if told is None:
        return None
    word, weight = told
    return lambda given: weight if given == word else 0
