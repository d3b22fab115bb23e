"""A participant's match keys; nobody else's are ever read."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.store.tables.participant import MatchKeyRow

# Namespace of the lock by which a participant's calls wait for each other: they number what does not exist yet.
_LOCK = 7_310_002


async def of_participant(session: AsyncSession, actor: Actor, *, lock: bool = False) -> Sequence[MatchKeyRow]:
    """The actor's keys, the newest first."""
    if lock:
        await session.execute(select(func.pg_advisory_xact_lock(_LOCK, func.hashtext(str(actor.participant_id)))))
    query = (
        select(MatchKeyRow)
        .where(col(MatchKeyRow.participant_id) == actor.participant_id)
        .order_by(col(MatchKeyRow.epoch).desc())
    )
    return (await session.scalars(query)).all()
