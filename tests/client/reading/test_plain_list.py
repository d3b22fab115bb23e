"""Plain lists: bare and defanged values, remarks, and what cannot be told."""

from pathlib import Path

import pytest

from app.client.reading.checks import check
from app.client.reading.defaults import Defaults
from app.client.reading.formats import Format
from app.client.reading.guessing import told
from app.client.reading.rows import Place, SourceRow
from app.rules.normal_forms import canonical
from app.rules.signal_types import SignalType
from tests.client.reading.files import LABELS, codes, drafts, items


@pytest.mark.parametrize(
    ("text", "type", "form"),
    [
        ("0" * 31 + "a", "HASH_MD5", "0" * 31 + "a"),
        ("AB" * 20, "HASH_SHA1", "ab" * 20),
        ("0b" * 32, "HASH_SHA256", "0b" * 32),
        ("https://Bad.example/A?b=C#d", "URL", "https://bad.example/A?b=C#d"),
        ("hxxps://bad[.]example/a", "URL", "https://bad.example/a"),
        ("hxxp[:]//bad(dot)example/a(dot)b", "URL", "http://bad.example/a(dot)b"),
        ("http://192[.]0[.]2[.]1:8080/x", "URL", "http://192.0.2.1:8080/x"),
        ("Name@Bad.example", "EMAIL_ADDRESS", "name@bad.example"),
        ("name[at]bad[dot]example", "EMAIL_ADDRESS", "name@bad.example"),
        ("name(at)bad(.)example", "EMAIL_ADDRESS", "name@bad.example"),
        ("192.0.2.1", "IP_ADDRESS", "192.0.2.1"),
        ("192[.]0[.]2[.]1", "IP_ADDRESS", "192.0.2.1"),
        ("2001:db8::1", "IP_ADDRESS", "2001:db8::1"),
        ("[2001:db8::1]:443", "IP_ADDRESS", "2001:db8::1"),
        ("192.0.2.1:8443", "IP_ADDRESS", "192.0.2.1"),
        ("Bad.Example.", "DOMAIN", "bad.example"),
        ("bad[.]example", "DOMAIN", "bad.example"),
        ("bad{dot}example:8080", "DOMAIN", "bad.example"),
        ("_dmarc.bad.example", "DOMAIN", "_dmarc.bad.example"),
        ("bücher.example", "DOMAIN", "xn--bcher-kva.example"),
    ],
)
def test_a_value_is_told_by_its_shape_and_read_by_the_normal_form(text: str, type: str, form: str) -> None:
    found = told(text)
    assert found is not None
    assert found.type == type
    assert canonical(SignalType(found.type), found.value).value == form


@pytest.mark.parametrize(
    "text",
    ["word", "@name", "/gate.php", "a b.example", "a" * 33, "bad\\.example", "x[a-z]+\\.example", ":80", "::::", "."],
)
def test_what_may_be_anything_is_nothing(text: str) -> None:
    assert told(text) is None


def test_lines_are_values_remarks_or_problems(tmp_path: Path) -> None:
    text = (
        "# a list\n\nbad.example\t\nhttps://bad.example/#part   # seen twice\n \n/gate.php\n192.0.2.1:80\nlast.example"
    )
    found = items(tmp_path / "a.txt", text)
    assert codes(found) == [None, None, "UNCLEAR_TYPE", None, None]
    assert [item.place.number for item in found] == [3, 4, 6, 7, 8]
    assert [draft.value for draft in drafts(found)] == [
        "bad.example",
        "https://bad.example/#part",
        "192.0.2.1",
        "last.example",
    ]
    assert drafts(found)[2].context == "Seen at port 80."


def test_a_port_is_told_to_reviewers_beside_the_other_words(tmp_path: Path) -> None:
    labels = Defaults.of({"context": "From our abuse desk."}).over(LABELS)
    [draft] = drafts(items(tmp_path / "a.txt", "bad.example:8080", defaults=labels))
    assert draft.context == "From our abuse desk.\nSeen at port 8080."


def test_a_type_that_is_named_is_not_guessed(tmp_path: Path) -> None:
    labels = Defaults.of({"type": "KEYWORD", "language": "en"}).over(LABELS)
    found = items(tmp_path / "a.txt", "trade #pics\nbad.example\n" + "ab" * 20, defaults=labels)
    assert [(draft.type, draft.value) for draft in drafts(found)] == [
        ("KEYWORD", "trade #pics"),
        ("KEYWORD", "bad.example"),
        ("KEYWORD", "ab" * 20),
    ]


def test_an_address_without_a_time_is_a_draft_that_the_check_refuses(tmp_path: Path) -> None:
    [draft] = drafts(items(tmp_path / "a.txt", "8.8.8.8"))
    problem = check(draft)
    assert problem is not None
    assert (problem.code, problem.field) == ("OBSERVED_AT_REQUIRED", "observedAt")
    labels = Defaults.of({"observedAt": "2026-07-01T12:00:00Z"}).over(LABELS)
    [draft] = drafts(items(tmp_path / "a.txt", "8.8.8.8", defaults=labels))
    assert check(draft) is None


def test_pages_of_maltrail_have_no_scheme_as_they_are_plain_http(tmp_path: Path) -> None:
    text = "bad.example/gate.php\n192.0.2.1:8080/a\n/gate.php\nbad.example\n"
    found = items(tmp_path / "a.txt", text, format=Format.MALTRAIL)
    assert codes(found) == [None, None, "UNCLEAR_TYPE", None]
    assert [draft.value for draft in drafts(found)] == [
        "http://bad.example/gate.php",
        "http://192.0.2.1:8080/a",
        "bad.example",
    ]
    assert codes(items(tmp_path / "b.txt", "bad.example/gate.php", format=Format.PLAIN)) == ["UNCLEAR_TYPE"]


@pytest.mark.parametrize(
    ("line", "code"),
    [(b"caf\xe9.example", "NOT_UNICODE"), (b"x" * 10_000_000, "TOO_LONG"), (b"\x00" * 50, "UNCLEAR_TYPE")],
)
def test_a_hostile_line_is_one_problem(tmp_path: Path, line: bytes, code: str) -> None:
    found = items(tmp_path / "a.txt", b"a.example\n" + line + b"\nb.example")
    assert codes(found) == [None, code, None]
    assert [item.place.number for item in found] == [1, 2, 3]


def test_a_rejected_line_is_kept_as_it_was(tmp_path: Path) -> None:
    [row] = items(tmp_path / "a.txt", "/gate.php\r\n")
    assert isinstance(row, SourceRow)
    assert (row.original, row.place) == ("/gate.php", Place(1, 0))
