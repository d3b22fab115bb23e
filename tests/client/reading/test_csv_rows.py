"""CSV: what spreadsheets and scripts write, and what they should not."""

from pathlib import Path

import pytest

from app.client.reading.defaults import Defaults, UnusableInstruction
from app.client.reading.mapping import mapping_of, read_mapping
from app.client.reading.rows import Place, SourceRow, UnreadableFile
from tests.client.reading.files import codes, drafts, items, source, written

HEADER = "type,value,violations,context\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_are_named_like_the_fields(tmp_path: Path, delimiter: str) -> None:
    text = '\ufefftype,value,violations,observedAt,ref\r\nURL,https://a.example/?x=1,"SEXTORTION_SEXUAL|CSAM_SOLICITATION",'
    text = text.replace(",", delimiter) + "2026-07-01T12:00:00Z" + delimiter + "r1\r\n"
    [row] = items(tmp_path / "a.csv", text)
    assert isinstance(row, SourceRow)
    assert row.draft is not None
    assert row.draft.as_input() == {
        "type": "URL",
        "value": "https://a.example/?x=1",
        "violations": ["SEXTORTION_SEXUAL", "CSAM_SOLICITATION"],
        "severity": "MEDIUM",
        "confidence": 50,
        "observedAt": "2026-07-01T12:00:00+00:00",
    }
    assert (row.ref, row.place.number) == ("r1", 2)


def test_a_quoted_field_may_hold_line_ends_and_delimiters(tmp_path: Path) -> None:
    text = HEADER + 'URL,https://a.example/1,,"one\ntwo, ""three"""\nURL,https://a.example/2,,\n'
    first, second = items(tmp_path / "a.csv", text)
    assert first.draft.context == 'one\ntwo, "three"'  # type: ignore[union-attr]
    assert (first.place.number, second.place.number) == (2, 4)
    assert text.encode()[second.place.offset :].startswith(b"URL,https://a.example/2")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"URL,https://a.example/", "UNEVEN_ROW"),
        (b"URL,https://a.example/,,,", "UNEVEN_ROW"),
        (b"FAX,https://a.example/,,", "UNKNOWN_WORD"),
        (b"URL,,,", "VALUE_REQUIRED"),
        (b",https://a.example/,,", "TYPE_REQUIRED"),
        (b"URL,https://caf\xe9.example/,,", "NOT_UNICODE"),
        (b"URL,https://a.example/,," + b"x" * 200_000, "MALFORMED"),
        (b"URL,https://a.example/,," + b"x" * 10_000_000, "TOO_LONG"),
        (b'URL,"a"b,,', "MALFORMED"),
    ],
)
def test_a_wrong_row_has_a_problem_and_the_next_is_read(tmp_path: Path, line: bytes, code: str) -> None:
    row = b"URL,https://b.example/,,\n"
    found = items(tmp_path / "a.csv", HEADER.encode() + row + line + b"\n\n" + row)
    assert codes(found) == [None, code, None]
    assert [item.place.number for item in found] == [2, 3, 5]
    assert "example" not in found[1].problem.message  # type: ignore[union-attr]


def test_rows_that_an_open_quote_swallowed_are_kept_for_mending(tmp_path: Path) -> None:
    row = "URL,https://b.example/,,\n"
    [first, second] = items(tmp_path / "a.csv", HEADER + row + 'URL,"https://a.example/,,\n' + row)
    assert isinstance(second, SourceRow)
    assert (codes([first, second]), second.original) == (
        [None, "MALFORMED"],
        'URL,"https://a.example/,,\n' + row.rstrip("\n"),
    )


