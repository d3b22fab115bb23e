"""Signals under the keys and normal forms of before, as the owner of the tables sees them."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.errors import InvalidInput
from app.rules.key_use import TagVersion
from app.rules.keyring import Keyring
from app.rules.rekeying import SignalBehind, retagged
from app.store.arrays import among
from app.store.tables.signal import SignalRow

_WIDTH = 1_000


async def tagged_with(session: AsyncSession, keys: Sequence[int]) -> int:
    """How many signals have a tag under one of these keys."""
    query = select(func.count()).where(col(SignalRow.tag_key_version).in_(keys))
    return int(await session.scalar(query) or 0)


async def rehearse(
    session: AsyncSession, keyring: Keyring, current: TagVersion, new: TagVersion
) -> tuple[list[UUID], list[tuple[UUID, UUID]]]:
    """What other normal forms would make of all signals: those that they refuse, and pairs that they take for one.

    Only forms that change can meet others, so no more than these are held in memory.
    """
    refused: list[UUID] = []
    equal: list[tuple[UUID, UUID]] = []
    changed: dict[bytes, UUID] = {}
    moving: set[UUID] = set()
    async for signal in _all(session):
        try:
            made = retagged(keyring, signal, new)
        except InvalidInput:
            refused.append(signal.id)
            continue
        # The key stays the same, so another tag is another form.
        if made.tag != signal.tag:
            moving.add(signal.id)
            if (other := changed.setdefault(made.tag, signal.id)) != signal.id:
                equal.append((other, signal.id))
    for tag, id in changed.items():
        query = select(col(SignalRow.id)).where(among(col(SignalRow.tag), [tag]))
        equal += [(other, id) for other in await session.scalars(query) if other not in moving]
    return refused, equal


async def _all(session: AsyncSession) -> AsyncIterator[SignalBehind]:
    after = UUID(int=0)
    while True:
        query = select(SignalRow).where(col(SignalRow.id) > after).order_by(col(SignalRow.id)).limit(_WIDTH)
        rows = (await session.scalars(query)).all()
        for r in rows:
            yield SignalBehind(r.id, r.type, r.qualifier, r.tag, r.sealed_value, r.normaliser_version)
        if not rows:
            return
        after = rows[-1].id
        session.expunge_all()
