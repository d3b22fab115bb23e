"""Following the change feed, page by page or as it goes on (R17, R18)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Forbidden, InvalidInput, Refusal
from app.rules import limits
from app.rules.actor import Actor
from app.rules.changes import ChangeFilter
from app.rules.cursors import Cursors, Place
from app.rules.scopes import Scope
from app.store import changes, clients, signals
from app.store.changes import Stretch
from app.store.signals import SeenSignal


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Signals that changed, each as it stands now, or with null where it went out of sight."""

    items: Sequence[tuple[UUID, SeenSignal | None]]
    start_cursor: str
    end_cursor: str
    caught_up: bool
    # Where it ends, which no client is told.
    end: Place


@dataclass(frozen=True, slots=True)
class FreshStart:
    """What the reader sees changed at once: it starts again from here."""

    start_cursor: str


async def follow(
    session: AsyncSession, actor: Actor, cursors: Cursors, after: str | None, first: int
) -> ChangeSet | FreshStart:
    """The changes after a cursor, or from the start.

    Raises: Forbidden (scope), InvalidInput (cursor, page size).
    """
    actor.require(Scope.FEED_READ)
    limits.check_page(first)
    place = Place(actor.feed_epoch) if after is None else cursors.place(after)
    return await follow_from(session, actor, cursors, place, first)


async def begin(session: AsyncSession, actor: Actor, cursors: Cursors, after: str | None) -> Place:
    """Where to go on from: after a cursor, or from now on.

    Raises: Forbidden (scope), InvalidInput (cursor).
    """
    actor.require(Scope.FEED_READ)
    if after is not None:
        return cursors.place(after)
    head = await changes.head(session)
    return Place(actor.feed_epoch, head, head)


async def follow_from(
    session: AsyncSession, actor: Actor, cursors: Cursors, place: Place, first: int
) -> ChangeSet | FreshStart:
    """The changes after a place where the actor may begin."""
    start = Place(actor.feed_epoch)
    if place.epoch != start.epoch:
        return FreshStart(cursors.of_place(start))
    stretch, end = await onward(session, actor, place, first)
    seen = await signals.by_ids(session, actor, [signal_id for _, signal_id in stretch.entries])
    return ChangeSet(
        items=[(signal_id, seen.get(signal_id)) for _, signal_id in stretch.entries],
        start_cursor=cursors.of_place(place),
        end_cursor=cursors.of_place(end),
        caught_up=not stretch.has_next,
        end=end,
    )


async def onward(session: AsyncSession, actor: Actor, place: Place, first: int) -> tuple[Stretch, Place]:
    """What follows in the feed, and where the reader stands then."""
    head = await changes.head(session)
    began = place.began if place.position else head
    stretch = await changes.after(session, actor, replace(place, began=began), first)
    last = stretch.entries[-1][0] if stretch.entries else place.position
    # Past what is hidden, or every poll would search through it again; the cursor's text does not tell (R18).
    end = last if stretch.has_next else max(last, head)
    return stretch, Place(place.epoch, end, began)


async def acknowledge(session: AsyncSession, actor: Actor, cursors: Cursors, cursor: str) -> None:
    """Keep that the client has applied all changes up to a cursor; an earlier one than before counts as that one.

    Any status will do: whoever loses sight of signals has to delete them, and can say so. Neither the answer nor the
    time that is kept depends on how two cursors compare, which would tell whether something hidden lies between (R18).

    Raises: Forbidden (scope; a person, who may be at many machines), InvalidInput (cursor; one of another epoch).
    """
    actor.require(Scope.FEED_READ)
    if actor.signed_in is not None:
        raise Forbidden("Only a program that acts by itself acknowledges changes.")
    place = cursors.place(cursor, field="cursor")
    if place.epoch != actor.feed_epoch:
        raise InvalidInput(
            "What you see changed at once after this cursor: read `changes` from it, and start again as that says.",
            field="cursor",
            reason=Refusal.RESYNC_REQUIRED,
        )
    await clients.acknowledge(session, actor, place)


def chosen(found: ChangeSet, wanted: ChangeFilter) -> ChangeSet:
    """What the reader wants of it. A signal that does not meet its conditions may have met them before, so it is told
    as gone; one of another type never did."""
    items = [
        (id, seen if seen is None or wanted.met_by(seen.told) else None)
        for id, seen in found.items
        if seen is None or wanted.may_be(seen.type)
    ]
    return replace(found, items=items)
