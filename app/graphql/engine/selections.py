"""What an operation selects, as the specification collects it: fragments merged, what is skipped left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

from app.graphql.engine.unanswerable import Unanswerable

Selected = dict[str, list[FieldNode]]
"""By response key, in the order of the document, the places where it is selected."""


@dataclass(frozen=True, slots=True)
class Selections:
    """Collects selections of one operation, for one way in which its switches stand."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    switched: Mapping[str, bool | None]

    def of(self, type_: GraphQLObjectType, nodes: Iterable[FieldNode]) -> Selected:
        """What these fields together select of an object of the type."""
        return self.collected(type_, (node.selection_set for node in nodes if node.selection_set is not None))

    def collected(self, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> Selected:
        found: Selected = {}
        spread: set[str] = set()
        for selections in sets:
            self._collect(type_, selections, found, spread)
        return found

    def _collect(
        self, type_: GraphQLObjectType, selections: SelectionSetNode, found: Selected, spread: set[str]
    ) -> None:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._holds(node.type_condition.name.value, type_):
                    self._collect(type_, node.selection_set, found, spread)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)
                fragment = self.fragments[node.name.value]
                if self._holds(fragment.type_condition.name.value, type_):
                    self._collect(type_, fragment.selection_set, found, spread)

    def _holds(self, condition: str, type_: GraphQLObjectType) -> bool:
        conditional = self.schema.type_map[condition]
        if conditional is type_:
            return True
        return is_abstract_type(conditional) and self.schema.is_sub_type(conditional, type_)

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            if directive.name.value == "skip" and self._switch(directive):
                return False
            if directive.name.value == "include" and not self._switch(directive):
                return False
        return True

    def _switch(self, directive: DirectiveNode) -> bool:
        (argument,) = directive.arguments or ()
        value = argument.value
        if isinstance(value, BooleanValueNode):
            return value.value
        switched = self.switched.get(value.name.value) if isinstance(value, VariableNode) else None
        if switched is None:
            raise Unanswerable("a switch without a value")
        return switched
