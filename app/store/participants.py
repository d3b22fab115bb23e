"""Queries for participants."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.participants import LISTED, ParticipantFilter
from app.store import groups
from app.store.pages import Order, Page, Window, page
from app.store.tables.participant import GroupMemberRow, ParticipantRow


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Itself; to the operator all; to others those that take part and have not left."""
    if actor.is_operator:
        return true()
    itself = col(ParticipantRow.id) == actor.participant_id
    return or_(itself, col(ParticipantRow.status).in_(LISTED)) if actor.sees_others else itself


async def by_ids(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> Mapping[UUID, ParticipantRow]:
    query = select(ParticipantRow).where(col(ParticipantRow.id).in_(list(ids)), visible_to(actor))
    return {row.id: row for row in await session.scalars(query)}


async def find(session: AsyncSession, actor: Actor, wanted: ParticipantFilter, window: Window) -> Page[ParticipantRow]:
    """Oldest first. A group that the actor may not see has no members for it."""
    query = select(ParticipantRow).where(visible_to(actor), *_conditions(actor, wanted))
    order = Order(col(ParticipantRow.created_at), col(ParticipantRow.id), newest_first=False)
    return await page(session, query, order, window)


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


def _conditions(actor: Actor, wanted: ParticipantFilter) -> list[ColumnElement[bool]]:
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
