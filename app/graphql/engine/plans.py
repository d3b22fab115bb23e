"""Plans: a statement with the names of its parameters, and what fills the holes of its answer."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar

import orjson
from graphql import OperationDefinitionNode
from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased
from sqlmodel import col
from strawberry.schema.schema_converter import GraphQLCoreConverter

from app.graphql.engine import feed_ways, holes, match_ways, root_ways, signal_ways, text
from app.graphql.engine.arguments import Arguments, Call, Place, Slot
from app.graphql.engine.compiler import At, Compiler, Pieces
from app.graphql.engine.holes import Filling, Hole
from app.graphql.engine.pages import Paged
from app.graphql.engine.selections import Selections
from app.graphql.engine.text import glued
from app.graphql.engine.unanswerable import Unanswerable
from app.graphql.engine.values import declaration
from app.graphql.engine.writing import numbered
from app.graphql.readings import Found, Listed, Way, of_field
from app.rules.links import MAX_NETWORKS
from app.services.match_keys import tagger_of
from app.store import reader
from app.store.nouns import Noun
from app.store.tables.participant import MatchKeyRow
from app.store.viewpoint import Viewpoint

WAYS = signal_ways.WAYS | root_ways.WAYS | match_ways.WAYS | feed_ways.WAYS
FILLS = signal_ways.FILLS | root_ways.FILLS | match_ways.FILLS | feed_ways.FILLS
# Networks that an operation may hold: a list is mostly shorter than its page. There may be more than are answered, but
# not so many that the database would look for hundreds before anybody counts them.
MOST_PERHAPS = 3 * MAX_NETWORKS
# The root has no row of its own.
_NO_ROW: Any = None


@dataclass(frozen=True, slots=True)
class Plan:
    """`places` are where its arguments are given, in the order of its slots, and `shapes` how they were when it was
    written: with others, another plan is needed."""

    statement: str
    names: tuple[str, ...]
    holes: Mapping[bytes, Hole]
    places: Sequence[Place]
    shapes: Sequence[Hashable]
    networks: Sequence[tuple[str | None, ...]]
    # Parameters that are the same in every call.
    constants: Mapping[str, object]

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return 2 * len(self.statement) + 500 * (len(self.holes) + len(self.names) + 1)

    def slots(self, call: Call) -> list[Slot] | None:
        """The call's slots, if the plan is for such a call."""
        found = []
        for number, (place, shape) in enumerate(zip(self.places, self.shapes, strict=True)):
            slot = call.slot(place, f"a{number}")
            if slot.shape != shape:
                return None
            found.append(slot)
        return found

    def check(self, slots: Sequence[Slot]) -> None:
        """Raises: Unanswerable if the standard executor has to judge whether it is too much."""
        if not self.networks:
            return
        most = {slot.name: slot.first for slot in slots}
        asked = 0
        for around in self.networks:
            times = 1
            for name in around:
                times *= MOST_PERHAPS + 1 if name is None else most[name]
            asked += times
        if asked > MOST_PERHAPS:
            raise Unanswerable("it may ask for more networks than there may be in one operation")

    def values(
        self, call: Call, slots: Sequence[Slot], further: Mapping[str, object] = MappingProxyType({})
    ) -> list[object]:
        context = call.context
        told = reader.parameters(context.actor, context.key_epoch, context.standing)
        given = {**self.constants, **told, **further}
        for slot in slots:
            given |= slot.values
        return [given[name] for name in self.names]


def query(call: Call, selections: Selections, operation: OperationDefinitionNode) -> Plan:
    """The plan of a whole query: its statement answers the data as one JSON object."""
    root = selections.schema.query_type
    if root is None:
        raise Unanswerable("no queries")
    compiler = compiler_of(call, selections)
    selected = selections.collected(root, [operation.selection_set])
    data = compiler.members(root, selected, lambda at: _root(compiler, at))
    return planned(compiler, glued([*taggers_for(compiler), '{"data":', *data, "}"]))


def compiler_of(call: Call, selections: Selections) -> Compiler:
    return Compiler(selections, Viewpoint.of(call.context.actor), Arguments(call), WAYS)


def _root(compiler: Compiler, at: At) -> Pieces:
    read = Way("entities") if at.name == "_entities" else of_field(declaration(at.field))
    if isinstance(read, Found):
        slot = compiler.slot(read, at)
        return [compiler.by_id(read.noun, slot.wanted, at)]
    if isinstance(read, Listed):
        slot = compiler.slot(read, at)
        return compiler.page(Paged.of_list(compiler, read.finder.listing, slot), at)
    if isinstance(read, Way):
        return WAYS[read.name](compiler, _NO_ROW, at)
    raise Unanswerable(f"Query.{at.name} does not say how it is read")


def noun_of(at: At) -> Noun[Any]:
    """How objects of this type are found by their ids."""
    noun: Noun[Any] = at.object.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin.kept
    return noun


def taggers_for(compiler: Compiler) -> Pieces:
    """The viewer's match keys, before all that needs them."""
    if not compiler.tags_matches:
        return []
    of = aliased(MatchKeyRow, name=compiler.writing.row())

    def found(filling: Filling, held: bytes) -> bytes:
        actor = filling.context.actor
        filling.taggers = [
            tagger
            for epoch, key in orjson.loads(held)
            if (tagger := tagger_of(actor, epoch, filling.opened(key.encode()))) is not None
        ]
        return b""

    key = func.json_build_array(col(of.epoch), text.sealed(col(of.sealed_key), col(of.id)))
    listed = func.json_agg(aggregate_order_by(key, col(of.epoch).desc()))
    keys = select(func.coalesce(cast(listed, Text), text.constant("[]"))).where(
        col(of.participant_id) == compiler.viewpoint.participant_id, col(of.retired_at).is_(None)
    )
    return compiler.hole(found, compiler.part(keys))


def planned(compiler: Compiler, answer: ColumnElement[str]) -> Plan:
    writing = compiler.writing
    statement, names = numbered(writing.text(reader.said_by(answer)))
    return Plan(
        statement,
        names,
        holes.numbered(compiler.holes),
        compiler.arguments.places,
        compiler.arguments.shapes,
        compiler.networks,
        writing.constants,
    )


class Kept(Protocol):
    @property
    def size(self) -> int: ...


K = TypeVar("K", bound=Kept)


@dataclass(slots=True)
class Plans(Generic[K]):
    """Plans by what they are for, the latest used kept within bounds of number and memory."""

    most: int
    most_bytes: int
    _kept: OrderedDict[Hashable, list[K]] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _count: int = 0

    def of(self, key: Hashable) -> Iterator[K]:
        """Those for one operation as one viewpoint sees it, each for other shapes of its arguments."""
        plans = self._kept.get(key)
        if plans is None:
            return iter(())
        self._kept.move_to_end(key)
        return iter(plans)

    def keep(self, key: Hashable, plan: K) -> None:
        self._kept.setdefault(key, []).insert(0, plan)
        self._kept.move_to_end(key)
        self._count, self._bytes = self._count + 1, self._bytes + plan.size
        while (self._count > self.most or self._bytes > self.most_bytes) and self._kept:
            _, gone = self._kept.popitem(last=False)
            self._count -= len(gone)
            self._bytes -= sum(plan.size for plan in gone)
