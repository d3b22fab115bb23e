"""Sharing groups: making them, naming them, and who is in them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Conflict, InvalidInput, NotFound, Refusal
from app.rules.actor import Actor
from app.rules.audit import AuditAction
from app.rules.names import check_name
from app.rules.participants import check_slug
from app.rules.scopes import Scope
from app.store import audit, groups, participants
from app.store.tables.participant import SharingGroupRow


async def create(session: AsyncSession, actor: Actor, slug: str, name: str) -> SharingGroupRow:
    """Make a group without members.

    Raises: Forbidden, InvalidInput (slug, name), Conflict (slug taken).
    """
    actor.to_operate(Scope.PARTICIPANTS_MANAGE)
    row = SharingGroupRow(created_at=actor.as_of, slug=check_slug(slug), name=check_name(name))
    if not await groups.add(session, row):
        raise Conflict("There is already a group with this slug.")
    await audit.append(session, actor, AuditAction.GROUP_CREATE, [row.id])
    return row


async def rename(session: AsyncSession, actor: Actor, id: UUID, name: str) -> SharingGroupRow:
    """The slug stays, as files and filters hold it.

    Raises: Forbidden, NotFound, InvalidInput (name).
    """
    row = await _lock(session, actor, id)
    row.name = check_name(name)
    await session.flush()
    await audit.append(session, actor, AuditAction.GROUP_RENAME, [id])
    return row


async def add_members(
    session: AsyncSession, actor: Actor, id: UUID, participant_ids: Sequence[UUID]
) -> SharingGroupRow:
    """Let participants see what is shared with the group; those who are members stay so.

    Raises: Forbidden, NotFound (group, participant), InvalidInput (nobody named).
    """
    row = await _lock(session, actor, id)
    await _lock_participants(session, actor, participant_ids)
    added = await groups.add_members(session, id, participant_ids, actor.as_of)
    await _tell(session, actor, AuditAction.GROUP_ADD_MEMBERS, id, added)
    return row


async def remove_members(
    session: AsyncSession, actor: Actor, id: UUID, participant_ids: Sequence[UUID]
) -> SharingGroupRow:
    """Take from participants the sight of what is shared with the group; those who are no members stay so.

    Raises: Forbidden, NotFound (group, participant), InvalidInput (nobody named).
    """
    row = await _lock(session, actor, id)
    await _lock_participants(session, actor, participant_ids)
    removed = await groups.remove_members(session, id, participant_ids)
    await _tell(session, actor, AuditAction.GROUP_REMOVE_MEMBERS, id, removed)
    return row


async def _lock(session: AsyncSession, actor: Actor, id: UUID) -> SharingGroupRow:
    actor.to_operate(Scope.PARTICIPANTS_MANAGE)
    row = await groups.lock(session, actor, id)
    if row is None:
        raise NotFound("group", field="groupId")
    return row


async def _lock_participants(session: AsyncSession, actor: Actor, ids: Sequence[UUID]) -> None:
    if not ids:
        raise InvalidInput("Name at least one participant.", field="participantIds", reason=Refusal.EMPTY)
    if set(await participants.lock_all(session, actor, ids)) != set(ids):
        raise NotFound("participant", field="participantIds")


async def _tell(session: AsyncSession, actor: Actor, action: AuditAction, id: UUID, changed: Sequence[UUID]) -> None:
    if changed:
        await participants.start_new_epochs(session, changed, actor.as_of)
        await audit.append(session, actor, action, [id, *changed])
