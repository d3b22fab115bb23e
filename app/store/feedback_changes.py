"""Feedback to a participant in the order in which it was given or changed, found by what the feed tells of it (R8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, and_, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.changes import ChangeKind
from app.store import changes, feedback
from app.store.tables.feed import FeedRow
from app.store.tables.feedback import FeedbackRow
from app.store.tables.row import MOMENT, UUIDS
from app.store.viewpoint import there_is


@dataclass(frozen=True, slots=True)
class FeedbackStretch:
    """A part of the feed: the position where it ends, whether more follows, and what was told in it, as it is now."""

    end: int
    has_next: bool
    rows: Sequence[FeedbackRow]


async def after(session: AsyncSession, actor: Actor, position: int, first: int) -> FeedbackStretch:
    """What was given or changed after a position. What was changed once more since is told where that is."""
    of, later = aliased(FeedRow), aliased(FeedRow)
    to_me = and_(col(of.kind) == ChangeKind.FEEDBACK, col(of.owner_id) == actor.participant_id)
    again = there_is(
        later,
        col(later.signal_id) == of.signal_id,
        col(later.position) > of.position,
        col(later.kind) == of.kind,
        col(later.owner_id) == of.owner_id,
        col(later.at) == of.at,
    )
    query = (
        select(col(of.position), col(of.signal_id), col(of.at))
        .where(col(of.position) > position, to_me, changes.visible_to(actor, of), ~again)
        .order_by(col(of.position))
        .limit(first + 1)
    )
    entries = (await session.execute(query)).all()
    told = [(signal_id, at) for _, signal_id, at in entries[:first]]
    end = entries[:first][-1].position if entries else position
    return FeedbackStretch(end, len(entries) > first, await _given(session, actor, told))


async def _given(session: AsyncSession, actor: Actor, told: Sequence[tuple[UUID, datetime]]) -> Sequence[FeedbackRow]:
    """The feedback to the actor on these signals that was last changed at these times: the feed does not name it, and
    its authors' times are their own. In the order of random ids, as those of one call belong to one author."""
    if not told or not actor.sees_others:
        return []
    given = func.unnest(literal([id for id, _ in told], UUIDS), literal([at for _, at in told], ARRAY(MOMENT)))
    entry = given.table_valued(column("signal_id", Uuid()), column("at", MOMENT)).render_derived("entry").c
    query = (
        select(FeedbackRow)
        .where(
            col(FeedbackRow.signal_id) == entry.signal_id,
            col(FeedbackRow.updated_at) == entry.at,
            feedback.received_by(actor, FeedbackRow),
        )
        .order_by(col(FeedbackRow.id))
    )
    return list(await session.scalars(query))
