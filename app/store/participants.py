"""Queries for participants."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.participants import LISTED, ParticipantFilter
from app.store import groups
from app.store.arrays import among
from app.store.nouns import Listing, Noun
from app.store.pages import Order
from app.store.tables.participant import GroupMemberRow, ParticipantRow
from app.store.viewpoint import Viewer


def visible_to(actor: Viewer, of: type[ParticipantRow] = ParticipantRow) -> ColumnElement[bool]:
    """Itself; to the operator all; to others those that take part and have not left."""
    if actor.is_operator:
        return true()
    itself = col(of.id) == actor.participant_id
    return or_(itself, col(of.status).in_(sorted(LISTED))) if actor.sees_others else itself


by_ids = Noun(ParticipantRow, visible_to)


def _listed(viewer: Viewer, wanted: ParticipantFilter) -> tuple[Select[Any], Order]:
    """A group that the viewer may not see has no members for it."""
    query = select(col(ParticipantRow.id)).where(visible_to(viewer), *_conditions(viewer, wanted))
    return query, Order(col(ParticipantRow.created_at), col(ParticipantRow.id), newest_first=False)


# Oldest first.
find = Listing(by_ids, lambda viewer, wanted, _: _listed(viewer, wanted))


async def ids_by_slug(session: AsyncSession, actor: Actor, slugs: Iterable[str]) -> dict[str, UUID]:
    """Those that the actor sees."""
    query = select(col(ParticipantRow.slug), col(ParticipantRow.id)).where(
        among(col(ParticipantRow.slug), slugs), visible_to(actor)
    )
    return dict((await session.execute(query)).all())


async def lock(session: AsyncSession, actor: Actor, id: UUID) -> ParticipantRow | None:
    """The participant, held until the transaction ends, so that its next step is judged by its latest state."""
    query = select(ParticipantRow).where(col(ParticipantRow.id) == id, visible_to(actor))
    found: ParticipantRow | None = await session.scalar(query.with_for_update())
    return found


async def lock_all(session: AsyncSession, actor: Actor, ids: Sequence[UUID]) -> Sequence[UUID]:
    """Those that exist, held until the transaction ends; always in one order, so that nobody waits in a circle."""
    query = select(col(ParticipantRow.id)).where(col(ParticipantRow.id).in_(ids), visible_to(actor))
    return (await session.scalars(query.order_by(col(ParticipantRow.id)).with_for_update())).all()


async def add(session: AsyncSession, row: ParticipantRow) -> bool:
    """False if its slug is taken."""
    added = insert(ParticipantRow).values(row.model_dump()).on_conflict_do_nothing()
    return await session.scalar(added.returning(col(ParticipantRow.id))) is not None


async def start_new_epochs(session: AsyncSession, ids: Sequence[UUID], at: datetime) -> None:
    """What these participants see changed at once, so their old feed cursors no longer do (R17)."""
    epoch = col(ParticipantRow.feed_epoch) + 1
    chosen = update(ParticipantRow).where(col(ParticipantRow.id).in_(ids))
    await session.execute(chosen.values(feed_epoch=epoch, updated_at=at))


async def retract_all_of(session: AsyncSession, id: UUID, at: datetime) -> None:
    """Retract all that a participant contributed, and announce it in the feed (R4)."""
    await session.execute(select(func.retract_all_of(id, at)))


async def any_exists_yet(session: AsyncSession) -> bool:
    """For the owner of the tables alone. Holds off others who ask the same until the transaction ends."""
    await session.execute(text("LOCK TABLE participant IN SHARE ROW EXCLUSIVE MODE"))
    return await session.scalar(select(col(ParticipantRow.id)).limit(1)) is not None


def _conditions(actor: Viewer, wanted: ParticipantFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(col(ParticipantRow.status) == wanted.status)
    if wanted.participant_class is not None:
        conditions.append(col(ParticipantRow.participant_class) == wanted.participant_class)
    if wanted.slug is not None:
        conditions.append(col(ParticipantRow.slug) == wanted.slug)
    if wanted.group_id is not None:
        members = select(col(GroupMemberRow.participant_id)).where(
            col(GroupMemberRow.group_id) == wanted.group_id, groups.members_visible_to(actor)
        )
        conditions.append(col(ParticipantRow.id).in_(members))
    return conditions
