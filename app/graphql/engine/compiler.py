"""From what is selected of a noun to the SQL that writes it as JSON, by the declarations of the fields."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from typing import Any, TypeVar

import orjson
from graphql import FieldNode, GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLOutputType, get_named_type
from sqlalchemy import ColumnElement, case, func, inspect, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Select

from app.graphql.engine import columns, text
from app.graphql.engine.arguments import Arguments, Slot
from app.graphql.engine.holes import MAX_HOLES, Filling, Hole
from app.graphql.engine.pages import Paged, paged
from app.graphql.engine.selections import Selections
from app.graphql.engine.sources import Source, Told, found_by, source_of
from app.graphql.engine.text import NULL, Piece, constant, glued, or_null
from app.graphql.engine.unanswerable import Unanswerable
from app.graphql.engine.values import References, Values, declaration
from app.graphql.engine.writing import Writing
from app.graphql.readings import (
    Many,
    One,
    Pages,
    Read,
    Way,
    of_field,
)
from app.store import contributions
from app.store.nouns import Alias, Edge, Noun
from app.store.tables.signal import SignalRow
from app.store.viewpoint import Viewpoint

T = TypeVar("T")
Pieces = list[Piece]


@dataclass(frozen=True, slots=True)
class At:
    """One field on its way: its declaration's place in the schema, and where it is selected."""

    field: GraphQLField
    nodes: list[FieldNode]

    @property
    def name(self) -> str:
        return self.nodes[0].name.value

    @property
    def type(self) -> GraphQLOutputType:
        return self.field.type

    @property
    def object(self) -> GraphQLObjectType:
        named = get_named_type(self.type)
        if not isinstance(named, GraphQLObjectType):
            raise Unanswerable(f"{named} where an object is read")
        return named


Ways = Mapping[str, Callable[["Compiler", Source, At], Pieces]]


