"""Long lists of feedback: what a participant gave, what it received, and the history of one finding."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, column, select, true, tuple_, values
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.cursors import Key
from app.rules.feedback import FeedbackFilter, told_moment
from app.store import feedback
from app.store.pages import Order, Page, Window, page
from app.store.tables.feedback import FeedbackReferenceRow, FeedbackRow, FeedbackVersionRow
from app.store.tables.row import TEXT

# The largest of its column's type.
MAX_VERSION = 2**31 - 1


async def given(session: AsyncSession, actor: Actor, wanted: FeedbackFilter, window: Window) -> Page[FeedbackRow]:
    """What the actor's participant recorded, newest change first."""
    own = col(FeedbackRow.author_id) == actor.participant_id
    return await _listed(session, _Walk(FeedbackRow, own, "id"), wanted, window)


async def received(session: AsyncSession, actor: Actor, wanted: FeedbackFilter, window: Window) -> Page[FeedbackRow]:
    """What refers to the actor's contributions; nothing while it sees only its own data (R4).

    The newest change first, as far as the actor is told when that was: neither the order nor `updated_since` tells it
    more closely.
    """
    if not actor.sees_others:
        return Page([], has_next=False)
    if wanted.updated_since is not None:
        wanted = replace(wanted, updated_since=told_moment(wanted.updated_since))
    addressed = col(FeedbackReferenceRow.contributor_id) == actor.participant_id
    listed = await _listed(session, _Walk(FeedbackReferenceRow, addressed, "feedback_id"), wanted, window)
    rows = await feedback.by_ids(session, actor, [row.feedback_id for _, row in listed.items])
    return listed.of(lambda row: rows[row.feedback_id])


async def history(session: AsyncSession, actor: Actor, id: UUID, window: Window) -> Page[FeedbackVersionRow]:
    """Everything that the actor's participant said in one feedback, newest first; nothing of what others said."""
    query = select(FeedbackVersionRow).where(
        col(FeedbackVersionRow.feedback_id) == id, col(FeedbackVersionRow.author_id) == actor.participant_id
    )
    if window.after is not None:
        # A cursor of another list holds an id there, far beyond any version.
        query = query.where(col(FeedbackVersionRow.version) < min(window.after.id.int, MAX_VERSION))
    query = query.order_by(col(FeedbackVersionRow.version).desc()).limit(window.first + 1)
    rows = list(await session.scalars(query))
    # Within one feedback the version makes the order, so it takes the place of the id in the key.
    items = [(Key(row.recorded_at, UUID(int=row.version)), row) for row in rows[: window.first]]
    return Page(items, has_next=len(rows) > window.first)


@dataclass(frozen=True, slots=True)
class _Walk:
    """A table with findings in the order of `updated_at` and an id, for each participant; both have the indexes."""

    table: type[FeedbackRow] | type[FeedbackReferenceRow]
    of_participant: ColumnElement[bool]
    id: str

    def order(self, of: Any) -> Order:
        return Order(of.updated_at, getattr(of, self.id))


async def _listed(session: AsyncSession, walk: _Walk, wanted: FeedbackFilter, window: Window) -> Page[Any]:
    query = select(walk.table).where(walk.of_participant)
    if wanted.updated_since is not None:
        query = query.where(col(walk.table.updated_at) >= wanted.updated_since)
    if not wanted.findings:
        return await page(session, query, walk.order(walk.table), window)
    return await page(session, *_nearest(query, walk, wanted.findings, window), window)


def _nearest(
    query: Select[Any], walk: _Walk, findings: Sequence[tuple[str, str]], window: Window
) -> tuple[Select[Any], Order]:
    """The page of each finding, from which the page of all is taken: an index gives the order within one only."""
    finding = values(column("verdict", TEXT), column("type", TEXT), name="finding").data(findings)
    order = walk.order(walk.table)
    if window.after is not None:
        place = tuple_(window.after.moment, window.after.id)
        query = query.where(tuple_(order.moment, order.id) < place)
    nearest = (
        query.where(
            col(walk.table.verdict) == finding.c.verdict,
            col(walk.table.signal_type) == finding.c.type,
        )
        .order_by(order.moment.desc(), order.id.desc())
        .limit(window.first + 1)
        .lateral()
    )
    found = aliased(walk.table, nearest)
    return select(found).select_from(finding.join(nearest, true())), walk.order(found)
