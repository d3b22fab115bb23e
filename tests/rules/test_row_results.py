"""Rows of a bulk call as rules: which of those about the same thing decides, and how results are kept (R19)."""

from json import dumps, loads
from uuid import UUID

from app.errors import InvalidInput, NotFound, Refusal
from app.rules.row_results import DistinctRows, Outcome, Rejection, RowResult, kept, of_kept

TWICE = InvalidInput("Send one of them.", field="value", reason=Refusal.DUPLICATE_IN_BATCH)
REJECTED = RowResult.rejected(TWICE)
MADE, CHANGED = (RowResult(outcome, UUID(int=1), UUID(int=2)) for outcome in (Outcome.CREATED, Outcome.UPDATED))
SAME = RowResult(Outcome.UNCHANGED, UUID(int=1), UUID(int=2))


def taken(*rows: tuple[str, int]) -> DistinctRows[str, int]:
    taken = DistinctRows[str, int](TWICE)
    for key, content in rows:
        taken.take(key, content)
    return taken


def test_the_first_row_of_a_key_decides_and_equal_ones_change_nothing() -> None:
    rows = taken(("a", 1), ("b", 1), ("a", 1))
    assert rows.first == {"a": 1, "b": 1}
    assert rows.results({"a": MADE, "b": CHANGED}) == [MADE, CHANGED, SAME]


def test_a_row_that_says_something_else_is_rejected_and_does_not_decide() -> None:
    rows = taken(("a", 1), ("a", 2), ("a", 2), ("a", 1))
    assert rows.first == {"a": 1}
    assert rows.results({"a": MADE}) == [MADE, REJECTED, REJECTED, SAME]


def test_what_repeats_a_rejected_row_is_rejected_for_the_same_reason() -> None:
    refused = RowResult.rejected(NotFound("signal"))
    assert taken(("a", 1), ("a", 1)).results({"a": refused}) == [refused, refused]


def test_rejected_rows_keep_their_place_and_stand_for_no_key() -> None:
    rows = DistinctRows[str, int](TWICE)
    rows.reject(Rejection.of(NotFound("signal")))
    rows.take("a", 1)
    assert rows.first == {"a": 1}
    assert rows.results({"a": MADE}) == [RowResult.rejected(NotFound("signal")), MADE]


def test_results_are_read_as_they_were_kept() -> None:
    results = [MADE, CHANGED, SAME, REJECTED, RowResult(Outcome.CREATED)]
    assert of_kept(loads(dumps(kept(results)))) == results
    assert of_kept(kept([])) == []


def test_what_the_last_release_kept_is_read_too() -> None:
    stored = [
        ["CREATED", UUID(int=1).hex, UUID(int=2).hex, None],
        ["REJECTED", None, None, [TWICE.code, "value", "DUPLICATE_IN_BATCH", "Send one of them."]],
    ]
    assert of_kept(stored) == [MADE, REJECTED]
