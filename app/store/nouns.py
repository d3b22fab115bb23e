"""How rows are found, said once for a query of its own and for a part of a larger statement: by their id, because they
belong to another row, or page by page in a list."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Uuid, column, func, inspect, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.store.arrays import among
from app.store.pages import Order, Page, Window, page
from app.store.tables.row import UUIDS, Row, Table
from app.store.viewpoint import Viewer

R = TypeVar("R", bound=Table)
N = TypeVar("N", bound=Row)

Alias = Any
"""A table, or one of its aliases in a statement."""


@dataclass(frozen=True, slots=True, eq=False)
class Noun(Generic[N]):
    """What has an id, with the policy that says who sees it."""

    row: type[N]
    sees: Callable[[Viewer, Alias], ColumnElement[bool]]

    async def __call__(self, session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> Mapping[UUID, N]:
        """Those of the ids that the actor sees."""
        query = select(self.row).where(among(col(self.row.id), ids), self.sees(actor, self.row))
        return {row.id: row for row in await session.scalars(query)}


@dataclass(frozen=True, slots=True, eq=False)
class Edge(Generic[R]):
    """The rows that belong to another row and that the viewer sees, in their order; at most `most`, if that is given.

    `belongs` gets the viewer, the rows, and the id of what they are to belong to.
    """

    row: type[R]
    belongs: Callable[[Viewer, Alias, Any], ColumnElement[bool]]
    order: Callable[[Viewer, Alias], tuple[SQLColumnExpression[Any], ...]]
    newest_first: bool = False
    most: int | None = None

    def ordered(self, viewer: Viewer, of: Alias) -> list[ColumnElement[Any]]:
        return [key.desc() if self.newest_first else key.asc() for key in self.order(viewer, of)]

    async def __call__(self, session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, list[R]]:
        """Of each of these, all that belongs to it; what has none is left out."""
        parent = func.unnest(literal(list(ids), UUIDS)).table_valued(column("id", Uuid())).render_derived("parent")
        of = aliased(self.row)
        rows = select(of).where(self.belongs(actor, of, parent.c.id)).order_by(*self.ordered(actor, of))
        found = aliased(self.row, rows.limit(self.most).correlate_except(of).lateral())
        query = select(parent.c.id, found).select_from(parent.join(inspect(found).selectable, true()))
        answer: dict[UUID, list[R]] = {}
        for id, row in await session.execute(query.order_by(parent.c.id, *self.ordered(actor, found))):
            answer.setdefault(id, []).append(row)
        return answer


@dataclass(frozen=True, slots=True, eq=False)
class PagedEdge(Generic[R]):
    """The same of a list that may be long; its order is that of a time and an id."""

    row: type[R]
    belongs: Callable[[Viewer, Alias, Any], ColumnElement[bool]]
    order: Callable[[Viewer, Alias], tuple[SQLColumnExpression[Any], SQLColumnExpression[Any]]]
    newest_first: bool = False

    async def __call__(self, session: AsyncSession, actor: Actor, id: UUID, window: Window) -> Page[R]:
        """A page of what belongs to one."""
        query = select(self.row).where(self.belongs(actor, self.row, literal(id, Uuid())))
        return await page(session, query, Order(*self.order(actor, self.row), self.newest_first), window)


@dataclass(frozen=True, slots=True, eq=False)
class Listing(Generic[N]):
    """A long list of one noun for what is wanted of it.

    `walk` gives the ids of what is listed, and the order; the window is for walks that go several ways at once. The
    members of what is wanted that `shaping` names decide how the statement is written; the others are its parameters.
    """

    noun: Noun[N]
    walk: Callable[[Viewer, Any, Window], tuple[Select[Any], Order]]
    shaping: frozenset[str] = frozenset()

    async def __call__(self, session: AsyncSession, actor: Actor, wanted: Any, window: Window) -> Page[N]:
        """A page of it."""
        query, order = self.walk(actor, wanted, window)
        ids = await page(session, query, order, window)
        rows = await self.noun(session, actor, [id for _, id in ids.items])
        return ids.of(lambda id: rows[id])