def test_a_mapping_reads_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    mapping = read_mapping(
        written(
            tmp_path / "m.toml",
            'columns = { value = "indicator", type = "kind", violations = "why", severity = "level", ref = "id" }\n'
            'separators = "+"\n[types]\nhost = "DOMAIN"\n[words.severity]\nbad = "HIGH"\n'
            '[words.violations]\nsextortion = ["SEXTORTION_FINANCIAL", "SEXTORTION_SEXUAL"]\n'
            "[values]\nconfidence = 60\nhandling = 'amber+strict'\n".replace("amber+strict", "amber-strict"),
        )
    )
    text = "id,kind,indicator,why,level,context\n7,Host,bad.example,sextortion,BAD,private\n"
    [row] = items(tmp_path / "a.csv", text, mapping=mapping, defaults=Defaults.of({"confidence": "70"}))
    assert isinstance(row, SourceRow)
    assert row.draft is not None
    assert row.draft.as_input() == {
        "type": "DOMAIN",
        "value": "bad.example",
        "violations": ["SEXTORTION_FINANCIAL", "SEXTORTION_SEXUAL"],
        "severity": "HIGH",
        "confidence": 70,
        "handling": "AMBER_STRICT",
    }
    assert row.ref == "7"
    assert row.original == dict(zip(*(line.split(",") for line in text.splitlines()), strict=True))


def test_columns_without_a_field_are_named_before_anything_is_sent(tmp_path: Path) -> None:
    opened = source(tmp_path / "a.csv", "type,value,app\nURL,https://a.example/,x\n")
    assert (opened.columns, opened.delimiter, opened.unread_columns) == (("type", "value", "app"), ",", ("app",))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "https://a.example/secret\n",
        "type,value,value\n",
        "type\x00,x\n",
        "a" * 2_000_000,
        '"value',
        "caf\xe9",
    ],
)
def test_a_file_without_a_fitting_header_is_refused_without_an_echo(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableFile, match="Line 1") as refused:
        source(tmp_path / "a.csv", text.encode("latin-1"))
    assert "secret" not in str(refused.value)


def test_utf_16_is_told_from_utf_8(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="UTF-16"):
        source(tmp_path / "a.csv", HEADER.encode("utf-16"))


def test_a_column_that_the_header_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="`indicator`"):
        source(tmp_path / "a.csv", HEADER, mapping=mapping_of({"columns": {"value": "indicator"}}))


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ({"columns": {"value": "a", "kind": "b"}}, "`kind` is no field"),
        ({"columns": {"type": "b"}}, "which column holds `value`"),
        ({"columns": {"value": 3}}, "name of a column"),
        ({"columns": {"value": "a"}, "types": {"host": "HOST"}}, "none of SignalType"),
        ({"columns": {"value": "a"}, "words": {"context": {"a": "b"}}}, "translates words"),
        ({"columns": {"value": "a"}, "values": {"severity": "GRAVE"}}, "use INFO, LOW"),
        ({"columns": {"value": "a"}, "values": {"value": "GRAVE"}}, "no default"),
        ({"columns": {"value": "a"}, "values": {"confidence": 0}}, "`confidence`"),
        ({"column": {"value": "a"}}, "`column` is not understood"),
        ({"columns": ["value"]}, "`columns` is not understood"),
    ],
)
def test_a_mapping_is_checked_before_use(said: dict[str, object], hint: str) -> None:
    with pytest.raises(UnusableInstruction, match=hint):
        mapping_of(said)


def test_a_mapping_that_is_no_toml_says_where(tmp_path: Path) -> None:
    with pytest.raises(UnusableInstruction, match="line 1"):
        read_mapping(written(tmp_path / "m.toml", "columns = 1 2\n"))


def test_a_place_is_the_beginning_of_its_line(tmp_path: Path) -> None:
    [row] = items(tmp_path / "a.csv", HEADER + "URL,https://a.example/,,")
    assert row.place == Place(2, len(HEADER))
    assert len(drafts([row])) == 1


def test_rows_of_nothing_but_separators_are_blank_lines(tmp_path: Path) -> None:
    found = items(tmp_path / "a.csv", HEADER + ",,,\n , ,\t,\nURL,https://a.example/,,\n,,,\n")
    assert [(item.place.number, code) for item, code in zip(found, codes(found), strict=True)] == [(4, None)]


def test_a_word_that_is_none_is_told_those_that_are(tmp_path: Path) -> None:
    (row,) = items(tmp_path / "a.csv", HEADER + "FAX,https://a.example/,,\n")
    assert "EMAIL_ADDRESS, " in row.problem.message  # type: ignore[union-attr]
    assert "FAX" not in row.problem.message  # type: ignore[union-attr]
