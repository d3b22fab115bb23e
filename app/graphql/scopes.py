"""The scopes that the schema's own directives ask for, gathered once per document and compared at each request."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Protocol

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)
from strawberry.federation.schema_directives import RequiresScopes
from strawberry.schema.schema_converter import GraphQLCoreConverter

from app.errors import Forbidden
from app.rules.scopes import Scope

# Fields that GraphQL and the federation library add themselves, so that no directive of ours stands on them.
_LIBRARY_FIELDS = ("__schema", "__type", "_service")


class Caller(Protocol):
    @property
    def scopes(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a type or field asks for: all the scopes of any one of these sets. No set at all is met by nobody.

    That it asks for a token (`@authenticated`) says nothing more here: every caller of this server has one.
    """

    any_of: frozenset[frozenset[str]] = frozenset({frozenset()})

    def __and__(self, other: "Requirement") -> "Requirement":
        return Requirement(frozenset(one | another for one, another in product(self.any_of, other.any_of)))

    def met_by(self, scopes: frozenset[str]) -> bool:
        return any(way <= scopes for way in self.any_of)

    def missing_from(self, scopes: frozenset[str]) -> str:
        """What would be enough, in words."""
        ways = sorted(sorted(way - scopes) for way in self.any_of)
        return ", or ".join(" and ".join(way) for way in ways) or "that nobody has"


FREE = Requirement()

Need = tuple[str, Requirement]
"""A coordinate of the schema (`Signal` or `Signal.value`) and what it asks for."""


@dataclass(frozen=True, slots=True)
class SchemaScopes:
    """What one schema asks for, by coordinate: `Signal` for a type, `Signal.value` for a field."""

    schema: GraphQLSchema
    by_coordinate: Mapping[str, Requirement]

    def needs(
        self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> tuple[Need, ...]:
        """What a validated operation needs: for its fields, the types that they return, and those it asks about.

        Selections under `@skip` and `@include` count whatever their variables will say.
        """
        root = self.schema.get_root_type(operation.operation)
        if root is None:
            return ()
        found = _Walk(self.schema, fragments, {}).on_type(root, operation.selection_set)
        asked = ((coordinate, self.by_coordinate.get(coordinate, FREE)) for coordinate in sorted(found))
        return tuple(need for need in asked if not need[1].met_by(frozenset()))


@dataclass(frozen=True, slots=True)
class _Walk:
    """The way through one operation, collecting coordinates; each fragment is walked once."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    done: dict[str, frozenset[str]]

    def on_type(self, type_: GraphQLNamedType, selections: SelectionSetNode | None) -> frozenset[str]:
        found = {type_.name}
        for node in selections.selections if selections else ():
            found |= self._of_selection(node, type_)
        return frozenset(found)

    def _of_selection(self, node: SelectionNode, parent: GraphQLNamedType) -> frozenset[str]:
        if isinstance(node, FieldNode):
            return self._of_field(node, parent)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            on = self.schema.type_map[condition.name.value] if condition else parent
            return self.on_type(on, node.selection_set)
        if isinstance(node, FragmentSpreadNode):
            return self._of_fragment(node.name.value)
        raise TypeError(f"unknown selection {type(node).__name__}")

    def _of_field(self, node: FieldNode, parent: GraphQLNamedType) -> frozenset[str]:
        """Of an interface's field also what its implementations ask for, as any of them may answer."""
        name = node.name.value
        found = {f"{parent.name}.{name}"}
        if isinstance(parent, GraphQLInterfaceType):
            found |= {f"{type_.name}.{name}" for type_ in self.schema.get_possible_types(parent)}
        fields = parent.fields if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else {}
        if name in fields:
            found |= self.on_type(get_named_type(fields[name].type), node.selection_set)
        return frozenset(found)

    def _of_fragment(self, name: str) -> frozenset[str]:
        if name not in self.done:
            fragment = self.fragments[name]
            on = self.schema.type_map[fragment.type_condition.name.value]
            self.done[name] = self.on_type(on, fragment.selection_set)
        return self.done[name]


@lru_cache(maxsize=8)
def of(schema: strawberry.Schema, is_open: bool = False) -> SchemaScopes:
    """What its fields and types ask for; that of the library's own fields, which tell the schema, unless it is open."""
    graph = schema._schema
    stated = dict(_stated_in(graph))
    return SchemaScopes(graph, stated if is_open else {**_reading_it(graph), **stated})


def enough(needs: Iterable[Need]) -> frozenset[str] | None:
    """Scopes with which every need is met, perhaps more than that takes; null if none would do."""
    ways = [requirement.any_of for _, requirement in needs]
    return frozenset(scope for any_of in ways for way in any_of for scope in way) if all(ways) else None


def require(schema: strawberry.Schema, caller: Caller, *coordinates: str) -> None:
    """For what is known only when it is resolved: the types behind `node`, `nodes`, `_entities`, and keys of these.

    Raises: Forbidden unless the caller has the scopes of the coordinates.
    """
    stated = of(schema).by_coordinate
    for refusal in refusals([(coordinate, stated.get(coordinate, FREE)) for coordinate in coordinates], caller):
        raise refusal


def refusals(needs: Iterable[Need], caller: Caller) -> list[Forbidden]:
    """One for each coordinate that asks for what the caller lacks."""
    held = caller.scopes
    return [
        Forbidden(f"{coordinate} needs the scope {requirement.missing_from(held)}.")
        for coordinate, requirement in needs
        if not requirement.met_by(held)
    ]


def _reading_it(schema: GraphQLSchema) -> dict[str, Requirement]:
    if schema.query_type is None:
        return {}
    asked = Requirement(frozenset({frozenset({str(Scope.SCHEMA_READ)})}))
    return {f"{schema.query_type.name}.{name}": asked for name in _LIBRARY_FIELDS}


def _stated_in(schema: GraphQLSchema) -> Iterator[Need]:
    for name, type_ in schema.type_map.items():
        yield from _stated(name, type_.extensions)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in type_.fields.items():
                yield from _stated(f"{name}.{field_name}", field.extensions)


def _stated(coordinate: str, extensions: Mapping[str, object]) -> Iterator[Need]:
    definition = extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    asked = FREE
    for directive in getattr(definition, "directives", None) or ():
        asked &= _read(directive)
    if asked != FREE:
        yield coordinate, asked


def _read(directive: object) -> Requirement:
    if isinstance(directive, RequiresScopes):
        return Requirement(frozenset(frozenset(str(scope) for scope in way) for way in directive.scopes))
    return FREE
