"""The change feed as one reader sees it (R17, R18)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.changes import ChangeKind, Sight
from app.rules.cursors import Place
from app.store import contributions
from app.store.tables.contribution import ContributionRow
from app.store.tables.feed import FeedRow
from app.store.viewpoint import Viewer, groups_of, there_is


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the feed: the positions and signals that concern the reader, and whether more follow."""

    entries: Sequence[tuple[int, UUID]]
    has_next: bool


def visible_to(actor: Viewer, of: type[FeedRow] = FeedRow) -> ColumnElement[bool]:
    """Changes to contributions that the actor saw before or sees after; of the audience alone, those by which it gained
    or lost sight. Its groups are those of now: when they change, its epoch does too, and it reads from the start.
    Hiding is no change for the contributor."""
    own = col(of.owner_id) == actor.participant_id
    told = or_(col(of.kind) != ChangeKind.HIDING, ~own)
    if not actor.sees_others:
        return and_(told, own)
    groups = groups_of(actor)
    before, after = (
        or_(
            and_(col(sight) == Sight.AUDIENCE, or_(col(program), col(members).op("&&", is_comparison=True)(groups))),
            col(sight) == Sight.OPERATOR if actor.is_operator else false(),
        )
        for sight, program, members in (
            (of.sight_before, of.program_before, of.groups_before),
            (of.sight_after, of.program_after, of.groups_after),
        )
    )
    says_more = col(of.kind) != ChangeKind.AUDIENCE
    concerns = and_(or_(before, after), or_(says_more, not_(before), not_(after)))
    return and_(told, or_(own, concerns))


async def after(session: AsyncSession, actor: Actor, place: Place, first: int) -> Stretch:
    """The next changes after `place`."""
    rows = [(position, id) for position, id in await session.execute(following(actor, place, first))]
    return Stretch(rows[:first], has_next=len(rows) > first)


def following(actor: Viewer, place: Any, first: Any) -> Select[Any]:
    """These changes and one more; of each signal only its latest, as what is shown is how it stands now."""
    later = aliased(FeedRow)
    superseded = there_is(
        later,
        col(later.signal_id) == FeedRow.signal_id,
        col(later.position) > FeedRow.position,
        _concerns(actor, place, later),
    )
    query: Any = (
        select(col(FeedRow.position), col(FeedRow.signal_id))
        .where(col(FeedRow.position) > place.position, _concerns(actor, place, FeedRow), ~superseded)
        .order_by(col(FeedRow.position))
        .limit(first + 1)
    )
    found: Select[Any] = query
    return found


def _concerns(actor: Viewer, place: Place, of: type[FeedRow]) -> ColumnElement[bool]:
    """Of what had changed before the reader began, only what it sees now: the rest it never had, and might never have
    been allowed to, as its groups and status were others then (R18)."""
    seen = aliased(ContributionRow)
    contribution = select(col(seen.id)).where(
        col(seen.signal_id) == of.signal_id,
        col(seen.participant_id) == of.owner_id,
        contributions.visible_to(actor, seen),
        contributions.live(actor, seen),
    )
    # As in `signals.named_visible_to`, OFFSET keeps the planner from gathering all that the actor sees first.
    return and_(
        visible_to(actor, of),
        or_(col(of.position) > place.began, contribution.correlate_except(seen).offset(0).exists()),
    )


def any_after(viewer: Viewer, position: Any) -> ColumnElement[bool]:
    """Whether anything after a position concerns the viewer."""
    of = aliased(FeedRow)
    return there_is(of, col(of.position) > position, visible_to(viewer, of))


def any_feedback_after(viewer: Viewer, position: Any) -> ColumnElement[bool]:
    """Whether anything after a position is feedback to the viewer."""
    of = aliased(FeedRow)
    return there_is(
        of,
        col(of.position) > position,
        col(of.kind) == ChangeKind.FEEDBACK,
        col(of.owner_id) == viewer.participant_id,
        visible_to(viewer, of),
    )


async def head(session: AsyncSession) -> int:
    """The last position of the whole feed. Ask before reading a page: what is read then holds everything up to it."""
    return int((await session.execute(select(func.feed_head()))).scalar_one())
