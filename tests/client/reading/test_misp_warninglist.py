"""MISP warning lists: which entries a guard list holds, and the same file read as values."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.client.reading.defaults import Options
from app.client.reading.formats import Format
from app.client.reading.rows import GuardEntry, Place, UnreadableFile
from tests.client.reading.files import codes, drafts, items

SITES = ["domain", "hostname"]
ADDRESSES = ["ip-src", "ip-dst"]
MAILBOXES = ["email-src", "email-dst"]


def warning_list(kind: str, attributes: list[str], entries: list[Any]) -> str:
    """With what is said of the entries behind them, as MISP writes it."""
    return json.dumps({"list": entries, "matching_attributes": attributes, "name": "Invented", "type": kind})


def read(tmp_path: Path, content: str, **asked: Any) -> list[Any]:
    return items(tmp_path / "a.json", content, **{"format": Format.WARNING_LIST, **asked})


@pytest.mark.parametrize(
    ("kind", "attributes", "entry", "held"),
    [
        ("hostname", SITES, "Big.example", ("SHARED_INFRASTRUCTURE", "Big.example")),
        ("hostname", SITES, ".dyn.example", ("SHARED_INFRASTRUCTURE", "dyn.example")),
        ("string", SITES, "com", ("SHARED_INFRASTRUCTURE", "com")),
        ("cidr", ADDRESSES, "198.51.100.0/24", ("SHARED_INFRASTRUCTURE", "198.51.100.0/24")),
        ("cidr", ADDRESSES, "2001:DB8::/32", ("SHARED_INFRASTRUCTURE", "2001:DB8::/32")),
        ("string", MAILBOXES, "abuse@mail.example", ("ROLE_ADDRESSES", "abuse@mail.example")),
        ("string", ["phone-number"], "+441632960001", ("SHARED_INFRASTRUCTURE", "+441632960001")),
    ],
)
def test_an_entry_goes_to_the_guard_list_of_what_it_is_matched_with(
    tmp_path: Path, kind: str, attributes: list[str], entry: str, held: tuple[str, str]
) -> None:
    found = read(tmp_path, warning_list(kind, attributes, [entry]))
    assert found == [GuardEntry(Place(1), held[0], "Invented", held[1])]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "attributes", "entry", "code"),
    [
        ("regex", SITES, "/a/", "UNSUPPORTED_ENTRY"),
        ("substring", SITES, "big.example", "UNSUPPORTED_ENTRY"),
        ("string", ["md5"], "0" * 32, "UNSUPPORTED_ENTRY"),
        ("string", MAILBOXES, "mail.example", "UNSUPPORTED_ENTRY"),
        ("string", SITES, 3, "UNSUPPORTED_ENTRY"),
        ("cidr", ADDRESSES, "224.0.0.0/4", "UNSUPPORTED_NETWORK"),
        ("string", SITES, "no host", "NOT_A_DOMAIN"),
        ("string", SITES, "", "NOT_A_DOMAIN"),
    ],
)
def test_what_no_guard_list_can_hold_is_a_problem(
    tmp_path: Path, kind: str, attributes: list[str], entry: Any, code: str
) -> None:
    found = read(tmp_path, warning_list(kind, attributes, [entry, entry]))
    assert codes(found) == [code, code]
    assert [item.place for item in found] == [Place(1), Place(2)]


def test_a_guard_list_that_is_named_takes_all(tmp_path: Path) -> None:
    content = warning_list("hostname", SITES, ["big.example"])
    [entry] = read(tmp_path, content, options=Options(guard_list="TOP_SITES"))
    assert entry.guard_list == "TOP_SITES"


def test_the_same_file_can_be_read_as_values(tmp_path: Path) -> None:
    content = warning_list("hostname", SITES, ["big.example", "hxxps://bad[.]example/", 3, " "])
    found = read(tmp_path, content, format=Format.WARNING_LIST_VALUES)
    assert codes(found) == [None, None, "EMPTY", "EMPTY"]
    assert [draft.type for draft in drafts(found)] == ["DOMAIN", "URL"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"list": ["a"]}', '{"list": ["a"', '{"type": "string", "list": 3}']
)
@pytest.mark.parametrize("format", [Format.WARNING_LIST, Format.WARNING_LIST_VALUES])
def test_what_is_no_warning_list_says_so(tmp_path: Path, content: str, format: Format) -> None:
    with pytest.raises(UnreadableFile):
        read(tmp_path, content, format=format)
