"""Queries that are put into SQL once for each kind of viewer, and then go to the driver with its own values in them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.actor import Actor
from app.store import statements
from app.store.reader import DIALECT
from app.store.tables.row import UUIDS
from app.store.viewpoint import Viewpoint, parameters

Query = Callable[[Viewpoint, ColumnElement[Any]], Select[Any]]


@dataclass(frozen=True, slots=True)
class Made:
    statement: str
    names: Sequence[str]
    constants: dict[str, object]


Act = Callable[[Made, Mapping[str, object]], Awaitable[Any]]
"""What a statement answers that is a transaction of its own, with its own parameters; it says itself who acts."""


@dataclass(frozen=True, slots=True)
class Template:
    """A query for a viewer about some ids, which it gets as one array. Whoever writes it says who sees what, as in any
    other query."""

    query: Query
    _made: dict[Viewpoint, Made] = field(default_factory=dict, repr=False)

    async def rows(self, session: AsyncSession, actor: Actor, ids: Sequence[UUID]) -> Sequence[Any]:
        viewpoint = Viewpoint.of(actor)
        made = self._made.get(viewpoint)
        if made is None:
            asked = bindparam("ids", type_=UUIDS, required=False)
            made = self._made[viewpoint] = _compiled(self.query(viewpoint, asked))
        given = {**made.constants, **parameters(actor), "ids": list(ids)}
        return await statements.fetch(session, made.statement, *(given[name] for name in made.names))


@dataclass(frozen=True, slots=True)
class Alone:
    """A statement for a viewer that is a transaction of its own; see `store.reader` for how it says who looks."""

    statement: Callable[[Viewpoint], Select[Any]]
    _made: dict[Viewpoint, Made] = field(default_factory=dict, repr=False)

    def made(self, actor: Actor) -> Made:
        viewpoint = Viewpoint.of(actor)
        made = self._made.get(viewpoint)
        if made is None:
            made = self._made[viewpoint] = _compiled(self.statement(viewpoint))
        return made


def _compiled(statement: Select[Any]) -> Made:
    made = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
    return Made(str(made), made.positiontup or (), dict(made.params))
