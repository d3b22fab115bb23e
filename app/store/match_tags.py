"""By which beginnings of match tags a participant's signals are found; nobody else's are ever read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Integer, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.store import signals
from app.store.arrays import among
from app.store.tables.participant import MatchKeyRow, MatchTagRow
from app.store.tables.row import UUIDS
from app.store.tables.signal import SignalRow

_KEEP = text("SELECT keep_match_tags(:epoch, :ids, :prefixes)").bindparams(
    bindparam("epoch", type_=Integer), bindparam("ids", type_=UUIDS), bindparam("prefixes", type_=ARRAY(BigInteger))
)
_FORGET = text("SELECT forget_match_tags(:epoch)").bindparams(bindparam("epoch", type_=Integer))


async def live_keys(session: AsyncSession, actor: Actor, epochs: Iterable[int]) -> Sequence[MatchKeyRow]:
    """Those of the actor's keys that are live, held until the transaction ends, so that one at a time goes on."""
    query = select(MatchKeyRow).where(
        col(MatchKeyRow.participant_id) == actor.participant_id,
        among(col(MatchKeyRow.epoch), epochs),
        col(MatchKeyRow.retired_at).is_(None),
    )
    return (await session.scalars(query.order_by(col(MatchKeyRow.epoch)).with_for_update())).all()


async def identities(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> Sequence[Any]:
    """What the tags of those signals are computed from that the actor sees."""
    row = SignalRow
    columns = (row.id, row.type, row.qualifier, row.sealed_value, row.normaliser_version)
    query = select(*map(col, columns)).where(among(col(row.id), ids), signals.visible_to(actor))
    return (await session.execute(query)).all()


async def keep(session: AsyncSession, epoch: int, prefixes: Mapping[UUID, int]) -> None:
    """Find these signals by these beginnings from now on, where they are still there."""
    if prefixes:
        given = {"epoch": epoch, "ids": list(prefixes), "prefixes": list(prefixes.values())}
        await session.execute(_KEEP, given)


async def forget(session: AsyncSession, epoch: int) -> None:
    """Forget what was kept under one of the actor's keys."""
    await session.execute(_FORGET, {"epoch": epoch})


async def candidates(session: AsyncSession, actor: Actor, epoch: int, prefixes: Iterable[int]) -> Sequence[Any]:
    """The `prefix` and `signal_id` of what may have one of these tags."""
    row = MatchTagRow
    query = select(col(row.prefix), col(row.signal_id)).where(
        col(row.participant_id) == actor.participant_id, col(row.epoch) == epoch, among(col(row.prefix), prefixes)
    )
    return (await session.execute(query)).all()
