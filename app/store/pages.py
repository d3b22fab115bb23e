"""Pages of long lists, by keyset: a page costs the same wherever it starts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, SQLColumnExpression, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.cursors import Key

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Window:
    """Which page is asked for: at most `first` rows after `after`; in a statement that is kept, both are parameters."""

    first: int
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows with the key of each, in order."""

    items: Sequence[tuple[Key, T]]
    has_next: bool

    def of(self, shown: Callable[[T], U]) -> "Page[U]":
        return Page([(key, shown(item)) for key, item in self.items], self.has_next)


@dataclass(frozen=True, slots=True)
class Order:
    """The columns that a list is ordered by; the id makes the order total."""

    moment: SQLColumnExpression[datetime]
    id: SQLColumnExpression[UUID]
    newest_first: bool = True


def within(query: Select[Any], order: Order, window: Window) -> Select[Any]:
    """The query's rows of the window, in order, and one more that tells whether there are more."""
    key = tuple_(order.moment, order.id)
    if window.after is not None:
        place = tuple_(window.after.moment, window.after.id)
        query = query.where(key < place if order.newest_first else key > place)
    columns = (order.moment.desc(), order.id.desc()) if order.newest_first else (order.moment, order.id)
    return query.order_by(*columns).limit(window.first + 1)


async def page(session: AsyncSession, query: Select[Any], order: Order, window: Window) -> Page[Any]:
    """The rows of the window, of a query of one entity."""
    rows = (await session.execute(within(query.add_columns(order.moment, order.id), order, window))).all()
    items = [(Key(moment, id), row) for row, moment, id in rows[: window.first]]
    return Page(items, has_next=len(rows) > window.first)


def cut(items: Sequence[tuple[Key, T]], window: Window) -> Page[T]:
    """The same of a short list that is already there, newest first."""
    after = window.after
    left = [item for item in items if after is None or (item[0].moment, item[0].id) < (after.moment, after.id)]
    return Page(left[: window.first], has_next=len(left) > window.first)
