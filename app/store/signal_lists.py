"""Lists of signals: walked along an index of contributions, each signal listed at one of them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, TextClause, or_, select, text, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.signal_lists import SignalFilter
from app.store import contributions, feedback, groups, signals
from app.store.arrays import among
from app.store.nouns import Listing
from app.store.pages import Order
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
from app.store.viewpoint import Viewer, there_is

Condition = ColumnElement[bool] | TextClause


def _listed(viewer: Viewer, wanted: SignalFilter) -> tuple[Select[Any], Order]:
    """The signals with a visible contribution that meets all that is wanted.

    Of the contributions that meet it, a signal is listed where the first was created or the last one was updated.
    """
    other, order = aliased(ContributionRow), wanted.order
    moment, others_moment = (
        (ContributionRow.created_at, other.created_at)
        if order.by_creation
        else (ContributionRow.updated_at, other.updated_at)
    )
    key, others_key = tuple_(moment, ContributionRow.id), tuple_(others_moment, other.id)
    listed_elsewhere = there_is(
        other,
        col(other.signal_id) == ContributionRow.signal_id,
        others_key < key if order.by_creation else others_key > key,
        *_conditions(viewer, wanted, other),
    )
    query = select(col(ContributionRow.signal_id)).where(
        *_conditions(viewer, wanted, ContributionRow), ~listed_elsewhere
    )
    return query, Order(col(moment), col(ContributionRow.id), order.newest_first)


# The members of a filter by which an index is chosen.
_SHAPING = frozenset({"violations", "severity_at_least", "confidence_at_least", "handling", "has_feedback", "order"})
find = Listing(signals.by_ids, lambda viewer, wanted, _: _listed(viewer, wanted), _SHAPING)


def _conditions(viewer: Viewer, wanted: SignalFilter, of: type[ContributionRow]) -> Iterator[Condition]:
    """What a contribution must meet. Conditions that are text are spelt as in the indexes, as parameters would not be
    found in them; their columns are those of the nearest contribution."""
    yield from (contributions.visible_to(viewer, of), contributions.live(viewer, of), text(LIVE))
    # In a statement that is kept, a parameter stands for the types.
    if isinstance(wanted.types, ColumnElement) or wanted.types:
        yield among(col(of.signal_type), wanted.types)
    if wanted.violations:
        yield or_(*(text(VIOLATION_CONDITIONS[violation]) for violation in wanted.violations))
    if wanted.severity_at_least in SEVERITY_CONDITIONS:
        yield text(SEVERITY_CONDITIONS[wanted.severity_at_least])
    if wanted.handling is not None:
        yield text(HANDLING_CONDITIONS[wanted.handling])
    if wanted.confidence_at_least is not None:
        yield from _confident(wanted.confidence_at_least, of)
    yield from _placed(viewer, wanted, of)
    if wanted.has_feedback is not None:
        given = aliased(FeedbackRow)
        told = there_is(given, col(given.signal_id) == of.signal_id, feedback.visible_to(viewer, given))
        yield told if wanted.has_feedback else ~told


def _confident(at_least: int, of: type[ContributionRow]) -> Iterator[Condition]:
    floors = [floor for floor in CONFIDENCE_CONDITIONS if floor <= at_least]
    if floors:
        yield text(CONFIDENCE_CONDITIONS[max(floors)])
    yield col(of.confidence) >= at_least


def _placed(viewer: Viewer, wanted: SignalFilter, of: type[ContributionRow]) -> Iterator[Condition]:
    if wanted.contributor is not None:
        yield col(of.participant_id) == wanted.contributor
    if wanted.updated_since is not None:
        yield col(of.updated_at) >= wanted.updated_since
    if wanted.group is not None:
        # What is seen through one group would tell that it is shared with another one, too.
        yield groups.is_known_to(viewer, wanted.group)
        shared = aliased(ContributionGroupRow)
        yield there_is(shared, col(shared.contribution_id) == of.id, col(shared.group_id) == wanted.group)
