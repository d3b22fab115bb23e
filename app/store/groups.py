"""Queries for sharing groups and their members."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.store.nouns import Alias, Edge, Noun
from app.store.tables.participant import GroupMemberRow, SharingGroupRow
from app.store.viewpoint import Viewer, in_a_group_of, there_is


def visible_to(actor: Viewer, of: type[SharingGroupRow] = SharingGroupRow) -> ColumnElement[bool]:
    """Its members know of a group, and the operator; to everybody else it does not exist."""
    return true() if actor.is_operator else in_a_group_of(actor, col(of.id))


def is_known_to(actor: Viewer, id: Any) -> ColumnElement[bool]:
    return true() if actor.is_operator else in_a_group_of(actor, id)


def members_visible_to(actor: Viewer, of: type[GroupMemberRow] = GroupMemberRow) -> ColumnElement[bool]:
    return true() if actor.is_operator else in_a_group_of(actor, col(of.group_id))


by_ids = Noun(SharingGroupRow, visible_to)


def _of_participant(viewer: Viewer, of: Alias, participant_id: Any) -> ColumnElement[bool]:
    member = aliased(GroupMemberRow)
    is_member = there_is(member, col(member.group_id) == col(of.id), col(member.participant_id) == participant_id)
    return and_(is_member, visible_to(viewer, of))


# The groups that each participant is a member of, as far as the viewer sees them, by slug.
of_participants = Edge(SharingGroupRow, _of_participant, lambda _, of: (col(of.slug),))


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
