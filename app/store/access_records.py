"""Records of reveals: written with the reveal, read by the contributors that it concerns (R13)."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.cursors import Key
from app.store.arrays import among
from app.store.pages import Order, Page, Window, page
from app.store.tables.record import AccessRecordContributorRow, AccessRecordRow


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """To the contributors whose statements the reader saw when it revealed the value."""
    return exists().where(
        col(AccessRecordContributorRow.record_id) == AccessRecordRow.id,
        col(AccessRecordContributorRow.contributor_id) == actor.participant_id,
    )


async def add(
    session: AsyncSession, records: Sequence[AccessRecordRow], readers: Sequence[AccessRecordContributorRow]
) -> None:
    if records:
        await session.execute(insert(AccessRecordRow), [row.model_dump() for row in records])
    if readers:
        await session.execute(insert(AccessRecordContributorRow), [row.model_dump() for row in readers])


async def by_ids(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, AccessRecordRow]:
    query = select(AccessRecordRow).where(among(col(AccessRecordRow.id), ids), visible_to(actor))
    return {row.id: row for row in await session.scalars(query)}


async def of_contributor(session: AsyncSession, actor: Actor, window: Window) -> Page[AccessRecordRow]:
    """Walks the contributor's own part of the index, however many records others have."""
    mine = AccessRecordContributorRow
    query = select(col(mine.record_id)).where(col(mine.contributor_id) == actor.participant_id)
    ids = await page(session, query, Order(col(mine.created_at), col(mine.record_id)), window)
    rows = await by_ids(session, actor, [id for _, id in ids.items])
    return Page([(Key(key.moment, key.id), rows[id]) for key, id in ids.items], ids.has_next)
