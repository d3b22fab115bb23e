"""Signals: found by id, by tag or by likeness, and seen only through a contribution that is seen (R1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.store import contributions
from app.store.tables.contribution import ContributionRow
from app.store.tables.signal import PdqBandRow, SignalMatchKeyRow, SignalRow


@dataclass(frozen=True, slots=True)
class SeenSignal:
    """A signal with the contributions, at least one, through which the actor sees it."""

    row: SignalRow
    contributions: Sequence[ContributionRow]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    return exists().where(
        col(ContributionRow.signal_id) == SignalRow.id, contributions.visible_to(actor), contributions.live(actor)
    )


async def by_ids(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, SeenSignal]:
    wanted = list(set(ids))
    rows = await session.scalars(select(SignalRow).where(col(SignalRow.id).in_(wanted), visible_to(actor)))
    seen = await contributions.on_signals(session, actor, wanted)
    return {row.id: SeenSignal(row, seen[row.id]) for row in rows if row.id in seen}


async def ids_seen(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> set[UUID]:
    """Those of `ids` that the actor sees."""
    query = select(col(SignalRow.id)).where(col(SignalRow.id).in_(list(ids)), visible_to(actor))
    return set(await session.scalars(query))


async def by_tags(session: AsyncSession, actor: Actor, tags: Iterable[bytes]) -> dict[bytes, UUID]:
    """Visible signals by their internal tag; a tag covers the type, so it names one signal."""
    query = select(col(SignalRow.tag), col(SignalRow.id)).where(
        col(SignalRow.tag).in_(list(set(tags))), visible_to(actor)
    )
    return {tag: id for tag, id in (await session.execute(query)).tuples()}


async def by_match_keys(session: AsyncSession, actor: Actor, tags: Iterable[bytes]) -> dict[bytes, list[UUID]]:
    """Visible signals by loose tag; several may share one."""
    query = (
        select(col(SignalMatchKeyRow.tag), col(SignalRow.id))
        .join(SignalRow, col(SignalRow.id) == SignalMatchKeyRow.signal_id)
        .where(col(SignalMatchKeyRow.tag).in_(list(set(tags))), visible_to(actor))
        .order_by(col(SignalRow.id))
    )
    found: dict[bytes, list[UUID]] = {}
    for tag, id in (await session.execute(query)).tuples():
        found.setdefault(tag, []).append(id)
    return found


async def by_bands(session: AsyncSession, actor: Actor, band_tags: Iterable[int]) -> list[tuple[int, SignalRow]]:
    """Visible PDQ signals that share one of the bands, with the tag of the band; the distance is still to be checked."""
    query = (
        select(col(PdqBandRow.tag), SignalRow)
        .join(SignalRow, col(SignalRow.id) == PdqBandRow.signal_id)
        .where(col(PdqBandRow.tag).in_(list(set(band_tags))), visible_to(actor))
    )
    return [(tag, row) for tag, row in (await session.execute(query)).tuples()]
