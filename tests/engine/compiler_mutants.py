"""Compilers that are wrong in one thing each: what is patched is looked up by the engine alone."""

from collections.abc import Callable, Hashable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import DateTime, func, true, tuple_

from app.graphql.engine import columns, compiler, pages, plans, repeated, selections, signal_ways, sources, text
from app.graphql.engine.arguments import Call
from app.graphql.engine.engine import Asked, Engine
from app.graphql.engine.plans import Plan
from app.graphql.engine.sources import Source
from app.graphql.readings import Column, One, Read, of_field
from app.store import signals
from app.store.pages import Order, Window, within
from app.store.viewpoint import Viewpoint
from tests.engine.mutants import Mutant

Patch = pytest.MonkeyPatch

# --- Predicates that are not asked ----------------------------------------------------------------------------------


def by_id_without_policy(patch: Patch) -> None:
    patch.setattr(Source, "seen", lambda *_: true())


def signals_as_an_operator(patch: Patch) -> None:
    """Without the condition that a statement is shared at all."""
    patch.setattr(sources, "signals", SimpleNamespace(**vars(signals) | {"told": _told_an_operator}))


def _told_an_operator(_: Viewpoint, *about: Any) -> Any:
    return signals.told(Viewpoint(True, is_operator=True), *about)


def everything_as_an_operator(patch: Patch) -> None:
    patch.setattr(plans, "Viewpoint", SimpleNamespace(of=lambda _: Viewpoint(True, is_operator=True)))


def history_of_others(patch: Patch) -> None:
    patch.setattr(
        signal_ways,
        "feedback_lists",
        SimpleNamespace(versions=lambda _, of, id: of.feedback_id == id),
    )


def fields_of_others(patch: Patch) -> None:
    """What only the author or the contributor reads is told to everybody."""
    _each_read(patch, lambda read: replace(read, only_for=None))


def selections_overlooked(patch: Patch) -> None:
    """Both ends of a link are written as the first of them is asked for."""
    patch.setattr(repeated, "_selection", lambda _: "")


def texts_of_others(patch: Patch) -> None:
    """What was made of one sealed text stands for all that are changed alike."""
    made = columns.changed_text

    def by_change_alone(by: Any, readers: Any) -> Any:
        fill = made(by, readers)
        return lambda filling, held: filling.changed.setdefault((by, b""), fill(filling, held))

    patch.setattr(columns, "changed_text", by_change_alone)


# --- Columns and values ---------------------------------------------------------------------------------------------


def times_swapped(patch: Patch) -> None:
    other = {"expires_at": "updated_at"}
    _each_read(
        patch, lambda read: replace(read, name=other.get(read.name, read.name)) if type(read) is Column else read
    )


def ends_swapped(patch: Patch) -> None:
    other = {"a_id": "b_id", "b_id": "a_id"}
    _each_read(patch, lambda read: replace(read, name=other.get(read.name, read.name)) if type(read) is One else read)


def nulls_swallowed(patch: Patch) -> None:
    """As if no column could be NULL: `concat` then leaves it out."""
    patch.setattr(sources, "is_nullable", lambda _: False)


def hidden_as_empty(patch: Patch) -> None:
    patch.setattr(compiler, "or_null", lambda found: func.coalesce(found, text.constant("{}")))


def times_without_fractions(patch: Patch) -> None:
    shown = text.shown

    def cut(of: Any, kind: Any, nullable: bool) -> list[Any]:
        whole = func.date_trunc("second", of) if isinstance(kind, DateTime) else of
        return shown(whole, kind, nullable)

    patch.setattr(text, "shown", cut)


# --- Pages ----------------------------------------------------------------------------------------------------------


def pages_without_their_last(patch: Patch) -> None:
    patch.setattr(pages, "_place", lambda page: page.rows.c.place_ + 1)


def pages_without_a_next(patch: Patch) -> None:
    patch.setattr(
        pages, "within", lambda query, order, window: within(query, order, replace(window, first=window.first - 1))
    )


def pages_that_repeat_a_row(patch: Patch) -> None:
    """A page begins with the last row of the page before."""

    def inclusive(query: Any, order: Order, window: Window) -> Any:
        if window.after is None:
            return within(query, order, window)
        key, place = tuple_(order.moment, order.id), tuple_(window.after.moment, window.after.id)
        query = query.where(key <= place if order.newest_first else key >= place)
        return within(query, order, replace(window, after=None))

    patch.setattr(pages, "within", inclusive)


def pages_the_other_way_round(patch: Patch) -> None:
    key = pages._key

    def turned(order: Order) -> Order:
        return replace(order, newest_first=not order.newest_first)

    patch.setattr(pages, "within", lambda query, order, window: within(query, turned(order), window))
    patch.setattr(pages, "_key", lambda order: key(turned(order)))


# --- Plans that are kept for too much -------------------------------------------------------------------------------


def plans_for_every_sight(patch: Patch) -> None:
    _each_key(patch, lambda key: key[:4])


def plans_for_every_switch(patch: Patch) -> None:
    _each_key(patch, lambda key: (*key[:2], *key[3:]))


def plans_for_every_shape(patch: Patch) -> None:
    """Whether there is an `after` or a condition of a filter makes no difference."""

    def slots(plan: Plan, call: Call) -> list[Any]:
        return [call.slot(place, f"a{number}") for number, place in enumerate(plan.places)]

    patch.setattr(Plan, "slots", slots)


def directives_overlooked(patch: Patch) -> None:
    patch.setattr(selections.Selections, "_included", lambda *_: True)


def _each_read(patch: Patch, changed: Callable[[Any], Read]) -> None:
    def read_of(declared: Any) -> Read | None:
        read = of_field(declared)
        return None if read is None else changed(read)

    patch.setattr(compiler, "of_field", read_of)


def _each_key(patch: Patch, shortened: Callable[[tuple[Any, ...]], Hashable]) -> None:
    """A key is of a document, an operation, its switches, the scopes and the viewpoint."""
    whole = Engine._key

    def key(asked: Asked, call: Call) -> tuple[dict[str, bool], Hashable]:
        switched, found = whole(asked, call)
        assert isinstance(found, tuple)
        return switched, shortened(found)

    patch.setattr(Engine, "_key", staticmethod(key))


def _named(patch: Callable[[Patch], None], aim: str = "") -> Mutant:
    return Mutant(patch.__name__.replace("_", " "), patch, aim=aim)


COMPILER_MUTANTS: tuple[Mutant, ...] = (
    _named(by_id_without_policy),
    _named(signals_as_an_operator, "Signal.severity"),
    _named(everything_as_an_operator, "Contribution.severity"),
    _named(history_of_others, "FeedbackVersion.verdict"),
    _named(fields_of_others, "Feedback.version"),
    _named(times_swapped, "Contribution.expiresAt"),
    _named(ends_swapped, "SignalLink.from"),
    _named(selections_overlooked, "SignalLink.to"),
    _named(texts_of_others, "Signal.maskedValue"),
    _named(nulls_swallowed, "Contribution.mediaType"),
    _named(hidden_as_empty, "CaseEvent.signal"),
    _named(times_without_fractions, "Feedback.reviewedAt"),
    _named(pages_without_their_last, "SignalEdge.node"),
    _named(pages_without_a_next, "PageInfo.hasNextPage"),
    _named(pages_that_repeat_a_row, "PageInfo.hasPreviousPage"),
    _named(pages_the_other_way_round, "SignalEdge.node"),
    _named(plans_for_every_sight, "Signal.severity"),
    _named(plans_for_every_switch),
    _named(plans_for_every_shape),
    _named(directives_overlooked),
)
