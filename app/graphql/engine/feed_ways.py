"""How the feed is read: a page of it, or where to begin anew."""

from typing import Any

import orjson
from graphql import GraphQLField, get_named_type
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    Uuid,
    case,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.graphql.engine import text
from app.graphql.engine.arguments import Call, Slot
from app.graphql.engine.compiler import At, Compiler, Pieces
from app.graphql.engine.holes import BETWEEN, Filling
from app.graphql.engine.sources import Source
from app.graphql.engine.text import Piece, constant, glued
from app.graphql.readings import Way
from app.graphql.types.change import ResyncRequired
from app.rules.cursors import Place
from app.rules.limits import check_page
from app.rules.normal_forms import NORMALISER_VERSION
from app.services.changes import FreshStart
from app.store import changes, signals

_BETWEEN = BETWEEN.decode()
# Of a change among those that follow, from 1.
_PLACE: ColumnElement[int] = literal_column("numbered.place", Integer())


def change_page(compiler: Compiler, _: Source, at: At) -> Pieces:
    slot = compiler.slot(Way("changes"), at)
    union: Any = get_named_type(at.type)
    members = {type_.name: type_ for type_ in compiler.selections.schema.get_possible_types(union)}
    if slot.wanted is None:
        show = compiler.value(At(GraphQLField(members["ResyncRequired"]), at.nodes))
        return compiler.given(slot, lambda given, filling: show(_resync(filling)))
    with compiler.within(slot.name):
        return _page_of_changes(compiler, slot, At(GraphQLField(members["ChangePage"]), at.nodes))


def _resync(filling: Filling) -> ResyncRequired:
    actor = filling.context.actor
    return ResyncRequired.of(FreshStart(filling.context.cursors.of_place(Place(actor.feed_epoch))))


def _page_of_changes(compiler: Compiler, slot: Slot, at: At) -> Pieces:
    """The head of the feed is read by the same statement as the page, so the page holds everything up to it."""
    position, first = slot.bound("position", BigInteger()), slot.bound("first", Integer())
    head = select(func.feed_head(type_=BigInteger).label("head")).subquery()
    began = case((position > 0, slot.bound("began", BigInteger())), else_=head.c.head)
    of = changes.following(compiler.viewpoint, _Symbolic(position, began), first).correlate(head).lateral("following")
    # What is seen of each signal, NULL where nothing is: looked for once, for whatever tells of it.
    seen: list[ColumnElement[Any]] = []

    def item(part: At) -> Pieces:
        if part.name == "signalId":
            return ['"sig_', text.id_digits(literal_column("numbered.signal_id", Uuid())), '"']
        if part.name == "signal":
            seen.append(compiler.found(signals.by_ids, literal_column("following.signal_id", Uuid()), part))
            return [text.or_null(literal_column(f"numbered.seen_{len(seen) - 1}", Text()))]
        return [text.truth(literal_column("numbered.seen_0", Text()).is_(None))]

    def member(part: At) -> Pieces:
        if part.name == "items":
            json = case((first >= _PLACE, glued(compiler.written(part, item))))
            listed = func.string_agg(json, aggregate_order_by(constant(","), _PLACE))
            return ["[", func.coalesce(listed, constant("")), "]"]
        if part.name == "caughtUp":
            return [text.truth(func.count(_PLACE) <= first)]
        if part.name == "normaliserVersion":
            return [str(NORMALISER_VERSION)]
        if part.name == "matchKeyEpoch":
            compiler.tags_matches = True
            return compiler.hole(_newest_epoch)
        if part.name == "startCursor":
            return compiler.given(slot, lambda place, filling: orjson.dumps(filling.context.cursors.of_place(place)))
        return compiler.hole(_end_cursor(slot), *_end(first, began, head))

    json = glued(compiler.written(at, member))
    place = func.row_number().over(order_by=of.c.position).label("place")
    told = seen or [case((signals.named_visible_to(compiler.viewpoint, of.c.signal_id), constant("seen")))]
    columns = [one.label(f"seen_{number}") for number, one in enumerate(told)]
    rows = select(of.c.position, of.c.signal_id, place, *columns).select_from(of)
    numbered = rows.correlate(head).lateral("numbered")
    return [compiler.part(select(json).select_from(head.outerjoin(numbered, true())).group_by(head.c.head))]


class _Symbolic:
    """A place in the feed that a statement takes as parameters."""

    def __init__(self, position: Any, began: Any) -> None:
        self.position, self.began = position, began


def _newest_epoch(filling: Filling, _: bytes) -> bytes:
    return orjson.dumps(filling.taggers[0].epoch if filling.taggers else None)


def _end(first: Any, began: Any, head: Any) -> list[Piece]:
    """The last position of the page, where the feed had come to, whether more follow, and where the reader began."""
    last = func.coalesce(func.max(case((first >= _PLACE, literal_column("numbered.position", BigInteger())))), -1)
    more = text.truth(func.count(_PLACE) > first)
    return [last, _BETWEEN, head.c.head, _BETWEEN, more, _BETWEEN, began]


def _end_cursor(slot: Slot) -> Any:
    def shown(filling: Filling, held: bytes) -> bytes:
        last, head, more, began = (orjson.loads(part) for part in held.split(BETWEEN))
        start: Place = filling.given[slot.name]
        reached = start.position if last < 0 else last
        # Past what is hidden, or every poll would search through it again; the cursor's text does not tell (R18).
        end = reached if more else max(reached, head)
        return orjson.dumps(filling.context.cursors.of_place(Place(start.epoch, end, began)))

    return shown


def _changes(call: Call, slot: Slot, given: dict[str, Any]) -> None:
    check_page(given["first"])
    start = Place(call.context.actor.feed_epoch)
    place = start if given["after"] is None else call.context.cursors.place(given["after"])
    slot.given, slot.first = place, given["first"]
    slot.bind("position", BigInteger(), place.position)
    slot.bind("began", BigInteger(), place.began)
    slot.bind("first", Integer(), given["first"])
    slot.wanted = True if place.epoch == start.epoch else None
    slot.shape = slot.wanted


WAYS = {"changes": change_page}
FILLS = {"changes": _changes}
