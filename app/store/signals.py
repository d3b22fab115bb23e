"""Signals: found by id, by tag or by likeness, and seen only through a contribution that is seen (R1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.store import contributions
from app.store.arrays import among
from app.store.tables.contribution import ContributionRow
from app.store.tables.signal import SignalMatchKeyRow, SignalRow


@dataclass(frozen=True, slots=True)
class SeenSignal:
    """A signal with the contributions, at least one, through which the actor sees it."""

    row: SignalRow
    contributions: Sequence[ContributionRow]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    return exists(_seen_at(actor, col(SignalRow.id)))


def named_visible_to(actor: Actor, id: SQLColumnExpression[UUID | None]) -> ColumnElement[bool]:
    """Whether it sees the signal that a row of the query names by `id`.

    OFFSET makes the database look up the signals of the rows in hand. Without it, the planner may prefer to gather
    all that the actor sees first: 160 to 7,000 ms for a page instead of 5 to 40, at 300,000 signals.
    """
    return exists(_seen_at(actor, id).offset(0))


def _seen_at(actor: Actor, id: SQLColumnExpression[UUID | None]) -> Select[UUID]:
    return select(col(ContributionRow.id)).where(
        col(ContributionRow.signal_id) == id, contributions.visible_to(actor), contributions.live(actor)
    )


async def by_ids(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, SeenSignal]:
    wanted = set(ids)
    rows = await session.scalars(select(SignalRow).where(among(col(SignalRow.id), wanted), visible_to(actor)))
    seen = await contributions.on_signals(session, actor, wanted)
    return {row.id: SeenSignal(row, seen[row.id]) for row in rows if row.id in seen}


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
