"""Budgets of clients: what is left, when it is back, and whose it is."""

import orjson
import pytest

from app.errors import RateLimited
from app.rules import limits
from app.rules.budgets import Budgets
from tests.demo_exchange import Clock


def test_a_budget_is_spent_to_its_last_unit_and_comes_back() -> None:
    budgets, clock = Budgets(10), Clock()
    whole = 10 * limits.SAVED_SECONDS
    assert budgets.spend("a", whole - 1, clock()).remaining == 1
    assert budgets.spend("a", 1, clock()).remaining == 0
    with pytest.raises(RateLimited) as caught:
        budgets.spend("a", 25, clock())
    assert (caught.value.code, caught.value.retry_seconds) == ("RATE_LIMITED", 3)
    clock.forward(seconds=caught.value.retry_seconds)
    assert budgets.spend("a", 25, clock()).remaining == 5
    clock.forward(hours=1)
    assert budgets.spend("a", 0, clock()).remaining == whole


def test_what_was_refused_costs_nothing() -> None:
    budgets, clock = Budgets(10), Clock()
    budgets.spend("a", 10 * limits.SAVED_SECONDS - 5, clock())
    for _ in range(3):
        with pytest.raises(RateLimited):
            budgets.spend("a", 6, clock())
    assert budgets.spend("a", 5, clock()).remaining == 0


def test_what_is_owed_is_saved_up_before_anything_else() -> None:
    budgets, clock = Budgets(10), Clock()
    budgets.owe("a", 10 * limits.SAVED_SECONDS + 30, clock())
    with pytest.raises(RateLimited, match="you have 0 left: ask again in 4 s") as caught:
        budgets.spend("a", 1, clock())
    clock.forward(seconds=caught.value.retry_seconds)
    assert budgets.spend("a", 1, clock()).remaining == 9


def test_one_clients_exhaustion_does_not_touch_another() -> None:
    budgets, clock = Budgets(10), Clock()
    budgets.spend("a", 10 * limits.SAVED_SECONDS, clock())
    with pytest.raises(RateLimited):
        budgets.spend("a", 1, clock())
    assert budgets.spend("b", 1, clock()).remaining == 10 * limits.SAVED_SECONDS - 1


def test_the_clients_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SPENDERS", 3)
    budgets, clock = Budgets(10), Clock()
    for client in ("a", "b", "c", "a", "d"):
        budgets.spend(client, 1, clock())
    # The one that spent longest ago was forgotten, and nobody else.
    whole = 10 * limits.SAVED_SECONDS
    left = [budgets.spend(client, 0, clock()).remaining for client in ("a", "c", "d")]
    assert left == [whole - 2, whole - 1, whole - 1]
    assert budgets.spend("b", 0, clock()).remaining == whole


def test_a_clock_that_was_set_back_neither_gives_nor_takes() -> None:
    budgets, clock = Budgets(10), Clock()
    budgets.spend("a", 50, clock())
    clock.forward(hours=-1)
    assert budgets.spend("a", 0, clock()).remaining == 10 * limits.SAVED_SECONDS - 50


def test_an_operation_that_may_run_fits_into_the_smallest_budget_that_can_be_set() -> None:
    least = limits.MAX_COST // limits.SAVED_SECONDS
    assert Budgets(least).spend("a", limits.MAX_COST, Clock()()).remaining == 0


def test_honest_bulk_work_never_meets_the_end_of_its_budget() -> None:
    """An hour of a feed at 20,000 signals a second with 13 objects about each, and of uploads at 6,000."""
    for calls, cost in ((20, 13_001), (6, 11_012)):
        budgets, clock = Budgets(), Clock()
        for _ in range(3_600):
            for _ in range(calls):
                budgets.spend("a", cost, clock())
            clock.forward(seconds=1)


def test_scripted_abuse_does() -> None:
    """The most costly operation again and again, answered in a tenth of a second."""
    budgets, clock = Budgets(), Clock()
    for _ in range(10):
        budgets.spend("a", limits.MAX_COST, clock())
        clock.forward(seconds=0.1)
    with pytest.raises(RateLimited):
        budgets.spend("a", limits.MAX_COST, clock())


def test_what_is_told_is_the_same_in_text_and_in_objects() -> None:
    charge = Budgets().spend("a", 12, Clock()())
    body = charge.ending(b'{"data":{"a":1}}')
    assert body == orjson.dumps({"data": {"a": 1}, "extensions": charge.told()})
