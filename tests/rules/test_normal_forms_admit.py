"""Refusals by policy: well-formed values that must not be shared."""

from datetime import UTC, datetime

import pytest
import tldextract

from app.errors import InvalidInput
from app.rules.normal_forms import Hints, Refusal, admit, canonical
from app.rules.normal_forms.hosts import suffix_rules
from app.rules.normal_forms.payments import READERS, SCHEMES
from app.rules.signal_types import SignalType as T

SEEN = Hints(observed_at=datetime(2026, 1, 1, tzinfo=UTC))
SHA256 = "0123456789abcdef" * 4

# Globally reachable addresses that lead nowhere: the sinks of the AS112 project (RFC 7534, RFC 7535).
SINKS = ["192.31.196.1", "192.175.48.6", "2620:4f:8000::6"]

RESERVED = [
    *("0.0.0.1", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.31.255.255", "192.0.0.8", "192.0.2.1"),
    *("192.88.99.1", "192.168.1.1", "198.19.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.2.3"),
    *("240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "64:ff9b::1", "100::1", "2001::1"),
    *("2001:db8::1", "3fff::1", "fc00::1", "fe80::1", "ff02::1", "c386:bbc4::1"),
]

REFUSED = [
    (T.IP_ADDRESS, SINKS[0], Hints(), Refusal.OBSERVED_AT_REQUIRED, "observedAt"),
    (T.URL, "http://river:stone@alder.example/", Hints(), Refusal.USERINFO_IN_URL, "value"),
    (T.URL, "http://river@alder.example/", Hints(), Refusal.USERINFO_IN_URL, "value"),
    (T.URL, "http://:stone@alder.example/", Hints(), Refusal.USERINFO_IN_URL, "value"),
    (T.URL, "http://./", Hints(), Refusal.NO_HOST_IN_URL, "value"),
    (T.URL, "http://127.1/page", Hints(), Refusal.RESERVED_ADDRESS, "value"),
    (T.URL, "http://[::1]/page", Hints(), Refusal.RESERVED_ADDRESS, "value"),
    (T.DOMAIN, "com", Hints(), Refusal.PUBLIC_SUFFIX, "value"),
    (T.DOMAIN, "co.uk", Hints(), Refusal.PUBLIC_SUFFIX, "value"),
    (T.DOMAIN, "公司.cn", Hints(), Refusal.PUBLIC_SUFFIX, "value"),
    (T.DOMAIN, "github.io", Hints(), Refusal.PUBLIC_SUFFIX, "value"),
    (T.DOMAIN, "anything.ck", Hints(), Refusal.PUBLIC_SUFFIX, "value"),
    (T.DOMAIN, "localhost", Hints(), Refusal.PUBLIC_SUFFIX, "value"),
    (T.HASH_MD5, "d41d8cd98f00b204e9800998ecf8427e", Hints(), Refusal.HASH_OF_NOTHING, "value"),
    (T.HASH_SHA1, "da39a3ee5e6b4b0d3255bfef95601890afd80709", Hints(), Refusal.HASH_OF_NOTHING, "value"),
    (T.HASH_PDQ, "0" * 64, Hints(), Refusal.DEGENERATE_HASH, "value"),
    (T.HASH_PDQ, "F" * 64, Hints(), Refusal.DEGENERATE_HASH, "value"),
    (T.HASH_PDQ, SHA256, Hints(quality=49), Refusal.LOW_QUALITY, "quality"),
    (T.HASH_PDQ, SHA256, Hints(quality=101), Refusal.NOT_A_QUALITY, "quality"),
    (T.HASH_SHA256, SHA256, Hints(media_type="a picture"), Refusal.NOT_A_MEDIA_TYPE, "mediaType"),
    (T.PAYMENT_HANDLE, "gb82 west 1234 5698 7654 32", Hints(scheme="iban"), Refusal.BANK_ACCOUNT, "value"),
    (T.PAYMENT_HANDLE, "GB82WEST12345698765432", Hints(scheme="wise"), Refusal.BANK_ACCOUNT, "value"),
    (T.PAYMENT_HANDLE, "4111 1111 1111 1111", Hints(scheme="card"), Refusal.CARD_NUMBER, "value"),
    (T.PAYMENT_HANDLE, "4111-1111-1111-1111", Hints(scheme="upi"), Refusal.CARD_NUMBER, "value"),
    (T.PAYMENT_HANDLE, "0x" + "0" * 40, Hints(scheme="eth"), Refusal.DEGENERATE_ADDRESS, "value"),
    (T.KEYWORD, "  ", Hints(), Refusal.EMPTY, "value"),
    (T.KEYWORD, "ab", Hints(), Refusal.SHORT_KEYWORD, "value"),
    (T.KEYWORD, "a b", Hints(), Refusal.SHORT_KEYWORD, "value"),
    (T.KEYWORD, "и", Hints(), Refusal.SHORT_KEYWORD, "value"),
    (T.KEYWORD, "a\u200b\u200b\u0301", Hints(), Refusal.SHORT_KEYWORD, "value"),
    (T.KEYWORD, "42", Hints(), Refusal.SHORT_KEYWORD, "value"),
]

ADMITTED = [
    (T.URL, "http://192.31.196.1/page", Hints()),
    (T.URL, "https://alder.example/", Hints()),
    (T.DOMAIN, "alder.example", Hints()),
    (T.DOMAIN, "alder.github.io", Hints()),
    (T.DOMAIN, "www.ck", Hints()),
    (T.DOMAIN, "alder.anything.ck", Hints()),
    (T.HASH_PDQ, SHA256, Hints(quality=50)),
    (T.HASH_SHA256, SHA256, Hints(media_type="image/svg+xml", quality=3)),
    (T.KEYWORD, "abc", Hints()),
    (T.KEYWORD, "川", Hints()),
    (T.KEYWORD, "🌊", Hints()),
    (T.EMAIL_ADDRESS, "river@alder.example", Hints()),
    (T.USERNAME, "r", Hints(platform="alder")),
    (T.ACCOUNT_ID, "4111111111111111", Hints(platform="alder")),
    (T.PAYMENT_HANDLE, "4111 1111 1111 1112".replace(" ", ""), Hints(scheme="upi")),
]


@pytest.mark.parametrize(("type", "raw", "hints", "reason", "field"), REFUSED)
def test_a_well_formed_value_is_refused_by_policy(type: T, raw: str, hints: Hints, reason: Refusal, field: str) -> None:
    form = canonical(type, raw, hints)
    with pytest.raises(InvalidInput) as refused:
        admit(form, hints)
    assert (refused.value.reason, refused.value.field) == (reason, field)


@pytest.mark.parametrize(("type", "raw", "hints"), ADMITTED)
def test_a_value_that_no_policy_concerns_is_admitted(type: T, raw: str, hints: Hints) -> None:
    admit(canonical(type, raw, hints), hints)


@pytest.mark.parametrize("address", RESERVED)
def test_nobodys_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        admit(canonical(T.IP_ADDRESS, address), SEEN)
    assert refused.value.reason == Refusal.RESERVED_ADDRESS


@pytest.mark.parametrize("address", SINKS)
def test_a_public_address_at_a_moment_is_admitted(address: str) -> None:
    admit(canonical(T.IP_ADDRESS, address), SEEN)


@pytest.mark.parametrize("scheme", [None, "shells"])
def test_whoever_names_no_known_scheme_reads_which_there_are(scheme: str | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        canonical(T.PAYMENT_HANDLE, "$BlueRiver", Hints(scheme=scheme))
    assert refused.value.message.endswith(f"Known are {', '.join(SCHEMES[:-1])} and {SCHEMES[-1]}.")
    assert {*SCHEMES, "iban", "card"} == set(READERS)


def test_the_public_suffixes_are_those_that_tldextract_reads_from_its_list() -> None:
    library = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
    assert sorted(suffix_rules()) == sorted(library.tlds)
