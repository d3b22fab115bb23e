"""Formats: how a file is recognised, and what is said before anything of it is read."""

import gzip
from pathlib import Path

import pytest

from app.client.reading.defaults import Defaults, UnusableInstruction
from app.client.reading.formats import Format, open_source
from app.client.reading.mapping import mapping_of
from app.client.reading.problems import Trouble, problem
from app.client.reading.rows import UnreadableFile
from tests.client.reading.files import LABELS, drafts, items, source, written

BUNDLE = '{"type": "bundle", "id": "bundle--1", "objects": []}'


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.csv", "type,value\n", Format.CSV),
        ("a.TSV.gz", "type\tvalue\n", Format.CSV),
        ("a.csv", "td_raw_indicator,td_indicator_type,td_status\n", Format.THREATEXCHANGE),
        ("a.jsonl", "", Format.JSON_LINES),
        ("a.ndjson.gz", "{}", Format.JSON_LINES),
        ("a.txt", "bad.example\n", Format.PLAIN),
        ("a.txt", "# Copyright (c) Maltrail developers\n", Format.MALTRAIL),
        ("a.json", BUNDLE, Format.STIX),
        ("a.stix2.json.gz", BUNDLE, Format.STIX),
        ("bundle", BUNDLE, Format.STIX),
        ("a.json", '{"Event": {"info": "x"}}', Format.MISP),
        ("a.json", '{"description": "x", "list": [], "type": "cidr"}', Format.WARNING_LIST),
    ],
)
def test_a_file_is_recognised_by_its_name_and_its_beginning(
    tmp_path: Path, name: str, content: str, format: Format
) -> None:
    assert source(tmp_path / name, content).format is format


def test_the_format_that_is_named_counts(tmp_path: Path) -> None:
    [draft] = drafts(items(tmp_path / "a.csv", "bad.example\n", format=Format.PLAIN))
    assert draft.value == "bad.example"


@pytest.mark.parametrize(("name", "content"), [("a.xyz", "bad.example"), ("a.json", '{"what": 1}'), ("a", "")])
def test_a_file_that_is_not_recognised_asks_for_its_format(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(UnusableInstruction, match="jsonl"):
        source(tmp_path / name, content)


@pytest.mark.parametrize("format", [Format.PLAIN, Format.STIX, Format.MISP, Format.MALTRAIL])
def test_what_a_format_never_says_is_asked_for_first(tmp_path: Path, format: Format) -> None:
    with pytest.raises(UnusableInstruction, match=r"violations, severity"):
        open_source(written(tmp_path / "a", BUNDLE), format, Defaults.of({"type": "DOMAIN"}))


def test_what_no_column_says_is_asked_for_first(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "value,type,severity\n")
    with pytest.raises(UnusableInstruction, match=r"violations, confidence"):
        open_source(path)


def test_a_mapping_may_say_what_the_file_does_not(tmp_path: Path) -> None:
    mapping = mapping_of({"values": {"violations": ["CSAM_SOLICITATION"], "severity": "LOW", "confidence": 10}})
    [draft] = drafts(items(tmp_path / "a.txt", "bad.example", defaults=Defaults(), mapping=mapping))
    assert (draft.violations, draft.severity, draft.confidence) == (("CSAM_SOLICITATION",), "LOW", 10)


@pytest.mark.parametrize("size", [10, 200, 1_500])
def test_a_compressed_file_that_ends_early_says_so_after_its_rows(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.txt.gz"
    whole = gzip.compress("".join(f"bad{n * 7919 % 10007}.example\n" for n in range(1_000)).encode())
    path.write_bytes(whole[:size])
    with pytest.raises(UnreadableFile, match="compressed"):
        list(open_source(path, defaults=LABELS).rows())


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ({"severity": "GRAVE"}, "use INFO"),
        ({"confidence": "much"}, "`confidence`"),
        ({"observedAt": "2026-07-01"}, "offset"),
        ({"colour": "red"}, "no field"),
    ],
)
def test_a_default_is_checked_before_use(said: dict[str, str], hint: str) -> None:
    with pytest.raises(UnusableInstruction, match=hint):
        Defaults.of(said)


@pytest.mark.parametrize("code", Trouble)
def test_every_code_has_a_sentence_for_people(code: Trouble) -> None:
    assert problem(code).message.endswith(".")
    assert problem(code).code == code
