"""The words for refusals: one list, all of it used, all of it described."""

import ast
from pathlib import Path

import pytest

from app.errors import ExchangeError, Forbidden, InvalidInput, NotFound, Refusal, TooMany
from app.rules import texts
from app.rules.refusal_descriptions import REFUSALS
from app.rules.row_results import Rejection, RowResult, kept, of_kept

APP = Path(__file__).parents[2] / "app"
# Where the words are listed and described rather than used.
LISTED = {APP / "errors.py", APP / "rules" / "refusal_descriptions.py", APP / "rules" / "normal_forms" / "refusals.py"}


def test_every_word_that_is_used_is_listed_and_every_listed_word_is_used() -> None:
    trees = [ast.parse(path.read_text()) for path in APP.rglob("*.py") if path not in LISTED]
    used = {
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Refusal"
    }
    assert used == set(Refusal.__members__)


def test_every_word_is_described() -> None:
    assert set(REFUSALS) == set(Refusal)


def test_a_refusal_keeps_its_word_and_its_field_in_a_row() -> None:
    for error in (InvalidInput("No.", field="value", reason=Refusal.TOO_LONG), NotFound("signal", field="signalId")):
        (result,) = of_kept(kept([RowResult.rejected(error)]))
        assert result.rejection == Rejection.of(error)
        assert result.rejection.field == error.field
        assert result.rejection.reason in Refusal


@pytest.mark.parametrize("error", [Forbidden("No."), TooMany("No.")])
def test_what_ends_a_whole_call_is_no_problem_of_a_row(error: ExchangeError) -> None:
    with pytest.raises(TypeError):
        Rejection.of(error)


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        ("  ", Refusal.EMPTY, "This text is empty."),
        (" short ", Refusal.TOO_SHORT, "This text is shorter than 10 characters."),
        ("x" * 1_001, Refusal.TOO_LONG, "This text is longer than 1,000 characters."),
    ],
)
def test_a_text_of_the_wrong_length_is_told_the_right_one(text: str, reason: Refusal, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        texts.checked(text, "purposeText", min_length=10, max_length=1_000)
    assert (refused.value.reason, refused.value.message) == (reason, words)
