"""Queries for sharing groups and their members."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.store.tables.participant import GroupMemberRow, SharingGroupRow


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Its members know of a group, and the operator; to everybody else it does not exist."""
    return true() if actor.is_operator else col(SharingGroupRow.id).in_(actor.visible_groups)


def is_known_to(actor: Actor, id: UUID) -> bool:
    return actor.is_operator or id in actor.visible_groups


def members_visible_to(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.is_operator else col(GroupMemberRow.group_id).in_(actor.visible_groups)


async def by_ids(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> Mapping[UUID, SharingGroupRow]:
    query = select(SharingGroupRow).where(col(SharingGroupRow.id).in_(list(ids)), visible_to(actor))
    return {row.id: row for row in await session.scalars(query)}


async def of_participants(
    session: AsyncSession, actor: Actor, ids: Iterable[UUID]
) -> Mapping[UUID, list[SharingGroupRow]]:
    """The groups that each participant is a member of, as far as the actor sees them, by slug."""
    query = (
        select(col(GroupMemberRow.participant_id), SharingGroupRow)
        .join(GroupMemberRow, col(GroupMemberRow.group_id) == col(SharingGroupRow.id))
        .where(col(GroupMemberRow.participant_id).in_(list(ids)), visible_to(actor))
        .order_by(col(SharingGroupRow.slug))
    )
    found: dict[UUID, list[SharingGroupRow]] = defaultdict(list)
    for participant_id, row in await session.execute(query):
        found[participant_id].append(row)
    return found


async def lock(session: AsyncSession, actor: Actor, id: UUID) -> SharingGroupRow | None:
    """The group, held until the transaction ends, so that changes to its members come one after the other."""
    query = select(SharingGroupRow).where(col(SharingGroupRow.id) == id, visible_to(actor))
    found: SharingGroupRow | None = await session.scalar(query.with_for_update())
    return found


async def add(session: AsyncSession, row: SharingGroupRow) -> bool:
    """False if its slug is taken."""
    added = insert(SharingGroupRow).values(row.model_dump()).on_conflict_do_nothing()
    return await session.scalar(added.returning(col(SharingGroupRow.id))) is not None


async def add_members(session: AsyncSession, id: UUID, participants: Sequence[UUID], at: datetime) -> list[UUID]:
    """Those who were no members before."""
    rows = [{"group_id": id, "participant_id": participant, "added_at": at} for participant in set(participants)]
    added = insert(GroupMemberRow).values(rows).on_conflict_do_nothing()
    return list(await session.scalars(added.returning(col(GroupMemberRow.participant_id))))


async def remove_members(session: AsyncSession, id: UUID, participants: Sequence[UUID]) -> list[UUID]:
    """Those who were members until now."""
    chosen = delete(GroupMemberRow).where(
        col(GroupMemberRow.group_id) == id, col(GroupMemberRow.participant_id).in_(participants)
    )
    return list(await session.scalars(chosen.returning(col(GroupMemberRow.participant_id))))
