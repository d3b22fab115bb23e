"""Match keys: near-equal values meet, and different ones keep apart."""

import pytest

from app.rules.normal_forms import Hints, canonical, match_keys
from app.rules.normal_forms.skeletons import skeleton
from app.rules.signal_types import SignalType as T

ALDER = Hints(platform="alder")


def keys(type: T, raw: str, hints: Hints = ALDER) -> set[str]:
    return {f"{key.kind} {key.value}" for key in match_keys(canonical(type, raw, hints))}


MEETING = [
    (T.EMAIL_ADDRESS, "river.stone+a@gmail.com", "riverstone@googlemail.com"),
    (T.EMAIL_ADDRESS, "river+b@outlook.com", "river@outlook.com"),
    (T.EMAIL_ADDRESS, "ri-ver_stone@pm.me", "river.stone@proton.me"),
    (T.USERNAME, "river", "rіvеr"),
    (T.USERNAME, "modern", "rnodern"),
    (T.USERNAME, "river", "ri\u200bver"),
    (T.USERNAME, "stone0", "stoneo"),
    (T.URL, "https://www.alder.example/a?utm_source=x&b=1#top", "https://alder.example/a?b=1"),
    (T.URL, "https://alder.example/a?fbclid=x", "https://alder.example/a?"),
    (T.KEYWORD, "blue river", "b1ue r!v3r"),
    (T.KEYWORD, "stone", "$t0n3"),
    (T.KEYWORD, "stone", "ѕtоnе"),
]

APART = [
    (T.EMAIL_ADDRESS, "river.stone@gmail.com", "riverstones@gmail.com"),
    (T.USERNAME, "river", "rover"),
    (T.URL, "https://alder.example/a?b=1", "https://alder.example/a?b=2"),
    (T.URL, "https://alder.example/A", "https://alder.example/a"),
    (T.URL, "https://alder.example:8443/a", "https://alder.example/a"),
    (T.URL, "https://alder.example/?utm_notes", "https://alder.example/?notes"),
    (T.KEYWORD, "blue river", "blueriver"),
]


@pytest.mark.parametrize(("type", "one", "other"), MEETING)
def test_near_equals_share_a_key(type: T, one: str, other: str) -> None:
    assert keys(type, one) & keys(type, other)


@pytest.mark.parametrize(("type", "one", "other"), APART)
def test_different_values_share_no_key(type: T, one: str, other: str) -> None:
    assert not keys(type, one) & keys(type, other)


def test_the_same_name_on_two_platforms_shares_no_key() -> None:
    assert not keys(T.USERNAME, "river") & keys(T.USERNAME, "river", Hints(platform="birch"))


def test_a_keyword_meets_itself_in_another_language() -> None:
    assert keys(T.KEYWORD, "stone", Hints(language="en")) == keys(T.KEYWORD, "stone", Hints(language="de"))


def test_links_that_differ_only_behind_the_hash_of_a_site_never_meet() -> None:
    assert keys(T.URL, "https://files.alder.example/#!abc") == set()


def test_a_mailbox_elsewhere_keeps_its_dots_and_tag_to_itself() -> None:
    assert keys(T.EMAIL_ADDRESS, "river.stone+a@alder.example") == set()


@pytest.mark.parametrize("type", [T.ACCOUNT_ID, T.PHONE_NUMBER, T.IP_ADDRESS, T.DOMAIN, T.HASH_MD5, T.HASH_PDQ])
def test_exact_types_have_no_keys(type: T) -> None:
    raw = {
        T.PHONE_NUMBER: "+12025550143",
        T.IP_ADDRESS: "192.0.2.1",
        T.DOMAIN: "alder.example",
        T.HASH_MD5: "ab" * 16,
        T.HASH_PDQ: "ab" * 32,
    }
    assert keys(type, raw.get(type, "river")) == set()


def test_a_skeleton_is_its_own_skeleton() -> None:
    for text in ("river 0 1 m rn", "точность", "ⓢⓣⓞⓝⓔ", "مرحبا"):
        assert skeleton(skeleton(text)) == skeleton(text)
