"""Objects in hand as JSON: what a mutation answers with, and what a function computes from columns.

Objects that are kept in the database are not shown from here: they become references, which a statement answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any, TypeAlias
from uuid import UUID

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLID,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    Undefined,
    is_abstract_type,
    is_leaf_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import get_object_definition
from strawberry.types.field import StrawberryField

from app.graphql.engine.selections import Selections
from app.graphql.engine.unanswerable import Unanswerable
from app.graphql.readings import Named, of_field
from app.graphql.reads import Shown


@dataclass(frozen=True, slots=True)
class Reference:
    """A kept object that is to be shown: which selection of which type, and its id."""

    kind: int
    id: UUID
    needed: bool


References: TypeAlias = list[Reference]
Show: TypeAlias = Callable[[Any, References], Any]
"""From an object to what `orjson` writes; references stand where kept objects go, and are noted in the list."""


def declaration(field: GraphQLField) -> StrawberryField:
    found: StrawberryField = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    return found


@dataclass(slots=True)
class Values:
    """Makes the functions that show objects. `kinds` collects the selections of kept objects that they refer to."""

    selections: Selections
    kinds: list[tuple[GraphQLObjectType, list[FieldNode]]]

    def show(self, type_: GraphQLOutputType, nodes: list[FieldNode]) -> Show:
        if isinstance(type_, GraphQLNonNull):
            return _not_null(self._nullable(type_.of_type, nodes, needed=True))
        inner = self._nullable(type_, nodes, needed=False)
        return lambda value, noted: None if value is None else inner(value, noted)

    def _nullable(self, type_: Any, nodes: list[FieldNode], *, needed: bool) -> Show:
        if isinstance(type_, GraphQLList):
            item = self.show(type_.of_type, nodes)
            return lambda value, noted: [item(one, noted) for one in value]
        if is_leaf_type(type_):
            return _leaf(type_)
        if is_abstract_type(type_):
            return self._abstract(type_, nodes, needed=needed)
        return self._object(type_, nodes, needed=needed)

    def _abstract(self, type_: Any, nodes: list[FieldNode], *, needed: bool) -> Show:
        members = {
            member.name: self._object(member, nodes, needed=needed)
            for member in self.selections.schema.get_possible_types(type_)
        }
        return lambda value, noted: members[get_object_definition(type(value), strict=True).name](value, noted)

    def _object(self, type_: GraphQLObjectType, nodes: list[FieldNode], *, needed: bool) -> Show:
        origin = type_.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin
        if issubclass(origin, Shown):
            if not hasattr(origin, "kept"):
                raise Unanswerable(f"{type_.name} is not kept under ids")
            kind = self._kind(type_, nodes)
            return lambda value, noted: _noted(noted, Reference(kind, value.row.id, needed))
        shown = [(key, self._field(type_, selected)) for key, selected in self.selections.of(type_, nodes).items()]
        return lambda value, noted: {key: show(value, noted) for key, show in shown}

    def _kind(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> int:
        self.kinds.append((type_, nodes))
        return len(self.kinds) - 1

    def _field(self, parent: GraphQLObjectType, nodes: list[FieldNode]) -> Show:
        name = nodes[0].name.value
        if name == "__typename":
            return lambda _, __: parent.name
        field = parent.fields[name]
        declared = declaration(field)
        read = of_field(declared)
        if isinstance(read, Named):
            return self._named(field, read, nodes)
        value = _value_of(declared)
        show = self.show(field.type, nodes)
        return lambda source, noted: show(value(source), noted)

    def _named(self, field: GraphQLField, read: Named, nodes: list[FieldNode]) -> Show:
        named = attrgetter(read.name)
        type_ = field.type
        if not isinstance(type_, GraphQLObjectType):
            raise Unanswerable("a named object that may not be missing")
        kind = self._kind(type_, nodes)

        def show(source: Any, noted: References) -> Any:
            id = named(source)
            return None if id is None else _noted(noted, Reference(kind, id, needed=False))

        return show


def _value_of(declared: StrawberryField) -> Callable[[Any], Any]:
    """The attribute, or what a method without arguments gives."""
    resolver = declared.base_resolver
    if resolver is None:
        return attrgetter(declared.python_name)
    if resolver.arguments or resolver.is_async or resolver.info_parameter is not None:
        raise Unanswerable(f"{declared.python_name} is read by a resolver of its own")
    return lambda source: getattr(type(source), declared.python_name)(source)


def _noted(noted: References, reference: Reference) -> Reference:
    noted.append(reference)
    return reference


def _not_null(show: Show) -> Show:
    def checked(value: Any, noted: References) -> Any:
        if value is None:
            raise Unanswerable("null where there must be a value")
        return show(value, noted)

    return checked


def _leaf(type_: GraphQLLeafType) -> Show:
    """What the type makes of a value; it is not asked about texts, and about each member of an enum only once."""
    members: dict[Enum, Any] = {}
    as_it_is = str if type_ in (GraphQLString, GraphQLID) else None

    def written(value: Any, _: References) -> Any:
        if value.__class__ is as_it_is:
            return value
        if isinstance(value, Enum) and value in members:
            return members[value]
        told = type_.coerce_output_value(value)
        if told is None or told is Undefined:
            raise Unanswerable("null where there must be a value")
        if isinstance(value, Enum):
            members[value] = told
        return told

    return written
