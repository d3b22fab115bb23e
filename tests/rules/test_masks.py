"""Masks: recognisable, and never the value."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InvalidInput
from app.rules.masks import mask
from app.rules.normal_forms import Canonical, Hints, canonical
from app.rules.signal_types import SignalType as T

EXAMPLES = [
    (T.EMAIL_ADDRESS, "jane@example.org", "j***@e***.org"),
    (T.EMAIL_ADDRESS, "j@a.org", "***@***.org"),
    (T.USERNAME, "riverstone", "ri***"),
    (T.USERNAME, "ab", "a***"),
    (T.USERNAME, "a", "***"),
    (T.ACCOUNT_ID, "1234567", "12***"),
    (T.PHONE_NUMBER, "+442079460958", "+44***"),
    (T.IP_ADDRESS, "192.0.2.1", "192.***"),
    (T.IP_ADDRESS, "2001:db8::1", "2001:***"),
    (T.PAYMENT_HANDLE, "$river", "$ri***"),
    (T.URL, "https://example.org/path?x=1", "https://exa***.org/…"),
    (T.URL, "https://example.org/#!x", "https://exa***.org/…"),
    (T.URL, "https://example.org/", "https://exa***.org/"),
    (T.URL, "http://192.0.2.1/path", "http://192.***/…"),
    (T.URL, "http://[2001:db8::1]:80/path", "http://2001:***/…"),
    (T.DOMAIN, "example.org", "exa***.org"),
    (T.DOMAIN, "ab.example", "a***.example"),
    (T.DOMAIN, "a.example", "***.example"),
    (T.HASH_MD5, "0123456789abcdef" * 2, "012345***"),
    (T.HASH_PDQ, "0123456789abcdef" * 4, "012345***"),
    (T.KEYWORD, "stone", "st***"),
    (T.KEYWORD, "川", "***"),
]


@pytest.mark.parametrize(("type", "value", "shown"), EXAMPLES)
def test_a_mask_shows_as_much_as_the_table_says(type: T, value: str, shown: str) -> None:
    assert mask(Canonical(type, value)) == shown


def test_every_type_has_a_mask() -> None:
    assert {type for type, _, _ in EXAMPLES} | {T.HASH_SHA1, T.HASH_SHA256} == set(T)
    for type in (T.HASH_SHA1, T.HASH_SHA256):
        assert mask(Canonical(type, "0123456789abcdef" * 4)) == "012345***"


@given(type=st.sampled_from([T.USERNAME, T.ACCOUNT_ID, T.KEYWORD]), raw=st.text(max_size=30))
@settings(deadline=None)
def test_a_mask_hides_at_least_half(type: T, raw: str) -> None:
    try:
        form = canonical(type, raw, Hints(platform="alder"))
    except InvalidInput:
        return
    shown = mask(form).removesuffix("***")
    assert form.value.startswith(shown)
    assert len(shown) <= min(2, len(form.value) / 2)
