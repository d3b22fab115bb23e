"""What calls with an idempotency key left behind (R19)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.store.tables.record import IdempotencyRow


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call is kept: whoever made it, its mutation, and the fingerprint of its key."""

    client_id: UUID
    mutation: str
    key_fingerprint: bytes


async def claim(session: AsyncSession, actor: Actor, place: Place, input_fingerprint: bytes) -> IdempotencyRow | None:
    """Keep the place for a call that has no result yet; the earlier call where there is one.

    Waits for a transaction that is about to take the same place.
    """
    row = IdempotencyRow(
        client_id=place.client_id,
        mutation=place.mutation,
        key_fingerprint=place.key_fingerprint,
        input_fingerprint=input_fingerprint,
        created_at=actor.as_of,
    )
    new = insert(IdempotencyRow).values(row.model_dump()).on_conflict_do_nothing()
    if await session.scalar(new.returning(col(IdempotencyRow.client_id))) is not None:
        return None
    return (await session.scalars(select(IdempotencyRow).where(*_at(place)))).one()


async def keep(session: AsyncSession, place: Place, result: Any) -> None:
    """What the call of this place answered, as plain JSON."""
    await session.execute(update(IdempotencyRow).where(*_at(place)).values(result=result))


def _at(place: Place) -> list[ColumnElement[bool]]:
    return [
        col(IdempotencyRow.client_id) == place.client_id,
        col(IdempotencyRow.mutation) == place.mutation,
        col(IdempotencyRow.key_fingerprint) == place.key_fingerprint,
    ]
