"""Signals: found by id, by tag or by likeness, and seen only through a contribution that is seen (R1)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Text, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.labels import Annotation, Handling, Severity, Violation
from app.rules.summaries import Summary, summary
from app.store import contributions
from app.store.arrays import among
from app.store.nouns import Noun
from app.store.tables.contribution import ContributionRow
from app.store.tables.signal import SignalMatchKeyRow, SignalRow
from app.store.viewpoint import Viewer


@dataclass(frozen=True)
class SeenSignal:
    """A signal with the contributions, at least one, through which the actor sees it."""

    row: SignalRow
    contributions: Sequence[ContributionRow]

    @property
    def id(self) -> UUID:
        return self.row.id

    @property
    def type(self) -> str:
        return self.row.type

    @property
    def qualifier(self) -> str:
        return self.row.qualifier

    @property
    def sealed_value(self) -> bytes:
        return self.row.sealed_value

    @property
    def normaliser_version(self) -> int:
        return self.row.normaliser_version

    @cached_property
    def told(self) -> Summary:
        return summary(self.contributions)


def visible_to(actor: Viewer, of: type[SignalRow] = SignalRow) -> ColumnElement[bool]:
    return _seen_at(actor, col(of.id)).exists()


def named_visible_to(actor: Viewer, id: SQLColumnExpression[UUID | None]) -> ColumnElement[bool]:
    """Whether it sees the signal that a row of the query names by `id`.

    OFFSET makes the database look up the signals of the rows in hand. Without it, the planner may prefer to gather
    all that the actor sees first: 160 to 7,000 ms for a page instead of 5 to 40, at 300,000 signals.
    """
    return _seen_at(actor, id).offset(0).exists()


def _seen_at(actor: Viewer, id: SQLColumnExpression[UUID | None]) -> Select[UUID]:
    seen = aliased(ContributionRow)
    query = select(col(seen.id)).where(
        col(seen.signal_id) == id, contributions.visible_to(actor, seen), contributions.live(actor, seen)
    )
    return query.correlate_except(seen)


# What the statements about a signal name together, and in which order it is told.
UNITED: Mapping[str, Sequence[str]] = {"violations": tuple(Violation), "annotations": tuple(Annotation)}
# `Handling` is declared from the strictest to the most open.
_HANDLINGS = array([literal_column(f"'{handling}'", Text) for handling in Handling])
_SEVERITIES = array([literal_column(f"'{severity}'", Text) for severity in Severity])
# The `rules.summaries.summary` of statements, each part by its name. Words of several come as JSON arrays side by side.
SUMMED: Mapping[str, Callable[[Any], ColumnElement[Any]]] = {
    "violations": lambda said: func.string_agg(cast(func.array_to_json(said.violations), Text), ","),
    "annotations": lambda said: func.string_agg(cast(func.array_to_json(said.annotations), Text), ","),
    "severity": lambda said: _SEVERITIES[func.max(said.severity) + 1],
    "confidence": lambda said: func.max(col(said.confidence)),
    "handling": lambda said: _HANDLINGS[func.min(func.array_position(_HANDLINGS, said.handling))],
    "created_at": lambda said: func.min(col(said.created_at)),
    "updated_at": lambda said: func.max(col(said.updated_at)),
}


def told(viewer: Viewer, said: Any, id: ColumnElement[UUID], parts: Mapping[str, ColumnElement[Any]]) -> Select[Any]:
    """These parts of what `said`, an alias of contributions, says about a signal, in a statement that has its id.

    One row, of what the viewer sees; with `statements` = 0 where it sees nothing.
    """
    named = [part.label(name) for name, part in parts.items()]
    return select(func.count().label("statements"), *named).where(contributions.on_signals.belongs(viewer, said, id))


@dataclass(frozen=True, slots=True, eq=False)
class SignalNoun(Noun[SignalRow]):
    async def __call__(self, session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> Mapping[UUID, Any]:
        """The signals, each with what the actor sees said about it."""
        wanted = set(ids)
        rows = await session.scalars(select(SignalRow).where(among(col(SignalRow.id), wanted), visible_to(actor)))
        seen = await contributions.on_signals(session, actor, wanted)
        return {row.id: SeenSignal(row, seen[row.id]) for row in rows if row.id in seen}


by_ids = SignalNoun(SignalRow, visible_to)


async def ids_seen(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> set[UUID]:
    """Those of `ids` that the actor sees.

    By their contributions alone: the policy of signals asks for them once more, and for a thousand signals at once the
    planner gathers all that the actor sees to do so: 140 ms among 100,000.
    """
    query = (
        select(col(ContributionRow.signal_id))
        .where(among(col(ContributionRow.signal_id), ids), contributions.visible_to(actor), contributions.live(actor))
        .distinct()
    )
    return set(await session.scalars(query))


async def by_tags(session: AsyncSession, actor: Actor, tags: Iterable[bytes]) -> dict[bytes, UUID]:
    """Visible signals by their internal tag; a tag covers the type, so it names one signal."""
    query = select(col(SignalRow.tag), col(SignalRow.id)).where(among(col(SignalRow.tag), tags), visible_to(actor))
    return dict((await session.execute(query)).all())


async def by_match_keys(session: AsyncSession, actor: Actor, tags: Iterable[bytes]) -> dict[bytes, list[UUID]]:
    """Visible signals by loose tag; several may share one."""
    query = (
        select(col(SignalMatchKeyRow.tag), col(SignalRow.id))
        .join(SignalRow, col(SignalRow.id) == SignalMatchKeyRow.signal_id)
        .where(among(col(SignalMatchKeyRow.tag), tags), visible_to(actor))
        .order_by(col(SignalRow.id))
    )
    found: dict[bytes, list[UUID]] = {}
    for tag, id in await session.execute(query):
        found.setdefault(tag, []).append(id)
    return found
