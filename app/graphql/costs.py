"""What an operation costs before it runs: objects that it may answer with and items that it sends, by their weights.

After the cost specification for GraphQL: an object is 1 and a scalar nothing, unless @cost says otherwise; a list is
what its items are, times the size that @listSize or `Sized` tells.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SchemaMetaFieldDef,
    SelectionNode,
    SelectionSetNode,
    TypeMetaFieldDef,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)
from strawberry.federation.schema_directives import ListSize
from strawberry.schema.schema_converter import GraphQLCoreConverter

from app.graphql.cost_words import SIZED, Sized
from app.graphql.input_costs import InputCosts, value_of, weight_of
from app.graphql.prices import Price, at, product, total

# A mutation writes, whatever it answers; each event of a subscription looks up anew who asks.
MUTATION_WEIGHT: Final = 10
# Of a list that says no size; in this schema only introspection has such lists.
UNTOLD_SIZE: Final = 10
# The library's own, on which no declaration of ours can stand.
_LIBRARY_SIZES: Final = {"_entities": Sized(("representations",))}
_META_FIELDS: Final = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
# The text of the whole schema has 100 KB.
_LIBRARY_WEIGHTS: Final = {"_service": 500}
# With which condition these let a selection pass.
_PASSING: Final = {"skip": False, "include": True}


class Split(NamedTuple):
    """What a selection set costs by itself, and for each item of the lists that the field above it sizes."""

    fixed: Price = 0
    each: Price = 0


@dataclass(frozen=True, slots=True)
class FieldCost:
    """What a field costs, apart from what is selected of it."""

    definition: GraphQLField
    weight: int
    is_list: bool
    size: int
    # Where in its arguments the size is told, and of which of the fields below it that is the size; of itself if none.
    sized_by: tuple[tuple[str, ...], ...]
    sizes: frozenset[str]

    @classmethod
    def of(cls, name: str, definition: GraphQLField) -> "FieldCost":
        stated = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        listed = next((d for d in getattr(stated, "directives", None) or () if isinstance(d, ListSize)), None)
        sized: Sized | None = (getattr(stated, "metadata", None) or {}).get(SIZED) or _LIBRARY_SIZES.get(name)
        by = tuple((argument,) for argument in (listed and listed.slicing_arguments) or ())
        below = frozenset((listed and listed.sized_fields) or ())
        return cls(
            definition,
            _weight(name, definition),
            is_list_type(get_nullable_type(definition.type)),
            (sized and sized.size) or (listed and listed.assumed_size) or UNTOLD_SIZE,
            (sized.by,) if sized and sized.by else by,
            frozenset(sized.fields) if sized else below,
        )

    def told_size(self, node: FieldNode) -> Price:
        """The largest of the sizes that the arguments tell."""
        given = {argument.name.value: value_of(argument.value) for argument in node.arguments or ()}
        told = [_size(given, path, self._default(path[0])) for path in self.sized_by]
        if len(told) == 1:
            return told[0]
        return (lambda values: max([at(size, values) for size in told])) if told else self.size

    def _default(self, argument: str) -> int:
        default = self.definition.args[argument].default_value
        return default if isinstance(default, int) else self.size


def _weight(name: str, definition: GraphQLField) -> int:
    type_ = get_named_type(definition.type)
    stated = (weight_of(definition), weight_of(type_), _LIBRARY_WEIGHTS.get(name))
    return next((weight for weight in stated if weight is not None), int(not is_leaf_type(type_)))


def _size(given: Mapping[str, Any], path: tuple[str, ...], default: int) -> Price:
    if path[0] not in given:
        return default
    value = given[path[0]]
    if callable(value):
        return lambda values: _length(_inner(value(values), path[1:]), default)
    return _length(_inner(value, path[1:]), default)


def _inner(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _length(value: Any, default: int) -> int:
    if isinstance(value, list):
        return len(value)
    # One item is a list of one, as GraphQL reads inputs.
    if value is None or value is Undefined:
        return default
    return max(0, value) if isinstance(value, int) else 1


@dataclass(slots=True)
class SchemaCosts:
    """What the fields of one schema cost, each looked at once."""

    schema: GraphQLSchema
    inputs: InputCosts = field(default_factory=InputCosts)
    _fields: dict[tuple[str, str], FieldCost | None] = field(default_factory=dict)

    def price(self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Price:
        """What a validated operation costs, in one pass over it."""
        root = self.schema.get_root_type(operation.operation)
        if root is None:
            return 0
        walk = Walk(self, fragments)
        base = 0 if operation.operation is OperationType.QUERY else MUTATION_WEIGHT
        return total([base, walk.on_type(root, operation.selection_set, frozenset()).fixed])

    def field_of(self, parent: GraphQLNamedType, name: str) -> FieldCost | None:
        """Null for `__typename`, which is free."""
        key = (parent.name, name)
        if key not in self._fields:
            found = _META_FIELDS.get(name)
            if found is None and isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
                found = parent.fields.get(name)
            self._fields[key] = None if found is None else FieldCost.of(name, found)
        return self._fields[key]


@lru_cache(maxsize=8)
def of(schema: GraphQLSchema) -> SchemaCosts:
    return SchemaCosts(schema)


@dataclass(slots=True)
class Walk:
    """One pass over an operation; each fragment is looked at once for each way in which its lists can be sized."""

    costs: SchemaCosts
    fragments: Mapping[str, FragmentDefinitionNode]
    visits: int = 0
    _done: dict[tuple[str, frozenset[str]], Split] = field(default_factory=dict)

    def on_type(self, type_: GraphQLNamedType, selections: SelectionSetNode | None, sized: frozenset[str]) -> Split:
        """`sized` are the fields of this type whose size the field above tells."""
        parts = [self._of_selection(node, type_, sized) for node in (selections.selections if selections else ())]
        return Split(total([part.fixed for part in parts]), total([part.each for part in parts]))

    def _of_selection(self, node: SelectionNode, parent: GraphQLNamedType, sized: frozenset[str]) -> Split:
        self.visits += 1
        switch = _switch(node)
        if switch == 0:
            return Split()
        found = self._passing(node, parent, sized)
        return found if switch == 1 else Split(product(switch, found.fixed), product(switch, found.each))

    def _passing(self, node: SelectionNode, parent: GraphQLNamedType, sized: frozenset[str]) -> Split:
        if isinstance(node, FieldNode):
            return self._of_field(node, parent, sized)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            on = self.costs.schema.type_map[condition.name.value] if condition else parent
            return self.on_type(on, node.selection_set, sized)
        if isinstance(node, FragmentSpreadNode):
            return self._of_fragment(node.name.value, sized)
        raise TypeError(f"unknown selection {type(node).__name__}")

    def _of_field(self, node: FieldNode, parent: GraphQLNamedType, sized: frozenset[str]) -> Split:
        cost = self.costs.field_of(parent, node.name.value)
        if cost is None:
            return Split()
        below = self.on_type(get_named_type(cost.definition.type), node.selection_set, cost.sizes)
        size = cost.told_size(node)
        item = total([cost.weight, below.fixed, product(size, below.each)])
        inputs = total(self.costs.inputs.price(node, cost.definition.args))
        if not cost.is_list:
            return Split(total([item, inputs]))
        if node.name.value in sized:
            return Split(inputs, item)
        return Split(total([product(size, item), inputs]))

    def _of_fragment(self, name: str, sized: frozenset[str]) -> Split:
        key = (name, sized)
        if key not in self._done:
            fragment = self.fragments[name]
            on = self.costs.schema.type_map[fragment.type_condition.name.value]
            self._done[key] = self.on_type(on, fragment.selection_set, sized)
        return self._done[key]


def _switch(node: SelectionNode) -> Price:
    """1 for what is asked for, 0 for what is skipped."""
    found: Price = 1
    for directive in node.directives or ():
        if directive.name.value in _PASSING:
            found = product(found, _condition(directive))
    return found


def _condition(directive: DirectiveNode) -> Price:
    passing = _PASSING[directive.name.value]
    (condition,) = directive.arguments or ()
    value = value_of(condition.value)
    if callable(value):
        return lambda values: int((value(values) is True) is passing)
    return int((value is True) is passing)
