"""Values that there are, or nearly are, among the arguments of generated documents, so that more of them get far."""

from collections import defaultdict
from collections.abc import Mapping
from random import Random
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLID,
    GraphQLInputType,
    ListValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    Visitor,
    get_named_type,
    is_abstract_type,
    is_input_object_type,
    is_leaf_type,
    is_union_type,
    parse,
    value_to_literal,
    visit,
)
from hypothesis import strategies as st
from schemathesis.graphql import nodes
from schemathesis.hooks import HookContext, HookDispatcher, HookScope

from tests.clients.judging import contract
from tests.flows.hostile_values import MARK

# How often a whole argument is one that succeeds, a value is a likely one in its place, and a text is marked.
WHOLE, LIKELY, MARKED = 0.3, 0.5, 0.15

_NAMED = parse("{ __typename }").definitions[0].selection_set.selections
_REFUSED = parse("{ __typename ... on Problem { code message } }").definitions[0].selection_set.selections

Plausible = Mapping[tuple[str, str], list[Any]]
"""Values by the name of what takes them, an argument or a field of an input, and by the name of their type."""


def mixing(known: Mapping[str, Any], ids: list[str]) -> HookDispatcher:
    """What schemathesis makes, mixed with what is `known` to succeed, by coordinate, and with ids of what there is."""
    hooks = HookDispatcher(scope=HookScope.TEST)
    plausible = _by_name(known)

    def before_generate_body(
        context: HookContext, strategy: st.SearchStrategy[DocumentNode]
    ) -> st.SearchStrategy[DocumentNode]:
        def mixed(document: DocumentNode, chance: Random) -> DocumentNode:
            info = TypeInfo(contract())
            return visit(document, TypeInfoVisitor(info, _Mix(info, chance, known, plausible, ids)))

        return st.builds(mixed, strategy, st.randoms(use_true_random=False))

    hooks.register_hook_with_name(before_generate_body, "before_generate_body")
    return hooks


def _by_name(known: Mapping[str, Any]) -> Plausible:
    found: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)

    def add(name: str, type_: GraphQLInputType, value: Any) -> None:
        named = get_named_type(type_)
        if is_input_object_type(named):
            for part in value if isinstance(value, list) else [value]:
                for inner, given in part.items():
                    add(inner, named.fields[inner].type, given)
        elif value is not None:
            found[name, named.name].append(value)

    for coordinate, value in known.items():
        parent, _, rest = coordinate.removesuffix(":)").partition(".")
        field, _, name = rest.partition("(")
        arguments = contract().type_map[parent].fields[field].args
        if name in arguments:  # a mutation without input has none
            add(name, arguments[name].type, value)
    return found


class _Mix(Visitor):
    """Changes arguments, and asks for the name of what could be of several types, and why it is none of them."""

    def __init__(
        self, info: TypeInfo, chance: Random, known: Mapping[str, Any], plausible: Plausible, ids: list[str]
    ) -> None:
        super().__init__()
        self._info, self._chance = info, chance
        self._known, self._plausible, self._ids = known, plausible, ids

    def enter_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode | None:
        type_ = self._info.get_parent_type()
        if not is_abstract_type(type_):
            return None
        refusals = set(contract().get_possible_types(contract().type_map["Problem"]))
        more = _REFUSED if is_union_type(type_) and refusals & set(type_.types) else _NAMED
        return SelectionSetNode(selections=(*node.selections, *more))

    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        field, parent = self._info.get_field_def(), self._info.get_parent_type()
        if not node.arguments or field is None or parent is None:
            return None
        place = f"{parent.name}.{node.name.value}"
        return FieldNode(
            alias=node.alias,
            name=node.name,
            arguments=tuple(self._argument(place, argument, field.args) for argument in node.arguments),
            selection_set=node.selection_set,
        )

    def _argument(self, place: str, node: ArgumentNode, arguments: Mapping[str, GraphQLArgument]) -> ArgumentNode:
        name = node.name.value
        coordinate, type_ = f"{place}({name}:)", arguments[name].type
        if coordinate in self._known and self._chance.random() < WHOLE:
            return ArgumentNode(name=node.name, value=value_to_literal(self._known[coordinate], type_))
        return ArgumentNode(name=node.name, value=self._value(name, type_, node.value))

    def _value(self, name: str, type_: GraphQLInputType | None, node: ValueNode) -> ValueNode:
        named = get_named_type(type_)
        if isinstance(node, ObjectValueNode):
            types = {at: field.type for at, field in named.fields.items()} if is_input_object_type(named) else {}
            return ObjectValueNode(
                fields=tuple(self._field(types.get(field.name.value), field) for field in node.fields)
            )
        if isinstance(node, ListValueNode) and not is_leaf_type(named):
            return nodes.List([self._value(name, named, item) for item in node.values])
        chance = self._chance.random()
        likely = self._plausible.get((name, named.name)) if named and type_ else None
        if likely and type_ and chance < LIKELY:
            return value_to_literal(self._chance.choice(likely), type_) or node
        if isinstance(node, StringValueNode):
            if chance > 1 - MARKED:
                return nodes.String(MARK + node.value)
            if named is GraphQLID and chance > LIKELY:
                return nodes.String(self._chance.choice(self._ids))
        return node

    def _field(self, type_: GraphQLInputType | None, node: ObjectFieldNode) -> ObjectFieldNode:
        return ObjectFieldNode(name=node.name, value=self._value(node.name.value, type_, node.value))
