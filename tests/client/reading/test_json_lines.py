"""JSON Lines: the exchange's own format, as it comes and as it should not."""

import json
from pathlib import Path

import pytest

from app.client.reading.mapping import mapping_of
from app.client.reading.rows import Place, SourceLink, SourceRow, UnreadableFile
from tests.client.reading.files import codes, drafts, items, source

ROW = {"type": "DOMAIN", "value": "bad.example", "violations": ["SEXTORTION_FINANCIAL"], "severity": "LOW"}
FULL = ROW | {
    "confidence": 75,
    "annotations": ["SPAM"],
    "precision": "HIGH",
    "handling": "AMBER_STRICT",
    "reviewStatus": "REVIEWED_MANUALLY",
    "subjectRole": "SUSPECT",
    "observedAt": "2026-07-01T12:00:00+00:00",
    "context": "Seen in three reports.",
    "audienceGroups": ["4f6c"],
    "expiresAt": "2030-07-01T12:00:00+00:00",
}


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_a_line_says_all_that_an_upload_can_say(tmp_path: Path) -> None:
    [row] = items(tmp_path / "a.jsonl", lines(FULL | {"ref": "r-1"}))
    assert isinstance(row, SourceRow)
    assert row.draft is not None
    assert row.draft.as_input() == FULL
    assert (row.ref, row.place) == ("r-1", Place(1, 0))


def test_what_a_line_leaves_off_is_the_default_or_left_to_the_exchange(tmp_path: Path) -> None:
    [draft] = drafts(items(tmp_path / "a.jsonl", lines({"type": "domain", "value": "bad.example", "severity": None})))
    assert draft.as_input() == {
        "type": "DOMAIN",
        "value": "bad.example",
        "violations": ["SEXTORTION_FINANCIAL"],
        "severity": "MEDIUM",
        "confidence": 50,
    }


def test_a_line_may_be_a_link(tmp_path: Path) -> None:
    link = {"link": {"from": "a", "to": "b", "relation": "SAME_ACTOR", "confidence": 80}}
    [found] = items(tmp_path / "a.jsonl", lines(link))
    assert found == SourceLink(Place(1, 0), "a", "b", "SAME_ACTOR", 80)


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ({**ROW, "severity": "GRAVE"}, "UNKNOWN_WORD", "severity"),
        ({**ROW, "type": "FAX"}, "UNKNOWN_WORD", "type"),
        ({**ROW, "violations": [7]}, "WRONG_TYPE", "violations"),
        ({**ROW, "violations": {"a": 1}}, "WRONG_TYPE", "violations"),
        ({**ROW, "confidence": 100}, "OUT_OF_RANGE", "confidence"),
        ({**ROW, "confidence": True}, "WRONG_TYPE", "confidence"),
        ({**ROW, "confidence": 1e400}, "MALFORMED", None),
        ({**ROW, "observedAt": "2026-07-01"}, "OFFSET_REQUIRED", "observedAt"),
        ({**ROW, "observedAt": "yesterday"}, "NOT_A_TIME", "observedAt"),
        ({**ROW, "expiresAt": "0001-01-01T00:00:00Z"}, "OUT_OF_RANGE", "expiresAt"),
        ({**ROW, "audienceGroups": []}, "EMPTY", "audienceGroups"),
        ({**ROW, "sevrity": "LOW"}, "UNKNOWN_FIELD", None),
        ({**ROW, "value": 4}, "WRONG_TYPE", "value"),
        ({**ROW, "value": ""}, "VALUE_REQUIRED", "value"),
        ({**ROW, "ref": 4}, "WRONG_TYPE", "ref"),
        ({"value": "bad.example"}, "TYPE_REQUIRED", "type"),
        ({"link": {"from": "a", "to": "b", "relation": "FRIENDS"}}, "UNKNOWN_WORD", None),
        ({"link": {"from": "a", "relation": "SAME_ACTOR"}}, "NOT_A_LINK", None),
        ({"link": []}, "NOT_A_LINK", None),
        ({**ROW, "link": {"from": "a", "to": "b", "relation": "SAME_ACTOR"}}, "NOT_A_LINK", None),
        ([ROW], "MALFORMED", None),
        (None, "MALFORMED", None),
    ],
)
def test_a_wrong_line_has_a_problem_and_the_next_is_read(
    tmp_path: Path, row: object, code: str, field: str | None
) -> None:
    found = items(tmp_path / "a.jsonl", lines(ROW, row, ROW))
    assert codes(found) == [None, code, None]
    problem = found[1].problem  # type: ignore[union-attr]
    assert problem is not None
    assert problem.field == field
    assert "bad.example" not in problem.message


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"type": "DOMAIN", "value": "bad.exa', "MALFORMED"),
        (b'{"value": "caf\xe9.example"}', "NOT_UNICODE"),
        (b"\x00\x00\x00", "MALFORMED"),
        (b'{"value": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "MALFORMED"),
        (b'{"value": "' + b"x" * 10_000_000 + b'"}', "TOO_LONG"),
        (b'{"value": "\\ud800", "type": "DOMAIN"}', "MALFORMED"),
    ],
)
def test_a_hostile_line_is_one_problem_and_the_next_line_keeps_its_number(
    tmp_path: Path, line: bytes, code: str
) -> None:
    row = lines(ROW).encode()
    found = items(tmp_path / "a.jsonl", row + line + b"\n" + row)
    assert codes(found) == [None, code, None]
    assert [item.place.number for item in found] == [1, 2, 3]


def test_a_mapping_names_the_keys_that_are_read(tmp_path: Path) -> None:
    mapping = mapping_of({"columns": {"value": "indicator", "type": "kind"}, "types": {"Host": "DOMAIN"}})
    row = {"indicator": "bad.example", "kind": "host", "victim": "somebody", "context": "private"}
    [draft] = drafts(items(tmp_path / "a.jsonl", lines(row), mapping=mapping))
    assert (draft.type, draft.value, draft.context) == ("DOMAIN", "bad.example", None)


def test_what_is_no_json_lines_at_all_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="Line 1"):
        source(tmp_path / "a.jsonl", "[\n" + lines(ROW))


def test_blank_lines_count_as_lines_only(tmp_path: Path) -> None:
    found = items(tmp_path / "a.jsonl.gz", "\ufeff" + lines(ROW) + "\n \n" + lines(ROW).rstrip())
    assert [item.place.number for item in found] == [1, 4]
    assert len(drafts(found)) == 2


def test_what_was_wrong_with_a_row_before_is_passed_over(tmp_path: Path) -> None:
    told = {"problem": {"code": "MALFORMED", "row": 7}}
    link = {"link": {"from": "a", "to": "b", "relation": "SAME_ACTOR"}}
    found = items(tmp_path / "a.jsonl", lines(ROW | told, link | told, {"problem": told}, link | {"remark": told}))
    assert len(drafts(found)) == 1
    assert isinstance(found[1], SourceLink)
    assert [item.problem.code for item in found[2:] if isinstance(item, SourceRow) and item.problem] == [
        "VALUE_REQUIRED",
        "NOT_A_LINK",
    ]
