"""Contributions: who sees them, and how many of them change at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, false, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.labels import ContributionStatus
from app.store.arrays import among
from app.store.nouns import Edge, Listing, Noun
from app.store.pages import Order
from app.store.tables.contribution import ContributionRow
from app.store.tables.row import UUIDS
from app.store.viewpoint import Viewer, groups_of

_ERASE = text("SELECT erase_unheld_signals(:signals)").bindparams(bindparam("signals", type_=UUIDS))

LIVE_STATUSES = (ContributionStatus.ACTIVE, ContributionStatus.QUARANTINED)
# Written into the statement itself: a plan that is kept for all parameters finds no partial index by a parameter.
_LIVE: BindParameter[Any] = bindparam("live", LIVE_STATUSES, unique=True, expanding=True, literal_execute=True)


def visible_to(actor: Viewer, of: type[ContributionRow] = ContributionRow) -> ColumnElement[bool]:
    """Its own, in any state; others' while active, in the audience and unexpired (R1); for the operator also those
    that it decides about (R11, R20)."""
    return or_(
        col(of.participant_id) == actor.participant_id,
        and_(col(of.expires_at) > actor.as_of, or_(_shared_with(actor, of), _decided_by(actor, of))),
    )


def live(actor: Viewer, of: type[ContributionRow] = ContributionRow) -> ColumnElement[bool]:
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


def _shared_with(actor: Viewer, of: type[ContributionRow]) -> ColumnElement[bool]:
    if not actor.sees_others:
        return false()
    in_a_group = col(of.audience_groups).op("&&", is_comparison=True)(groups_of(actor))
    return and_(col(of.shared), or_(col(of.program_wide), in_a_group))


def _decided_by(actor: Viewer, of: type[ContributionRow]) -> ColumnElement[bool]:
    if not actor.is_operator:
        return false()
    withheld = or_(col(of.hidden), col(of.signal_hidden))
    return or_(
        col(of.status) == ContributionStatus.QUARANTINED, and_(col(of.status) == ContributionStatus.ACTIVE, withheld)
    )


by_ids = Noun(ContributionRow, visible_to)


# The live contributions that the viewer sees, by signal, first come first; a signal without any is left out.
on_signals = Edge(
    ContributionRow,
    lambda viewer, of, id: and_(col(of.signal_id) == id, visible_to(viewer, of), live(viewer, of)),
    lambda _, of: (col(of.created_at), col(of.id)),
)


@dataclass(frozen=True, slots=True)
class OwnFilter:
    status: ContributionStatus


def _of_participant(viewer: Viewer, wanted: OwnFilter) -> tuple[Select[Any], Order]:
    query = select(col(ContributionRow.id)).where(
        col(ContributionRow.participant_id) == viewer.participant_id, col(ContributionRow.status) == wanted.status
    )
    return query, Order(col(ContributionRow.updated_at), col(ContributionRow.id))


# The viewer's own, newest change first.
of_participant = Listing(by_ids, lambda viewer, wanted, _: _of_participant(viewer, wanted))


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
