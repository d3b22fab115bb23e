"""How the fields at the root are read that are no plain list: who asks, objects by id, the guard lists."""

from collections.abc import Sequence
from typing import Any

import orjson
from graphql import GraphQLField
from sqlalchemy import (
    Text,
    Uuid,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.graphql import nodes
from app.graphql.engine import text
from app.graphql.engine.arguments import Call, Slot
from app.graphql.engine.compiler import At, Compiler, Pieces
from app.graphql.engine.holes import Filling
from app.graphql.engine.sources import Source
from app.graphql.engine.text import NULL, constant
from app.graphql.engine.values import declaration
from app.graphql.operations.holding import GuardListSize
from app.graphql.operations.viewer import Viewer
from app.graphql.readings import Named, Way, of_field
from app.graphql.types.impact import Impact
from app.rules import impact as impact_rules
from app.rules.guards import GuardList
from app.rules.ids import Prefix
from app.rules.impact import Period
from app.store import impact as kept_impact
from app.store import people
from app.store.tables.row import MOMENT, TEXTS, UUIDS
from app.store.tables.signal import GuardEntryRow

# --- Who asks -------------------------------------------------------------------------------------------------------


def viewer(compiler: Compiler, source: Source, at: At) -> Pieces:
    def write(part: At) -> Pieces:
        read = of_field(declaration(part.field))
        if isinstance(read, Named):
            viewpoint = compiler.viewpoint
            id = viewpoint.person_id if read.noun is people.themselves else viewpoint.participant_id
            return [compiler.by_id(read.noun, id, part)]
        if isinstance(read, Way):
            return impact(compiler, source, part)
        show = compiler.value(part)
        python_name = declaration(part.field).python_name
        return compiler.hole(lambda filling, _: show(getattr(Viewer.of(filling.context.actor), python_name)))

    return compiler.written(at, write)


def impact(compiler: Compiler, _: Source, at: At) -> Pieces:
    slot, show = compiler.slot(Way("impact"), at), compiler.value(at)

    def shown(filling: Filling, held: bytes) -> bytes:
        findings = [kept_impact.findings(*row) for row in orjson.loads(held)]
        return show(Impact.of(impact_rules.impact(filling.given[slot.name], findings)))

    since, until = slot.bound("since", MOMENT), slot.bound("until", MOMENT)
    return compiler.hole(shown, cast(kept_impact.findings_about_viewer(since, until), Text))


def _impact(_: Call, slot: Slot, given: dict[str, Any]) -> None:
    slot.given = Period.covering(given["since"], given["until"])
    slot.bind("since", MOMENT, slot.given.since)
    slot.bind("until", MOMENT, slot.given.until)


# --- Objects by id --------------------------------------------------------------------------------------------------


def node(compiler: Compiler, _: Source, at: At) -> Pieces:
    """The id says of which type the object is, so it is read as that type alone."""
    slot = compiler.slot(Way("node"), at)
    if slot.wanted is None:
        return [NULL]
    return [_object_of(compiler, slot.wanted, slot.bound("id", Uuid()), at)]


def _node(call: Call, slot: Slot, given: dict[str, Any]) -> None:
    named = nodes.of_id(call.strawberry, call.context.actor, given["id"])
    if named is not None:
        slot.wanted, slot.shape = named.prefix, named.prefix
        slot.bind("id", Uuid(), named.id)


def several(compiler: Compiler, _: Source, at: At) -> Pieces:
    """In the order in which they were asked for; null for what is not seen, or no id."""
    slot = compiler.slot(Way(_several_named(at)), at)
    asked = func.unnest(slot.bound("prefixes", TEXTS), slot.bound("ids", UUIDS))
    named = asked.table_valued("prefix", column("id", Uuid()), with_ordinality="place")
    each = named.render_derived(compiler.writing.row())
    id = literal_column(f"{each.name}.id", Uuid())
    with compiler.within(slot.name):
        ways = {constant(prefix): _object_of(compiler, prefix, id, at) for prefix in slot.wanted}
    json = case(ways, value=each.c.prefix, else_=constant(NULL)) if ways else constant(NULL)
    listed = func.string_agg(json, aggregate_order_by(constant(","), each.c.place))
    return ["[", compiler.part(select(func.coalesce(listed, constant(""))).select_from(each)), "]"]


def _several_named(at: At) -> str:
    return "entities" if at.nodes[0].name.value == "_entities" else "nodes"


def _nodes(call: Call, slot: Slot, given: dict[str, Any]) -> None:
    asked = nodes.bounded(given["ids"])
    _name(slot, [nodes.of_id(call.strawberry, call.context.actor, id) for id in asked])


def _entities(call: Call, slot: Slot, given: dict[str, Any]) -> None:
    asked = nodes.bounded(given["representations"])
    _name(slot, [nodes.of_representation(call.strawberry, call.context.actor, one) for one in asked])


def _name(slot: Slot, named: Sequence[nodes.Reference | None]) -> None:
    slot.bind("prefixes", TEXTS, [None if one is None else one.prefix.value for one in named])
    slot.bind("ids", UUIDS, [None if one is None else one.id for one in named])
    slot.wanted = sorted({one.prefix for one in named if one is not None})
    slot.shape, slot.first = tuple(slot.wanted), len(named)


def _object_of(compiler: Compiler, prefix: str, id: Any, at: At) -> Any:
    type_ = nodes.BY_PREFIX[Prefix(prefix)]
    of: Any = compiler.selections.schema.type_map[type_.__name__]
    return compiler.by_id(type_.kept, id, At(GraphQLField(of), at.nodes))


# --- Guard lists ----------------------------------------------------------------------------------------------------


def guard_lists(compiler: Compiler, _: Source, at: At) -> Pieces:
    """Each list with its size, in the order of the lists."""
    entry = aliased(GuardEntryRow)
    sizes: Any = select(col(entry.guard_list).label("name"), func.count().label("count")).group_by(
        col(entry.guard_list)
    )
    size = sizes.subquery()
    counted = select(text.object_of(size.c.name, size.c.count)).select_from(size)
    show = compiler.value(at)

    def shown(_: Filling, held: bytes) -> bytes:
        sizes = orjson.loads(held)
        return show([GuardListSize(guard_list=name, entries=sizes.get(name.value, 0)) for name in GuardList])

    return compiler.hole(shown, compiler.part(counted))


WAYS = {
    "viewer": viewer,
    "impact": impact,
    "node": node,
    "nodes": several,
    "entities": several,
    "guard_lists": guard_lists,
}
FILLS = {
    "impact": _impact,
    "node": _node,
    "nodes": _nodes,
    "entities": _entities,
}
