"""Match tags: what both sides compute, to the bit, and where near-equals meet."""

import hashlib
import hmac

import pytest

from app.rules.match_tags import match_tag, near_match_tags
from app.rules.normal_forms import NORMALISER_VERSION, Hints, canonical
from app.rules.signal_types import SignalType as T

KEY = bytes(range(32))
ALDER = Hints(platform="alder")

# What is tagged, what the tags are computed over, and what comes of it: for those who write it in another language.
VECTORS = [
    (
        (T.EMAIL_ADDRESS, "river.stone+a@gmail.com"),
        b"near\x001\x00EMAIL_ADDRESS\x00EMAIL_MAILBOX\x00riverstone@gmail.com",
        "278b2f838829c0b882a6407eae1d72caab01d758ef1734664a59f88ae35cc7fd",
    ),
    (
        (T.USERNAME, "rnodern"),
        b"near\x001\x00USERNAME\x00USERNAME_SKELETON\x00alder\x00rnodern",
        "04517b333f177819011efbaa0c0ea5ebfbbd521658a8fe55a342548b1c7faa21",
    ),
]


def near(type: T, raw: str, hints: Hints = ALDER, key: bytes = KEY) -> list[str]:
    return near_match_tags(key, NORMALISER_VERSION, canonical(type, raw, hints))


@pytest.mark.parametrize(("raw", "message", "tag"), VECTORS)
def test_a_near_tag_is_what_it_is_said_to_be(raw: tuple[T, str], message: bytes, tag: str) -> None:
    assert near(*raw) == [hmac.digest(KEY, message, hashlib.sha256).hex()] == [tag]


@pytest.mark.parametrize(
    ("type", "one", "other"),
    [
        (T.EMAIL_ADDRESS, "river.stone+a@gmail.com", "riverstone@googlemail.com"),
        (T.USERNAME, "modern", "rnodern"),
        (T.USERNAME, "river", "rіvеr"),
    ],
)
def test_near_equals_have_a_tag_in_common_and_equals_have_their_own(type: T, one: str, other: str) -> None:
    assert near(type, one) == near(type, other) != []
    tags = [match_tag(KEY, NORMALISER_VERSION, canonical(type, raw, ALDER)) for raw in (one, other)]
    assert len({*tags, *near(type, one)}) == 3


def test_what_differs_has_none_in_common() -> None:
    assert near(T.USERNAME, "river") != near(T.USERNAME, "rover")
    assert near(T.USERNAME, "river") != near(T.USERNAME, "river", Hints(platform="birch"))
    assert near(T.USERNAME, "river") != near(T.USERNAME, "river", key=bytes(32))
    assert near(T.EMAIL_ADDRESS, "river@alder.example") == near(T.ACCOUNT_ID, "river") == []


def test_a_near_tag_is_no_match_tag_of_anything() -> None:
    """A spelling that equals the value still has another tag than the value."""
    form = canonical(T.EMAIL_ADDRESS, "riverstone@gmail.com")
    assert match_tag(KEY, NORMALISER_VERSION, form) not in near(T.EMAIL_ADDRESS, "riverstone@gmail.com")
