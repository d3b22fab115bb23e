"""Lists of signals: walked along an index of contributions, each signal listed at one of them."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, TextClause, exists, false, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.signal_lists import SignalFilter, SignalOrder
from app.store import contributions, feedback, groups, signals
from app.store.pages import Order, Page, Window, page
from app.store.signals import SeenSignal
from app.store.tables.contribution import (
    CONFIDENCE_CONDITIONS,
    HANDLING_CONDITIONS,
    LIVE,
    SEVERITY_CONDITIONS,
    VIOLATION_CONDITIONS,
    ContributionGroupRow,
    ContributionRow,
)
from app.store.tables.feedback import FeedbackRow

Condition = ColumnElement[bool] | TextClause


async def find(
    session: AsyncSession, actor: Actor, wanted: SignalFilter, order: SignalOrder, window: Window
) -> Page[SeenSignal]:
    """The signals with a visible contribution that meets all that is wanted.

    Of the contributions that meet it, a signal is listed where the first was created or the last one was updated.
    """
    other = aliased(ContributionRow)
    moment, others_moment = (
        (ContributionRow.created_at, other.created_at)
        if order.by_creation
        else (ContributionRow.updated_at, other.updated_at)
    )
    key, others_key = tuple_(moment, ContributionRow.id), tuple_(others_moment, other.id)
    listed_elsewhere = exists().where(
        col(other.signal_id) == ContributionRow.signal_id,
        others_key < key if order.by_creation else others_key > key,
        *_conditions(actor, wanted, other),
    )
    query = select(ContributionRow).where(*_conditions(actor, wanted, ContributionRow), ~listed_elsewhere)
    listed = await page(session, query, Order(col(moment), col(ContributionRow.id), order.newest_first), window)
    seen = await signals.by_ids(session, actor, {row.signal_id for _, row in listed.items})
    return listed.of(lambda row: seen[row.signal_id])


def _conditions(actor: Actor, wanted: SignalFilter, of: type[ContributionRow]) -> Iterator[Condition]:
    """What a contribution must meet. Conditions that are text are spelt as in the indexes, as parameters would not be
    found in them; their columns are those of the nearest contribution."""
    yield from (contributions.visible_to(actor, of), contributions.live(actor, of), text(LIVE))
    if wanted.types:
        yield col(of.signal_type).in_(wanted.types)
    if wanted.violations:
        yield or_(*(text(VIOLATION_CONDITIONS[violation]) for violation in wanted.violations))
    if wanted.severity_at_least in SEVERITY_CONDITIONS:
        yield text(SEVERITY_CONDITIONS[wanted.severity_at_least])
    if wanted.handling is not None:
        yield text(HANDLING_CONDITIONS[wanted.handling])
    if wanted.confidence_at_least is not None:
        yield from _confident(wanted.confidence_at_least, of)
    yield from _placed(actor, wanted, of)
    if wanted.has_feedback is not None:
        told = exists().where(col(FeedbackRow.signal_id) == of.signal_id, feedback.visible_to(actor))
        yield told if wanted.has_feedback else ~told


def _confident(at_least: int, of: type[ContributionRow]) -> Iterator[Condition]:
    floors = [floor for floor in CONFIDENCE_CONDITIONS if floor <= at_least]
    if floors:
        yield text(CONFIDENCE_CONDITIONS[max(floors)])
    yield col(of.confidence) >= at_least


def _placed(actor: Actor, wanted: SignalFilter, of: type[ContributionRow]) -> Iterator[Condition]:
    if wanted.contributor is not None:
        yield col(of.participant_id) == wanted.contributor
    if wanted.updated_since is not None:
        yield col(of.updated_at) >= wanted.updated_since
    if wanted.group is not None and not groups.is_known_to(actor, wanted.group):
        # What is seen through one group would tell that it is shared with another one, too.
        yield false()
    elif wanted.group is not None:
        yield exists().where(
            col(ContributionGroupRow.contribution_id) == of.id, col(ContributionGroupRow.group_id) == wanted.group
        )
