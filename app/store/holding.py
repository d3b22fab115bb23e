"""Calls of the functions by which the operator holds contributions back; each tells the feed what it did."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.actor import Actor
from app.store.tables.row import UUIDS


async def release(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> None:
    await session.execute(select(func.release_contributions(literal(list(ids), UUIDS), actor.as_of)))


async def set_hidden(session: AsyncSession, actor: Actor, ids: Iterable[UUID], *, hidden: bool) -> None:
    await session.execute(select(func.set_contributions_hidden(literal(list(ids), UUIDS), hidden, actor.as_of)))


async def set_participant_hidden(session: AsyncSession, actor: Actor, id: UUID, *, hidden: bool) -> None:
    await session.execute(select(func.set_participant_hidden(id, hidden, actor.as_of)))


async def set_signal_hidden(session: AsyncSession, actor: Actor, id: UUID, *, hidden: bool) -> None:
    await session.execute(select(func.set_signal_hidden(id, hidden, actor.as_of)))
