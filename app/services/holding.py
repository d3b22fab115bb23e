"""What the operator holds back: guard lists, quarantine and hiding (R20)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import NotFound
from app.rules import guards
from app.rules.actor import Actor
from app.rules.audit import AuditAction
from app.rules.guards import GuardList
from app.rules.keyring import Keyring
from app.rules.labels import ContributionStatus
from app.rules.scopes import Scope
from app.store import audit, contributions, guard_lists, holding, participants, signals


async def load(session: AsyncSession, actor: Actor, keyring: Keyring, list: GuardList, entries: Sequence[str]) -> int:
    """Put entries into a guard list; what was uploaded before stays. Says how many are new.

    Raises: Forbidden, InvalidInput (the first entry that could never refuse anything; nothing is loaded then).
    """
    actor.to_operate(Scope.COMPLIANCE_MANAGE)
    added = await guard_lists.add(session, keyring, list, guards.guard_entries(list, entries))
    await audit.append(session, actor, AuditAction.GUARD_LIST_LOAD, [], list)
    return added


async def unload(session: AsyncSession, actor: Actor, keyring: Keyring, list: GuardList, entries: Sequence[str]) -> int:
    """Take entries out of a guard list; says how many were there.

    Raises: Forbidden, InvalidInput.
    """
    actor.to_operate(Scope.COMPLIANCE_MANAGE)
    removed = await guard_lists.remove(session, keyring, list, guards.guard_entries(list, entries))
    await audit.append(session, actor, AuditAction.GUARD_LIST_UNLOAD, [], list)
    return removed


async def list_sizes(session: AsyncSession, actor: Actor) -> dict[GuardList, int]:
    """Raises: Forbidden."""
    actor.require(Scope.COMPLIANCE_MANAGE)
    return await guard_lists.sizes(session)


async def release(session: AsyncSession, actor: Actor, ids: Sequence[UUID]) -> list[bool]:
    """Let quarantined contributions go to their audiences; false for each that is not in quarantine.

    Raises: Forbidden.
    """
    actor.to_operate(Scope.COMPLIANCE_MANAGE)
    rows = await contributions.by_ids(session, actor, ids)
    held = [id for id, row in rows.items() if row.status == ContributionStatus.QUARANTINED]
    await holding.release(session, actor, held)
    await audit.append(session, actor, AuditAction.CONTRIBUTION_RELEASE, held)
    return [id in held for id in ids]


async def set_hidden(session: AsyncSession, actor: Actor, ids: Sequence[UUID], *, hidden: bool) -> list[bool]:
    """Hide contributions from all but their contributors, or show them again; false for each that the operator does
    not see.

    Raises: Forbidden.
    """
    actor.to_operate(Scope.COMPLIANCE_MANAGE)
    rows = await contributions.by_ids(session, actor, ids)
    await holding.set_hidden(session, actor, list(rows), hidden=hidden)
    action = AuditAction.CONTRIBUTION_HIDE if hidden else AuditAction.CONTRIBUTION_SHOW
    await audit.append(session, actor, action, list(rows))
    return [id in rows for id in ids]


async def set_participant_hidden(session: AsyncSession, actor: Actor, id: UUID, *, hidden: bool) -> None:
    """Hide all that a participant contributes now, or show it again (R4).

    Raises: Forbidden, NotFound.
    """
    actor.to_operate(Scope.COMPLIANCE_MANAGE)
    if id not in await participants.by_ids(session, actor, [id]):
        raise NotFound("participant", field="participantId")
    await holding.set_participant_hidden(session, actor, id, hidden=hidden)
    await audit.append(session, actor, AuditAction.PARTICIPANT_HIDE if hidden else AuditAction.PARTICIPANT_SHOW, [id])


async def set_signal_hidden(session: AsyncSession, actor: Actor, id: UUID, *, hidden: bool) -> None:
    """Hide a signal from all but its contributors, or show it again.

    Raises: Forbidden, NotFound.
    """
    actor.to_operate(Scope.COMPLIANCE_MANAGE)
    if not await signals.by_ids(session, actor, [id]):
        raise NotFound("signal", field="signalId")
    await holding.set_signal_hidden(session, actor, id, hidden=hidden)
    await audit.append(session, actor, AuditAction.SIGNAL_HIDE if hidden else AuditAction.SIGNAL_SHOW, [id])
