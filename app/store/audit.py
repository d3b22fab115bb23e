"""The audit trail: who did what to which objects."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.actor import Actor
from app.rules.audit import AuditAction
from app.store.tables.record import AuditEventRow


async def append(
    session: AsyncSession, actor: Actor, action: AuditAction, subjects: Sequence[UUID], detail: StrEnum | None = None
) -> None:
    """Record an action with the transaction that carries it out; `detail` is the word that it was done with."""
    event = {
        "id": uuid4(),
        "created_at": actor.as_of,
        "participant_id": actor.participant_id,
        "client_id": actor.client_id,
        "person_id": actor.person_id,
        "action": action,
        "subjects": list(subjects),
        "detail": detail,
    }
    await session.execute(insert(AuditEventRow).values(event))
