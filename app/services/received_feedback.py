"""Following what others find with the signals of a participant, as it goes on (R8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.actor import Actor
from app.rules.cursors import Cursors, Place
from app.rules.limits import MAX_EVENT_ITEMS
from app.rules.scopes import Scope
from app.services.changes import FreshStart
from app.store import changes, feedback_changes
from app.store.tables.feedback import FeedbackRow


@dataclass(frozen=True, slots=True)
class ReceivedFeedback:
    """What is new or changed, as it stands now."""

    items: Sequence[FeedbackRow]
    end: Place
    caught_up: bool


async def begin(session: AsyncSession, actor: Actor, cursors: Cursors, after: str | None) -> Place:
    """Where to go on from: after a cursor, or from now on.

    Raises: Forbidden (scope), InvalidInput (cursor).
    """
    actor.require(Scope.FEEDBACK_READ)
    if after is not None:
        return cursors.feedback_place(after)
    return Place(actor.feed_epoch, await changes.head(session))


async def follow_from(
    session: AsyncSession, actor: Actor, cursors: Cursors, place: Place
) -> ReceivedFeedback | FreshStart:
    """The feedback after a place where the actor may begin."""
    start = Place(actor.feed_epoch)
    if place.epoch != start.epoch:
        return FreshStart(cursors.of_feedback_place(start))
    head = await changes.head(session)
    found = await feedback_changes.after(session, actor, place.position, MAX_EVENT_ITEMS)
    end = found.end if found.has_next else max(found.end, head)
    return ReceivedFeedback(found.rows, Place(place.epoch, end), not found.has_next)
