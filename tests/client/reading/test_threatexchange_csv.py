"""ThreatExchange's CSV: its words in ours, and what it holds to be harmless or shows to some only."""

from pathlib import Path
from typing import Any

import pytest

from app.client.reading.defaults import Defaults
from app.client.reading.rows import UnreadableFile
from tests.client.reading.files import LABELS, codes, drafts, items

MD5 = "0123456789abcdef" * 2
ROW = {
    "td_id": "77",
    "td_raw_indicator": MD5,
    "td_indicator_type": "HASH_MD5",
    "td_description": "From a test",
    "td_status": "MALICIOUS",
    "td_severity": "SEVERE",
    "td_confidence": "100",
    "td_share_level": "AMBER",
    "td_review_status": "REVIEWED_MANUALLY",
    "td_visibility": "VISIBLE",
    "td_subjective_tags": "testing;pwny",
    "td_expire_time": "2030-12-04T15:05:28-05:00",
    "td_owner_name": "Somebody",
}


def read(tmp_path: Path, *rows: dict[str, str], **asked: Any) -> list[Any]:
    lines = [",".join(ROW), *(",".join((ROW | row).values()) for row in rows)]
    return items(tmp_path / "a.csv", "\n".join(lines), **asked)


def test_a_descriptor_is_a_draft_in_our_words(tmp_path: Path) -> None:
    [row] = read(tmp_path, {})
    assert row.ref == "77"
    assert row.draft.as_input() == {
        "type": "HASH_MD5",
        "value": MD5,
        "violations": ["SEXTORTION_FINANCIAL"],
        "severity": "HIGH",
        "confidence": 99,
        "handling": "AMBER",
        "reviewStatus": "REVIEWED_MANUALLY",
        "context": "From a test",
        "expiresAt": "2030-12-04T15:05:28-05:00",
    }


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("INFO", "INFO"), ("WARNING", "LOW"), ("SUSPICIOUS", "MEDIUM"), ("APOCALYPSE", "HIGH"), ("UNKNOWN", "MEDIUM")],
)
def test_severities_are_ours_and_never_imminent_harm(tmp_path: Path, theirs: str, ours: str) -> None:
    assert [draft.severity for draft in drafts(read(tmp_path, {"td_severity": theirs}))] == [ours]


@pytest.mark.parametrize(
    ("row", "type", "handling"),
    [
        ({"td_share_level": "WHITE"}, "HASH_MD5", "CLEAR"),
        ({"td_share_level": "RED"}, "HASH_MD5", "RED"),
        (
            {"td_share_level": "GREEN", "td_indicator_type": "EMAIL_ADDRESS", "td_raw_indicator": "a@bad.example"},
            "EMAIL_ADDRESS",
            "AMBER",
        ),
        ({"td_share_level": "", "td_indicator_type": "URI", "td_raw_indicator": "https://bad.example/"}, "URL", None),
    ],
)
def test_share_levels_are_handling(tmp_path: Path, row: dict[str, str], type: str, handling: str | None) -> None:
    assert [(draft.type, draft.handling) for draft in drafts(read(tmp_path, row))] == [(type, handling)]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"td_status": "NON_MALICIOUS"}, "NON_MALICIOUS"),
        ({"td_visibility": "HAS_WHITELIST"}, "AUDIENCE_REQUIRED"),
        ({"td_visibility": "HAS_PRIVACY_GROUP"}, "AUDIENCE_REQUIRED"),
        ({"td_indicator_type": "HASH_TMK"}, "UNSUPPORTED_TYPE"),
        ({"td_indicator_type": ""}, "UNSUPPORTED_TYPE"),
        ({"td_severity": "GRAVE"}, "UNKNOWN_WORD"),
        ({"td_share_level": "PURPLE"}, "UNKNOWN_WORD"),
        ({"td_confidence": "101"}, "OUT_OF_RANGE"),
        ({"td_raw_indicator": ""}, "VALUE_REQUIRED"),
    ],
)
def test_what_cannot_be_shared_so_is_a_problem(tmp_path: Path, row: dict[str, str], code: str) -> None:
    assert codes(read(tmp_path, row, {})) == [code, None]


def test_what_is_shown_to_some_goes_to_groups_that_are_named(tmp_path: Path) -> None:
    labels = Defaults.of({"audienceGroups": "4f6c;77aa"}).over(LABELS)
    [draft] = drafts(read(tmp_path, {"td_visibility": "HAS_WHITELIST"}, defaults=labels))
    assert draft.audience_groups == ("4f6c", "77aa")


def test_the_names_of_the_api_are_understood_too(tmp_path: Path) -> None:
    from app.client.reading.formats import Format

    text = f"indicator,type,status,severity,share_level\n{MD5},HASH_MD5,UNKNOWN,INFO,GREEN\n"
    [draft] = drafts(items(tmp_path / "a.csv", text, format=Format.THREATEXCHANGE))
    assert (draft.type, draft.severity, draft.handling, draft.confidence) == ("HASH_MD5", "INFO", "GREEN", 50)
    with pytest.raises(UnreadableFile, match="td_status"):
        items(tmp_path / "b.csv", "indicator,type\n", format=Format.THREATEXCHANGE)
