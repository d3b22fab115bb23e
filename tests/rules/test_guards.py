"""Guard lists: what the operator loads is what an upload looks up."""

import gzip
import json
from typing import Any

import pytest

from app.errors import InvalidInput
from app.rules.guards import GUARD_LIST_DESCRIPTIONS, GuardList, guard_entries, guard_entry, guard_keys, refusal
from app.rules.normal_forms import Hints, canonical
from app.rules.signal_types import SignalType as T
from tests.rules.case_files import path

TOP, ROLE = GuardList.TOP_SITES, GuardList.ROLE_ADDRESSES
WORD, SHARED = GuardList.COMMON_WORDS, GuardList.SHARED_INFRASTRUCTURE


def caught(list: GuardList, entry: str, type: T, raw: str, **hints: Any) -> bool:
    return (list, guard_entry(list, entry)) in guard_keys(canonical(type, raw, Hints(**hints)))


CAUGHT = [
    (TOP, "Alder.Example", T.DOMAIN, "alder.example"),
    (TOP, "alder.example", T.DOMAIN, "www.alder.example"),
    (TOP, "www.alder.example", T.DOMAIN, "alder.example"),
    (TOP, "alder.example", T.URL, "https://alder.example"),
    (TOP, "alder.example", T.URL, "http://www.alder.example.:8080/"),
    (TOP, "bücher.example", T.URL, "http://xn--bcher-kva.example/"),
    (ROLE, "Abuse", T.EMAIL_ADDRESS, "abuse@alder.example"),
    (ROLE, "abuse@", T.EMAIL_ADDRESS, "Abuse+case7@alder.example"),
    (ROLE, "help@alder.example", T.EMAIL_ADDRESS, "HELP@Alder.example."),
    (WORD, "Hello  World", T.KEYWORD, "hello world"),
    (SHARED, "192.31.196.1", T.IP_ADDRESS, "192.31.196.1"),
    (SHARED, "192.31.196.7/24", T.IP_ADDRESS, "192.31.196.1"),
    (SHARED, "2620:4f:8000::/48", T.IP_ADDRESS, "2620:4f:8000::6"),
    (SHARED, "2620:4F:8000::6", T.IP_ADDRESS, "2620:4f:8000::6"),
    (SHARED, "192.31.196.1", T.URL, "http://192.31.196.1/"),
    (SHARED, "2620:4f:8000::6", T.URL, "http://[2620:4f:8000::6]/"),
    (SHARED, "cdn.alder.example", T.DOMAIN, "cdn.alder.example"),
    (SHARED, "+1 202 555 0143", T.PHONE_NUMBER, "+12025550143"),
]

PASSING = [
    (TOP, "alder.example", T.DOMAIN, "sub.alder.example"),
    (TOP, "alder.example", T.URL, "https://alder.example/page"),
    (TOP, "alder.example", T.URL, "https://alder.example/?page=1"),
    (TOP, "alder.example", T.URL, "https://alder.example/#!page"),
    (ROLE, "abuse", T.EMAIL_ADDRESS, "abuses@alder.example"),
    (ROLE, "help@alder.example", T.EMAIL_ADDRESS, "help@birch.example"),
    (WORD, "hello", T.KEYWORD, "hello world"),
    (SHARED, "192.31.196.0/24", T.IP_ADDRESS, "192.31.197.1"),
    (SHARED, "192.31.196.1", T.URL, "http://192.31.196.1/page"),
]


@pytest.mark.parametrize(("list", "entry", "type", "raw"), CAUGHT)
def test_an_entry_catches_every_spelling_of_what_it_names(list: GuardList, entry: str, type: T, raw: str) -> None:
    assert caught(list, entry, type, raw)


@pytest.mark.parametrize(("list", "entry", "type", "raw"), PASSING)
def test_an_entry_catches_nothing_else(list: GuardList, entry: str, type: T, raw: str) -> None:
    assert not caught(list, entry, type, raw)


def test_a_payment_handle_is_named_with_its_scheme() -> None:
    assert caught(SHARED, "CashApp:$BlueRiver", T.PAYMENT_HANDLE, "blueriver", scheme="cashapp")
    assert not caught(SHARED, "paypal:blueriver", T.PAYMENT_HANDLE, "blueriver", scheme="cashapp")


@pytest.mark.parametrize("type", [T.HASH_MD5, T.HASH_SHA1, T.HASH_SHA256, T.HASH_PDQ])
def test_hashes_are_on_no_list(type: T) -> None:
    size = {T.HASH_MD5: 32, T.HASH_SHA1: 40}.get(type, 64)
    assert guard_keys(canonical(type, "a1" * (size // 2))) == ()


@pytest.mark.parametrize(
    ("list", "raw"),
    [
        *((TOP, "alder.example/page"), (TOP, "192.31.196.1"), (TOP, "")),
        *((ROLE, ""), (ROLE, "@"), (ROLE, "two words"), (ROLE, "a\x00b"), (WORD, "  "), (WORD, "a\ud800")),
        *((SHARED, "192.0.0.0/4"), (SHARED, "2620::/20"), (SHARED, "+1"), (SHARED, "shells:a"), (SHARED, "a" * 9000)),
    ],
)
def test_an_entry_that_could_catch_nothing_is_refused(list: GuardList, raw: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        guard_entry(list, raw)
    assert refused.value.field == "entries"


@pytest.mark.parametrize("list", GuardList)
def test_every_list_has_its_reason_and_its_description(list: GuardList) -> None:
    assert refusal(list).field == "value"
    assert len({refusal(each).reason for each in GuardList}) == len({*GUARD_LIST_DESCRIPTIONS.values()}) == 4
    assert len(GUARD_LIST_DESCRIPTIONS[list]) > 15


@pytest.mark.parametrize("name", ["public-dns-v4", "vpn-ipv6", "tranco10k", "url-shortener"])
def test_published_warning_lists_can_be_loaded(name: str) -> None:
    kind = TOP if name == "tranco10k" else SHARED
    entries = json.loads(gzip.decompress(path(f"feeds/misp_warninglists/{name}.json.gz").read_bytes()))["list"]
    loaded = 0
    for entry in entries:
        try:
            assert guard_entry(kind, guard_entry(kind, entry)) == guard_entry(kind, entry)
            loaded += 1
        except InvalidInput:
            continue
    assert loaded / len(entries) > 0.99


def test_a_bad_entry_among_many_is_named_by_its_place() -> None:
    entries = ["holiday"] * 1_000
    entries[500] = "\x00"
    with pytest.raises(InvalidInput) as refused:
        guard_entries(GuardList.COMMON_WORDS, entries)
    assert refused.value.field == "entries[500]"
