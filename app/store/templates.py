"""Queries that are put into SQL once for each kind of viewer, and then go to the driver with its own values in them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, Select
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.actor import Actor
from app.store import statements

Query = Callable[[Actor, Iterable[UUID]], Select[Any]]
Value = Callable[[Actor, Sequence[UUID]], object]

# Stand for what each viewer has of its own, while its query is put into SQL; they occur nowhere else.
_WHO, _GROUP, _ID = (UUID(int=0xA11CE << 100 | number) for number in range(3))
_WHEN = datetime(1901, 1, 1, tzinfo=UTC)
_DIALECT: Dialect = asyncpg.dialect()  # type: ignore[no-untyped-call]  # it has no types
_PLACES: dict[object, Value] = {
    _WHO: lambda actor, _: actor.participant_id,
    _WHEN: lambda actor, _: actor.as_of,
    (_GROUP,): lambda actor, _: list(actor.visible_groups),
    (_ID,): lambda _, ids: list(ids),
}


@dataclass(frozen=True, slots=True)
class Template:
    """A query for an actor about some ids. Whoever writes it says who sees what, as in any other query; only what it
    asks of an actor beside its id, moment and groups makes another statement: see `_kind`."""

    query: Query
    _made: dict[tuple[bool, bool], tuple[str, Sequence[Value]]] = field(default_factory=dict, repr=False)

    async def rows(self, session: AsyncSession, actor: Actor, ids: Sequence[UUID]) -> Sequence[Any]:
        kind = _kind(actor)
        if kind not in self._made:
            self._made[kind] = _compiled(self.query, actor)
        statement, values = self._made[kind]
        return await statements.fetch(session, statement, *(value(actor, ids) for value in values))


def _kind(actor: Actor) -> tuple[bool, bool]:
    return actor.sees_others, actor.is_operator


def _compiled(query: Query, actor: Actor) -> tuple[str, Sequence[Value]]:
    stand_in = replace(actor, participant_id=_WHO, groups=(_GROUP,), as_of=_WHEN)
    made = query(stand_in, [_ID]).compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return str(made), [_value(made.params[name]) for name in made.positiontup or ()]


def _value(parameter: object) -> Value:
    place = _PLACES.get(tuple(parameter) if isinstance(parameter, list) else parameter)
    return place or (lambda _, __: parameter)
