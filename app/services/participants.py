"""Participants: admission, the steps of their life, and who takes part."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Conflict, NotFound
from app.rules.actor import Actor
from app.rules.audit import AuditAction
from app.rules.names import check_name
from app.rules.participants import (
    SEES_OTHERS,
    ParticipantClass,
    ParticipantFilter,
    ParticipantStatus,
    check_slug,
    check_step,
)
from app.rules.scopes import Scope
from app.services.lists import Finder
from app.store import audit, participants
from app.store.tables.participant import ParticipantRow


def _of_a_possible_slug(_: Actor, wanted: ParticipantFilter) -> ParticipantFilter:
    """Raises: InvalidInput for a slug that nobody can have."""
    if wanted.slug is not None:
        check_slug(wanted.slug)
    return wanted


# Who takes part, as far as the actor may know, the oldest first.
find = Finder(Scope.PARTICIPANTS_READ, participants.find, _of_a_possible_slug)


async def admit(
    session: AsyncSession, actor: Actor, slug: str, name: str, participant_class: ParticipantClass
) -> ParticipantRow:
    """Take in an application; the participant becomes active step by step.

    Raises: Forbidden, InvalidInput (slug, name), Conflict (slug taken).
    """
    actor.to_operate(Scope.PARTICIPANTS_MANAGE)
    row = ParticipantRow(
        created_at=actor.as_of,
        slug=check_slug(slug),
        name=check_name(name),
        participant_class=participant_class,
        status=ParticipantStatus.APPLIED,
        updated_at=actor.as_of,
    )
    if not await participants.add(session, row):
        raise Conflict("There is already a participant with this slug.")
    await audit.append(session, actor, AuditAction.PARTICIPANT_ADMIT, [row.id])
    return row


async def change_status(session: AsyncSession, actor: Actor, id: UUID, to: ParticipantStatus) -> ParticipantRow:
    """Take the next step; whoever leaves for good has all its contributions retracted (R4).

    Raises: Forbidden, NotFound, Conflict (the step is not possible, or it is the actor's own participant).
    """
    actor.to_operate(Scope.PARTICIPANTS_MANAGE)
    row = await _lock(session, actor, id)
    if row.id == actor.participant_id:
        # The last operator could shut itself out, and nobody could let it in again.
        raise Conflict("You cannot change the status of your own participant: another operator must.")
    before = ParticipantStatus(row.status)
    check_step(before, to)
    row.status, row.updated_at = to, actor.as_of
    if (before in SEES_OTHERS) != (to in SEES_OTHERS):
        row.feed_epoch += 1
    await session.flush()
    if to is ParticipantStatus.TERMINATED:
        await participants.retract_all_of(session, id, actor.as_of)
    await audit.append(session, actor, AuditAction.PARTICIPANT_BECOME, [id], to)
    return row


async def set_quarantine(session: AsyncSession, actor: Actor, id: UUID, quarantines: bool) -> ParticipantRow:
    """Whether what the participant uploads from now on waits for the operator (R20).

    Raises: Forbidden, NotFound.
    """
    actor.to_operate(Scope.COMPLIANCE_MANAGE)
    row = await _lock(session, actor, id)
    if row.quarantines != quarantines:
        row.quarantines, row.updated_at = quarantines, actor.as_of
        await session.flush()
        action = AuditAction.PARTICIPANT_QUARANTINE if quarantines else AuditAction.PARTICIPANT_END_QUARANTINE
        await audit.append(session, actor, action, [id])
    return row


async def _lock(session: AsyncSession, actor: Actor, id: UUID) -> ParticipantRow:
    row = await participants.lock(session, actor, id)
    if row is None:
        raise NotFound("participant", field="participantId")
    return row
