"""Texts that people write: which characters are refused."""

import sys
import unicodedata

import pytest

from app.errors import InvalidInput, Refusal
from app.rules import texts


def refused(character: str) -> bool:
    try:
        texts.checked(f"a{character}b", "note", max_length=9)
    except InvalidInput as error:
        return error.reason is Refusal.CONTROL_CHARACTER
    return False


def test_controls_and_half_characters_are_refused_and_no_others() -> None:
    wrong = [
        number
        for number in range(sys.maxunicode + 1)
        if refused(chr(number)) is not (chr(number) not in "\n\t" and unicodedata.category(chr(number)) in ("Cc", "Cs"))
    ]
    assert wrong == []


@pytest.mark.parametrize(("text", "reason"), [("  ", Refusal.EMPTY), ("a" * 10, Refusal.TOO_LONG)])
def test_a_text_has_something_in_it_and_an_end(text: str, reason: Refusal) -> None:
    with pytest.raises(InvalidInput) as error:
        texts.checked(text, "note", max_length=9)
    assert error.value.reason is reason
