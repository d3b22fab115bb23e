"""Records of reveals: written with the reveal, read by the contributors that it concerns (R13)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.store.nouns import Listing, Noun
from app.store.pages import Order
from app.store.tables.record import AccessRecordContributorRow, AccessRecordRow
from app.store.viewpoint import Viewer, there_is


def visible_to(actor: Viewer, of: type[AccessRecordRow] = AccessRecordRow) -> ColumnElement[bool]:
    """To the contributors whose statements the reader saw when it revealed the value."""
    mine = aliased(AccessRecordContributorRow)
    return there_is(mine, col(mine.record_id) == of.id, col(mine.contributor_id) == actor.participant_id)


async def add(
    session: AsyncSession, records: Sequence[AccessRecordRow], readers: Sequence[AccessRecordContributorRow]
) -> None:
    if records:
        await session.execute(insert(AccessRecordRow), [row.model_dump() for row in records])
    if readers:
        await session.execute(insert(AccessRecordContributorRow), [row.model_dump() for row in readers])


by_ids = Noun(AccessRecordRow, visible_to)


def _of_contributor(viewer: Viewer, _: None) -> tuple[Select[Any], Order]:
    """Walks the contributor's own part of the index, however many records others have."""
    mine = AccessRecordContributorRow
    query = select(col(mine.record_id)).where(col(mine.contributor_id) == viewer.participant_id)
    return query, Order(col(mine.created_at), col(mine.record_id))


# Newest first.
of_contributor = Listing(by_ids, lambda viewer, wanted, _: _of_contributor(viewer, wanted))
