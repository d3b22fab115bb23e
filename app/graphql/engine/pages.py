"""Connections: the rows of a page, their cursors, and whether there are more."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from graphql import get_nullable_type, is_list_type
from sqlalchemy import BigInteger, ColumnElement, Uuid, case, cast, extract, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.graphql.engine import text
from app.graphql.engine.arguments import Slot
from app.graphql.engine.holes import BETWEEN, Filling, uuid_of
from app.graphql.engine.repeated import Repeated
from app.graphql.engine.sources import source_of
from app.graphql.engine.text import constant, glued
from app.rules.cursors import Key
from app.rules.moments import moment_of
from app.store.nouns import Listing, PagedEdge
from app.store.pages import Order, within

if TYPE_CHECKING:
    from app.graphql.engine.compiler import At, Compiler, Pieces

# Between the two parts of a cursor's key, in a hole.
_BETWEEN = BETWEEN.decode()


@dataclass(frozen=True, slots=True)
class Paged:
    """The rows of a window and one more, numbered from 1 as `place`; with `moment` and `last`, the key of each.

    `node` writes what stands at an edge, `repeated` has the objects that many of the rows name.
    """

    rows: Any
    slot: Slot
    node: Callable[["Compiler", "At"], "Pieces"]
    id_digits: Callable[[ColumnElement[Any]], ColumnElement[str]] = text.id_digits
    repeated: Repeated | None = None

    @classmethod
    def of_edge(cls, compiler: "Compiler", edge: PagedEdge[Any], id: Any, slot: Slot) -> "Paged":
        viewpoint, of = compiler.viewpoint, aliased(edge.row, name=compiler.writing.row())
        order = Order(*edge.order(viewpoint, of), edge.newest_first)
        query = select(of, *_key(order)).where(edge.belongs(viewpoint, of, id))
        rows = within(query, order, slot.window).subquery(compiler.writing.row())
        return cls(rows, slot, _rows_of(edge.row, rows))

    @classmethod
    def of_list(cls, compiler: "Compiler", listing: Listing[Any], slot: Slot) -> "Paged":
        query, order = listing.walk(compiler.viewpoint, slot.wanted, slot.window)
        (subject,) = query.selected_columns
        keyed = query.with_only_columns(subject.label("subject"), *_key(order), maintain_column_froms=True)
        rows = within(keyed, order, slot.window).subquery(compiler.writing.row())
        subject_id = literal_column(f"{rows.name}.subject", Uuid())
        return cls(rows, slot, lambda inner, at: inner.listed(listing.noun, subject_id, at))


def _rows_of(row: Any, rows: Any) -> Callable[["Compiler", "At"], "Pieces"]:
    source = source_of(row, aliased(row, rows))
    return lambda compiler, at: compiler.object(at, source)


def _key(order: Order) -> list[ColumnElement[Any]]:
    keys = (order.moment, order.id)
    ordered = [key.desc() if order.newest_first else key.asc() for key in keys]
    return [
        order.moment.label("moment_"),
        order.id.label("last_"),
        func.row_number().over(order_by=ordered).label("place_"),
    ]


def paged(compiler: "Compiler", page: Paged, at: "At") -> "Pieces":
    """The connection as an object, in one row of its own."""
    pieces = compiler.written(at, lambda part: _part(compiler, page, part))
    rows = page.rows if page.repeated is None else page.repeated.joined()
    # One row even where nothing is counted or gathered, and where there is none to gather.
    return [compiler.part(select(glued(pieces)).select_from(rows).having(func.count() >= 0))]


def _part(compiler: "Compiler", page: Paged, at: "At") -> "Pieces":
    if is_list_type(get_nullable_type(at.type)):
        edge = glued(compiler.written(at, lambda part: _edge(compiler, page, part)))
        shown = case((_place(page) <= page.slot.window.first, edge))
        # The rows come in their order, unless they are joined to what they name.
        comma = constant(",") if page.repeated is None else aggregate_order_by(constant(","), _place(page))
        return ["[", func.coalesce(func.string_agg(shown, comma), ""), "]"]
    return _page_info(compiler, page, at)


def _place(page: Paged) -> ColumnElement[int]:
    place: ColumnElement[int] = page.rows.c.place_
    return place


def _edge(compiler: "Compiler", page: Paged, at: "At") -> "Pieces":
    return compiler.hole(_cursor, _cursor_key(page)) if at.name == "cursor" else page.node(compiler, at)


def _page_info(compiler: "Compiler", page: Paged, at: "At") -> "Pieces":
    window = page.slot.window
    at_first = func.min(case((_place(page) == 1, _cursor_key(page))))
    last = aggregate_order_by(_cursor_key(page), _place(page).desc())
    at_last = func.array_agg(last).filter(_place(page) <= window.first)[1]
    parts: dict[str, Callable[[], Pieces]] = {
        "hasNextPage": lambda: [text.truth(func.count() > window.first)],
        "hasPreviousPage": lambda: ["false" if window.after is None else "true"],
        "startCursor": lambda: text.unless_null(at_first, compiler.hole(_cursor, at_first), nullable=True),
        "endCursor": lambda: text.unless_null(at_last, compiler.hole(_cursor, at_last), nullable=True),
    }
    return compiler.written(at, lambda part: parts[part.name]())


def _cursor_key(page: Paged) -> ColumnElement[str]:
    microseconds = cast(extract("epoch", page.rows.c.moment_) * 1_000_000, BigInteger)
    return glued([page.id_digits(page.rows.c.last_), _BETWEEN, microseconds])


def _cursor(filling: Filling, held: bytes) -> bytes:
    id, microseconds = held.split(BETWEEN)
    return orjson.dumps(filling.context.cursors.of_key(Key(moment_of(int(microseconds)), uuid_of(id))))