@dataclass(slots=True)
class Compiler:
    """Writes the statement of one operation, for one viewpoint and one shape of its arguments."""

    selections: Selections
    viewpoint: Viewpoint
    arguments: Arguments
    ways: Ways
    holes: list[Hole] = field(default_factory=list)
    # The lists around the field that is being written, outermost first; null for one whose length nobody gives.
    around: list[str | None] = field(default_factory=list)
    # For each network of the operation, the lists around it: there may be so many of it.
    networks: list[tuple[str | None, ...]] = field(default_factory=list)
    tags_matches: bool = False
    writing: Writing = field(default_factory=Writing)

    # --- Objects ----------------------------------------------------------------------------------------------------

    def object(self, at: At, source: Source) -> Pieces:
        """As the declarations of its fields say."""
        return self.written(at, lambda part: self._field(at.object, part, source))

    def written(self, at: At, write: Callable[[At], Pieces]) -> Pieces:
        """An object that stands in no row of its own: `write` gets each of its fields."""
        return self.members(at.object, self.selections.of(at.object, at.nodes), write)

    @staticmethod
    def members(
        type_: GraphQLObjectType, selected: Mapping[str, list[FieldNode]], write: Callable[[At], Pieces]
    ) -> Pieces:
        pieces: Pieces = ["{"]
        for place, (key, nodes) in enumerate(selected.items()):
            name = nodes[0].name.value
            pieces.append(f'{"," if place else ""}"{key}":')
            if name == "__typename":
                pieces.append(f'"{type_.name}"')
            elif name in type_.fields:
                pieces += write(At(type_.fields[name], nodes))
            else:
                raise Unanswerable("it asks about the schema")
        return [*pieces, "}"]

    def _field(self, parent: GraphQLObjectType, at: At, source: Source) -> Pieces:
        read = of_field(declaration(at.field))
        if read is None:
            raise Unanswerable(f"{parent.name}.{at.name} does not say how it is read")
        pieces = self._read(read, source, at)
        if read.only_for is None:
            return pieces
        is_own = source[read.only_for] == self.viewpoint.participant_id
        return [case((is_own, glued(pieces)), else_=constant(NULL))]

    def by_id(self, noun: Noun[Any], id: Any, at: At) -> ColumnElement[str]:
        """The object of a noun with this id, as far as it is seen; JSON's null otherwise."""
        return or_null(self.found(noun, id, at))

    def listed(self, noun: Noun[Any], id: Any, at: At) -> Pieces:
        """The object of a list with this id. Where the list has what is not seen, no answer comes of it."""
        return [func.coalesce(self.found(noun, id, at), glued(self.hole(_unseen)))]

    def found(self, noun: Noun[Any], id: Any, at: At) -> ColumnElement[str]:
        """The same as `by_id` with NULL for what is not seen."""
        of = aliased(noun.row, name=self.writing.row())
        source = found_by(noun, of, self.viewpoint)
        json = glued(self.object(at, source))
        seen = source.seen(self.viewpoint, noun)
        return self.part(select(json).select_from(source.selected()).where(source["id"] == id, seen))

    def signal_in_hand(self, of: Alias, at: At) -> ColumnElement[str]:
        """The signal of a row that the statement has already, as far as it is seen; JSON's null otherwise."""
        told = Told(self.viewpoint, inspect(of).selectable.name)
        json = glued(self.object(at, replace(source_of(SignalRow, of), told=told)))
        return or_null(self.part(select(json).select_from(told.selected()).where(told.something)))

    # --- Fields -----------------------------------------------------------------------------------------------------

    @singledispatchmethod
    def _read(self, read: Read, source: Source, at: At) -> Pieces:
        return columns.written(read, self, source, at)

    @_read.register
    def _(self, read: One, source: Source, at: At) -> Pieces:
        if isinstance(at.type, GraphQLNonNull):
            raise Unanswerable("an object that may not be missing")
        if source.repeated is not None and read.name in source.repeated.names:
            found = source.repeated.object(self, read, at)
        else:
            found = self.found(read.noun, source[read.name], at)
        return columns.where_shown(read.when, source, [or_null(found)])

    @_read.register
    def _(self, read: Many, source: Source, at: At) -> Pieces:
        edge = read.edge
        if source.told is not None and edge is contributions.on_signals:
            return self._all_said(source.told, at)
        of = aliased(edge.row, name=self.writing.row())
        rows = select(of).where(edge.belongs(self.viewpoint, of, source["id"]))
        if edge.most is not None:
            limited = rows.order_by(*edge.ordered(self.viewpoint, of)).limit(edge.most)
            of = aliased(edge.row, limited.subquery(self.writing.row()))
            rows = select(of)
        listed = self._listed(edge, of, at)
        found = rows.with_only_columns(func.coalesce(listed, constant("")), maintain_column_froms=True)
        return ["[", self.part(found.select_from(of)), "]"]

    def _all_said(self, told: Told, at: At) -> Pieces:
        """Every contribution, gathered where they are looked up for the summary."""
        listed = self._listed(contributions.on_signals, told.said, at)
        return ["[", func.coalesce(told.part(self.writing.row(), listed), constant("")), "]"]

    def _listed(self, edge: Edge[Any], of: Alias, at: At) -> ColumnElement[Any]:
        with self.within(None):
            json = glued(self.object(at, source_of(edge.row, of)))
        return func.string_agg(json, aggregate_order_by(constant(","), *edge.ordered(self.viewpoint, of)))

    @_read.register
    def _(self, read: Pages, source: Source, at: At) -> Pieces:
        slot = self.slot(read, at)
        return self.page(Paged.of_edge(self, read.edge, source["id"], slot), at)

    @_read.register
    def _(self, read: Way, source: Source, at: At) -> Pieces:
        if read.name not in self.ways:
            raise Unanswerable(f"no way is known for {read.name}")
        return self.ways[read.name](self, source, at)

    # --- Parts ------------------------------------------------------------------------------------------------------

    def page(self, rows: Paged, at: At) -> Pieces:
        """A connection of these rows."""
        with self.within(rows.slot.name):
            return paged(self, rows, at)

    @contextmanager
    def within(self, name: str | None) -> Iterator[None]:
        """What is written meanwhile stands once for each item of a list."""
        self.around.append(name)
        yield
        self.around.pop()

    def part(self, query: Select[Any]) -> ColumnElement[str]:
        """A query of one text within the statement."""
        return self.writing.part(query)

    def hole(self, fill: Hole, *held: Piece) -> Pieces:
        if len(self.holes) >= MAX_HOLES:
            raise Unanswerable("more holes than can be numbered")
        self.holes.append(fill)
        return text.hole(len(self.holes) - 1, *held)

    def slot(self, read: Read, at: At) -> Slot:
        return self.arguments.slot(read, at.field, at.nodes[0])

    def given(self, slot: Slot, make: Callable[[Any, Filling], bytes]) -> Pieces:
        """JSON that is made of what the arguments of a call gave, without any column."""
        name = slot.name
        return self.hole(lambda filling, _: make(filling.given.get(name), filling))

    def value(self, at: At) -> Callable[[Any], bytes]:
        """What writes objects in hand that refer to none that is kept."""
        values = Values(self.selections, [])
        show = values.show(at.type, at.nodes)
        if values.kinds:
            raise Unanswerable("a computed object that refers to a kept one")
        noted: References = []
        return lambda value: orjson.dumps(show(value, noted))


def _unseen(_: Filling, __: bytes) -> bytes:
    raise Unanswerable("what is listed is not seen")
