"""Long lists of feedback: what a participant gave, what it received, and the history of one finding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, column, false, select, true, values
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.cursors import Key
from app.rules.feedback import FeedbackFilter
from app.store import feedback
from app.store.nouns import Alias, Listing
from app.store.pages import Order, Page, Window, within
from app.store.tables.feedback import FeedbackReferenceRow, FeedbackRow, FeedbackVersionRow
from app.store.tables.row import MOMENT, TEXT
from app.store.viewpoint import Viewer
from app.store.viewpoint import given as given_value

# The largest of its column's type.
MAX_VERSION = 2**31 - 1


def _given(viewer: Viewer, wanted: FeedbackFilter, window: Window) -> tuple[Select[Any], Order]:
    own = col(FeedbackRow.author_id) == viewer.participant_id
    return _listed(_Walk(FeedbackRow, own, "id"), wanted, wanted.updated_since, window)


def _received(viewer: Viewer, wanted: FeedbackFilter, window: Window) -> tuple[Select[Any], Order]:
    """Neither the order nor `updated_since` tells when it was given more closely than the viewer is told."""
    addressed = col(FeedbackReferenceRow.contributor_id) == viewer.participant_id
    if not viewer.sees_others:
        addressed = false()
    since = None if wanted.updated_since is None else feedback.rounded(given_value(wanted.updated_since, MOMENT))
    return _listed(_Walk(FeedbackReferenceRow, addressed, "feedback_id"), wanted, since, window)


_SHAPING = frozenset({"verdicts", "signal_type"})
# What the viewer's participant recorded, newest change first.
given = Listing(feedback.by_ids, _given, _SHAPING)
# What refers to the viewer's contributions, the newest hour first; nothing while it sees only its own data (R4).
received = Listing(feedback.by_ids, _received, _SHAPING)


def versions(viewer: Viewer, of: Alias, id: Any) -> ColumnElement[bool]:
    """Everything that the viewer's participant said in one feedback; nothing of what others said."""
    return and_(col(of.feedback_id) == id, col(of.author_id) == viewer.participant_id)


async def history(session: AsyncSession, actor: Actor, id: UUID, window: Window) -> Page[FeedbackVersionRow]:
    """A page of these, newest first."""
    query = select(FeedbackVersionRow).where(versions(actor, FeedbackVersionRow, id))
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


def _listed(walk: _Walk, wanted: FeedbackFilter, since: Any, window: Window) -> tuple[Select[Any], Order]:
    query = select(getattr(walk.table, walk.id)).where(walk.of_participant)
    if since is not None:
        query = query.where(col(walk.table.updated_at) >= since)
    if not wanted.findings:
        return query, walk.order(walk.table)
    return _nearest(query, walk, wanted.findings, window)


def _nearest(
    query: Select[Any], walk: _Walk, findings: Sequence[tuple[str, str]], window: Window
) -> tuple[Select[Any], Order]:
    """The page of each finding, from which the page of all is taken: an index gives the order within one only."""
    finding = values(column("verdict", TEXT), column("type", TEXT), name="finding").data(findings)
    order = walk.order(walk.table)
    of_one = query.add_columns(order.moment.label("moment")).where(
        col(walk.table.verdict) == finding.c.verdict, col(walk.table.signal_type) == finding.c.type
    )
    found = within(of_one, order, window).correlate_except(walk.table).lateral()
    id = found.c[walk.id]
    return select(id).select_from(finding.join(found, true())), Order(found.c.moment, id)
