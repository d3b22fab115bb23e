"""Contributions: who sees them, and how many of them change at once."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, false, literal, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.labels import ContributionStatus
from app.store.arrays import among
from app.store.pages import Order, Page, Window, page
from app.store.tables.contribution import ContributionRow
from app.store.tables.row import UUIDS

_ERASE = text("SELECT erase_unheld_signals(:signals)").bindparams(bindparam("signals", type_=UUIDS))

LIVE_STATUSES = (ContributionStatus.ACTIVE, ContributionStatus.QUARANTINED)
# Written into the statement itself: a plan that is kept for all parameters finds no partial index by a parameter.
_LIVE: BindParameter[Any] = bindparam("live", LIVE_STATUSES, unique=True, expanding=True, literal_execute=True)


def visible_to(actor: Actor, of: type[ContributionRow] = ContributionRow) -> ColumnElement[bool]:
    """Its own, in any state; others' while active, in the audience and unexpired (R1); for the operator also those
    that it decides about (R11, R20)."""
    return or_(
        col(of.participant_id) == actor.participant_id,
        and_(col(of.expires_at) > actor.as_of, or_(_shared_with(actor, of), _decided_by(actor, of))),
    )


def live(actor: Actor, of: type[ContributionRow] = ContributionRow) -> ColumnElement[bool]:
    """Whether it still makes its signal exist for those who see it; an ended one is but a record of its owner."""
    return and_(col(of.status).in_(_LIVE), col(of.expires_at) > actor.as_of)


def own_live_at(actor: Actor, signal_ids: Iterable[UUID]) -> ColumnElement[bool]:
    """Whether it is a live contribution of the actor's to one of these signals."""
    return and_(among(col(ContributionRow.signal_id), signal_ids), is_own_live(actor))


def is_own_live(actor: Actor) -> ColumnElement[bool]:
    """Whether it is a live contribution of the actor's, where the signals are known.

    Whose it is, is written so that no index of contributors fits: with few statistics the planner would rather read all
    that a participant contributed than look up 1,000 signals.
    """
    return and_(col(ContributionRow.participant_id).is_not_distinct_from(actor.participant_id), live(actor))


def _shared_with(actor: Actor, of: type[ContributionRow]) -> ColumnElement[bool]:
    if not actor.sees_others:
        return false()
    groups = literal(list(actor.visible_groups), UUIDS)
    in_a_group = col(of.audience_groups).op("&&", is_comparison=True)(groups)
    return and_(col(of.shared), or_(col(of.program_wide), in_a_group))


def _decided_by(actor: Actor, of: type[ContributionRow]) -> ColumnElement[bool]:
    if not actor.is_operator:
        return false()
    withheld = or_(col(of.hidden), col(of.signal_hidden))
    return or_(
        col(of.status) == ContributionStatus.QUARANTINED, and_(col(of.status) == ContributionStatus.ACTIVE, withheld)
    )


async def by_ids(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, ContributionRow]:
    query = select(ContributionRow).where(among(col(ContributionRow.id), ids), visible_to(actor))
    return {row.id: row for row in await session.scalars(query)}


async def on_signals(
    session: AsyncSession, actor: Actor, signal_ids: Iterable[UUID]
) -> dict[UUID, list[ContributionRow]]:
    """The live contributions that the actor sees, by signal, first come first; a signal without any is left out."""
    query = (
        select(ContributionRow)
        .where(among(col(ContributionRow.signal_id), signal_ids), visible_to(actor), live(actor))
        .order_by(col(ContributionRow.created_at), col(ContributionRow.id))
    )
    found: dict[UUID, list[ContributionRow]] = {}
    for row in await session.scalars(query):
        found.setdefault(row.signal_id, []).append(row)
    return found


async def of_participant(
    session: AsyncSession, actor: Actor, status: ContributionStatus, window: Window
) -> Page[ContributionRow]:
    """The actor's own, newest change first."""
    query = select(ContributionRow).where(
        col(ContributionRow.participant_id) == actor.participant_id, col(ContributionRow.status) == status
    )
    return await page(session, query, Order(col(ContributionRow.updated_at), col(ContributionRow.id)), window)


async def own_live(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, ContributionRow]:
    """Those of the actor's live contributions that `ids` name, held until the transaction ends, always in one order."""
    query = (
        select(ContributionRow)
        .where(
            among(col(ContributionRow.id), ids),
            col(ContributionRow.participant_id) == actor.participant_id,
            live(actor),
        )
        .order_by(col(ContributionRow.id))
        .with_for_update()
    )
    return {row.id: row for row in await session.scalars(query)}


async def erase_unheld(session: AsyncSession, signal_ids: Iterable[UUID]) -> None:
    """Erase those of the signals that nobody contributes any more (R15)."""
    await session.execute(_ERASE, {"signals": list(signal_ids)})
