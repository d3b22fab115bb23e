"""The neighbourhood of a signal: a walk along visible links in one recursive query, and the links among what it met."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    Subquery,
    Uuid,
    all_,
    any_,
    cast,
    column,
    false,
    func,
    literal,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.store import links
from app.store.tables.link import LinkRow
from app.store.tables.row import UUIDS
from app.store.viewpoint import Viewer

_INTEGERS = ARRAY(Integer)
# From one end of a link to the other, both ways.
_WAYS = ((col(LinkRow.a_id), col(LinkRow.b_id)), (col(LinkRow.b_id), col(LinkRow.a_id)))


@dataclass(frozen=True, slots=True)
class Reached:
    """Signals in the order in which the walk met them; `truncated` if there was no room for all."""

    signal_ids: Sequence[UUID]
    truncated: bool


async def reach(session: AsyncSession, actor: Actor, start: UUID, depth: int, limit: int) -> Reached:
    """The start and what is at most `depth` visible links away from it, in all at most `limit` signals.

    The nearest come first, those equally near in the order of the signals that led to them, and then of their ids.
    """
    last = reached(actor, literal(start, Uuid), literal(depth, Integer), literal(limit, Integer))
    return Reached(*(await session.execute(last)).one())


def reached(actor: Viewer, start: Any, depth: Any, limit: Any) -> Select[Any]:
    """The ids of what the walk reaches, and whether it is truncated, in one row."""
    walk = _walk(actor, start, depth, limit)
    return select(walk.c.reached, walk.c.truncated).order_by(walk.c.head.desc()).limit(1)


def _walk(actor: Viewer, start: Any, depth: Any, limit: Any) -> CTE:
    """A queue in one row: each step looks at the signal at its head, and adds what that is linked to at the end.

    So each signal is met once, however many ways lead to it. A step reads one more signal than there is room for,
    which tells that some are left out; what is not visible neither counts nor leads on.
    """
    walk = select(
        literal(1, Integer).label("head"),
        cast(array([start]), UUIDS).label("reached"),
        literal([0], _INTEGERS).label("depths"),
        false().label("truncated"),
    ).cte("walk", recursive=True, nesting=True)
    head, reached, depths = walk.c.head, walk.c.reached, walk.c.depths
    room = limit - func.cardinality(reached)
    sides = [_neighbours(actor, end == reached[head], far, reached).limit(room + 1) for end, far in _WAYS]
    near = union(*sides).order_by("id").limit(room + 1).subquery("near")
    # An aggregate also keeps the planner from putting the subquery wherever the result is used, four times.
    in_order = func.array_agg(aggregate_order_by(near.c.id, near.c.id), type_=UUIDS)
    found = select(func.coalesce(in_order, literal([], UUIDS), type_=UUIDS).label("ids")).lateral("found")
    added = func.least(room, func.cardinality(found.c.ids))
    step = select(
        head + 1,
        func.array_cat(reached, found.c.ids[1:added]),
        func.array_cat(depths, func.array_fill(depths[head] + 1, array([added]))),
        func.cardinality(found.c.ids) > room,
    ).join(found, true())
    return walk.union_all(step.where(head <= func.cardinality(reached), depths[head] < depth, ~walk.c.truncated))


def _neighbours(
    actor: Viewer, here: ColumnElement[bool], far: SQLColumnExpression[UUID], reached: ColumnElement[Any]
) -> Select[Any]:
    """The other ends of visible links, without those already met; along an index, so a limit ends the search."""
    query: Select[Any] = select(far.label("id")).distinct().where(here, far != all_(reached), links.visible_to(actor))
    return query.order_by(far).correlate_except(LinkRow)


async def links_among(session: AsyncSession, actor: Actor, signal_ids: Sequence[UUID], limit: int) -> list[LinkRow]:
    """At most `limit` of the visible links between two of the signals, in the order of the signals.

    Those of the first signal come first, in the order of their other ends, then the others of the second, and so on.
    """
    found = among(actor, literal(list(signal_ids), UUIDS), limit)
    link = aliased(LinkRow, found)
    return list(await session.scalars(select(link).order_by(found.c.place, found.c.far_place, found.c.id)))


def among(actor: Viewer, signal_ids: Any, limit: Any) -> Subquery:
    """The same as rows of a larger statement, with `place` and `far_place` for the order."""
    given = select(signal_ids.label("ids")).subquery("given").c.ids
    unnested = func.unnest(given).table_valued(column("id", Uuid), with_ordinality="place")
    signal = unnested.render_derived("signal").lateral()
    later = given[cast(signal.c.place, Integer) + 1 : func.cardinality(given)]
    sides = [
        select(LinkRow, func.array_position(given, far).label("far_place"))
        .where(end == signal.c.id, far == any_(later), links.visible_to(actor))
        .correlate_except(LinkRow)
        for end, far in _WAYS
    ]
    both = union_all(*sides).order_by("far_place", "id").limit(limit).lateral("link")
    query = select(*both.c, signal.c.place).select_from(given.table).join(signal, true()).join(both, true())
    return query.order_by(signal.c.place, both.c.far_place, both.c.id).limit(limit).subquery()
