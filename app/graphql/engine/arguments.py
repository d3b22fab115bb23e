"""The arguments of one call: read as by a resolver, then split into what shapes a statement and what fills it."""

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

import strawberry
from graphql import FieldNode, GraphQLField, GraphQLSchema
from graphql.execution.values import VariableValues
from sqlalchemy import Integer, Uuid, bindparam
from sqlalchemy.sql.type_api import TypeEngine
from strawberry.types.field import StrawberryField

from app.graphql.context import Context
from app.graphql.engine.given import Given, reader
from app.graphql.engine.unanswerable import Unanswerable
from app.graphql.engine.values import declaration
from app.graphql.readings import Found, Listed, Pages, Read, Way
from app.rules.cursors import Key
from app.rules.limits import check_page
from app.store.pages import Window
from app.store.tables.row import MOMENT, TEXT, TEXTS

_UUID, _INTEGER = Uuid(), Integer()
_KINDS: tuple[tuple[type, TypeEngine[Any]], ...] = ((UUID, _UUID), (datetime, MOMENT), (tuple, TEXTS), (str, TEXT))


@dataclass(slots=True)
class Slot:
    """One place of a document that takes arguments, as one call fills it.

    `shape` is what decides how the statement is written, `values` its parameters, `given` what holes are filled with,
    `wanted` and `window` the same as a statement has them: parameters for values, once it `is_written`. `later` finds
    further values, which takes asking somebody else.
    """

    name: str
    is_written: bool = False
    shape: Hashable = None
    values: dict[str, object] = field(default_factory=dict)
    given: Any = None
    wanted: Any = None
    window: Any = None
    first: int = 1
    later: Callable[[], Awaitable[None]] | None = None

    def fill(self, suffix: str, value: object) -> None:
        self.values[f"{self.name}_{suffix}"] = value

    def bind(self, suffix: str, kind: TypeEngine[Any], value: object) -> Any:
        self.fill(suffix, value)
        return self.bound(suffix, kind) if self.is_written else None

    def bound(self, suffix: str, kind: TypeEngine[Any]) -> Any:
        return bindparam(f"{self.name}_{suffix}", type_=kind, required=False)


Fill: TypeAlias = Callable[["Call", Slot, dict[str, Any]], None]
"""Fills a slot from the arguments, by the names that they have in Python. Raises as a resolver does."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where arguments are given."""

    node: FieldNode
    declared: StrawberryField
    read: Read
    given: Given


@dataclass(slots=True)
class Call:
    """One call of an operation: who asks, and the variables."""

    strawberry: strawberry.Schema
    context: Context
    variables: VariableValues
    ways: Mapping[str, Fill]
    _filled: dict[tuple[int, str], Slot] = field(default_factory=dict)

    @property
    def schema(self) -> GraphQLSchema:
        return self.strawberry._schema

    def slot(self, place: Place, name: str) -> Slot:
        key = (id(place.node), name)
        slot = self._filled.get(key)
        return slot if slot is not None else self.fill(place, Slot(name))

    def fill(self, place: Place, slot: Slot) -> Slot:
        given, read = place.given(self.variables), place.read
        if isinstance(read, Pages):
            windowed(self, slot, given)
        elif isinstance(read, Found):
            slot.wanted = slot.bind("id", _UUID, self._resolved(place, given))
        elif isinstance(read, Listed):
            wanted = read.finder.checked(self.context.actor, self._resolved(place, given))
            windowed(self, slot, given)
            _want(slot, wanted, read.finder.listing.shaping)
        elif isinstance(read, Way):
            self.ways[read.name](self, slot, given)
        self._filled[id(place.node), slot.name] = slot
        return slot

    @staticmethod
    def _resolved(place: Place, given: dict[str, Any]) -> Any:
        resolver = place.declared.base_resolver
        if resolver is None:
            raise Unanswerable("a list without a method that says what is wanted")
        return resolver.wrapped_func(None, **given)  # type: ignore[operator]  # a method that uses nothing of its object


@dataclass(slots=True)
class Arguments:
    """The slots of a statement that is being written, in the order in which they are met."""

    call: Call
    places: list[Place] = field(default_factory=list)
    shapes: list[Hashable] = field(default_factory=list)

    def slot(self, read: Read, field: GraphQLField, node: FieldNode) -> Slot:
        place = Place(node, declaration(field), read, reader(self.call.strawberry, field, node))
        slot = self.call.fill(place, Slot(f"a{len(self.places)}", is_written=True))
        self.places.append(place)
        self.shapes.append(slot.shape)
        return slot


def windowed(call: Call, slot: Slot, given: Mapping[str, Any]) -> None:
    """The page that is asked for."""
    first, after = given["first"], given["after"]
    check_page(first)
    key = call.context.cursors.key(after)
    slot.first = first
    size = slot.bind("first", _INTEGER, first)
    place = None if key is None else Key(slot.bind("moment", MOMENT, key.moment), slot.bind("after", _UUID, key.id))
    slot.window = Window(size, place) if slot.is_written else None
    slot.shape = (key is not None, slot.shape)


def _want(slot: Slot, wanted: Any, shaping: frozenset[str]) -> None:
    """What is wanted of a list, its values replaced by parameters."""
    if wanted is None:
        return
    bound: dict[str, Any] = {}
    shape: list[Hashable] = [slot.shape]
    for member in fields(wanted):
        value = getattr(wanted, member.name)
        if member.name in shaping:
            shape.append(value)
        else:
            is_there = value not in (None, ())
            shape.append(is_there)
            if is_there:
                bound[member.name] = slot.bind(member.name, _kind(value), _plain(value))
    slot.wanted = replace(wanted, **bound) if slot.is_written else None
    slot.shape = tuple(shape)


def _kind(value: object) -> TypeEngine[Any]:
    for type_, kind in _KINDS:
        if isinstance(value, type_):
            return kind
    raise Unanswerable(f"no parameter for {type(value).__name__}")


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.value if isinstance(value, Enum) else value
