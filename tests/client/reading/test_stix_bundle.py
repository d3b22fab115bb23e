"""STIX bundles: which patterns and observables are values, what is said with them, and which relationships link."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.client.reading import documents
from app.client.reading.formats import Format
from app.client.reading.mapping import mapping_of
from app.client.reading.rows import Place, SourceLink, SourceRow, UnreadableFile
from tests.client.reading.files import codes, drafts, items

MD5, SHA1 = "0123456789abcdef" * 2, "0123456789abcdef0123" * 2


def bundle(*objects: Any) -> str:
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects})


def indicator(pattern: str, id: str = "indicator--1", **said: Any) -> dict[str, Any]:
    return {"type": "indicator", "spec_version": "2.1", "id": id, "pattern": pattern, "pattern_type": "stix", **said}


def relationship(kind: str, source: str, target: str, **said: Any) -> dict[str, Any]:
    return {
        "type": "relationship",
        "id": "relationship--1",
        "relationship_type": kind,
        "source_ref": source,
        "target_ref": target,
        **said,
    }


def read(tmp_path: Path, *objects: Any, **asked: Any) -> list[Any]:
    return items(tmp_path / "a.json", bundle(*objects), format=Format.STIX, **asked)


def test_a_value_that_fits_into_no_call_is_a_problem_of_its_row(tmp_path: Path) -> None:
    long = indicator(f"[url:value = 'https://bad.example/{'a' * 70_000}']")
    found = read(tmp_path, long, indicator("[url:value = 'https://bad.example/b']"))
    assert codes(found) == ["TOO_LONG", None]
    assert [one.value for one in drafts(found)] == ["https://bad.example/b"]


def test_an_item_that_would_fill_the_memory_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "_ITEM_LIMIT", 100_000)
    for large in ("a" * 400_000, ["a"] * 10_000):
        with pytest.raises(UnreadableFile, match="more than"):
            read(tmp_path, indicator("[url:value = 'https://bad.example']", name=large))
    many = [indicator("[url:value = 'https://bad.example']", name="a" * 1_000) for _ in range(1_000)]
    assert len(read(tmp_path, *many)) == 1_000


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("[domain-name:value='bad.example']", [("DOMAIN", "bad.example")]),
        ("  [ url:value = 'https://bad.example/\\'a\\\\' ]", [("URL", "https://bad.example/'a\\")]),
        ("[email-addr:value = 'a@bad.example']", [("EMAIL_ADDRESS", "a@bad.example")]),
        ("[email-message:from_ref.value = 'a@bad.example']", [("EMAIL_ADDRESS", "a@bad.example")]),
        ("[ipv6-addr:value = '2001:db8::1']", [("IP_ADDRESS", "2001:db8::1")]),
        (f"[file:hashes.md5 = '{MD5}']", [("HASH_MD5", MD5)]),
        (
            f"[file:hashes.MD5 = '{MD5}' OR file:hashes.'SHA-1' = '{SHA1}']",
            [("HASH_MD5", MD5), ("HASH_SHA1", SHA1)],
        ),
        (
            "[url:value = 'https://bad.example/a'] OR [url:value = 'https://bad.example/b']",
            [("URL", "https://bad.example/a"), ("URL", "https://bad.example/b")],
        ),
        ("([domain-name:value = 'bad.example'])", [("DOMAIN", "bad.example")]),
        ("[(domain-name:value = 'it\\'s.example')]", [("DOMAIN", "it's.example")]),
        ("[domain-name:value IN ('a.example', 'b.example')]", [("DOMAIN", "a.example"), ("DOMAIN", "b.example")]),
        ("[domain-name:value = 'a.example' OR domain-name:value = 'a.example']", [("DOMAIN", "a.example")]),
        ("[user-account:account_login = 'name' AND user-account:account_type = 'site']", [("USERNAME", "name")]),
        ("[x-lantern-keyword:value = 'word' AND x-lantern-keyword:language = 'en']", [("KEYWORD", "word")]),
    ],
)
def test_a_pattern_that_names_values_is_a_row_for_each(
    tmp_path: Path, pattern: str, found: list[tuple[str, str]]
) -> None:
    assert [(draft.type, draft.value) for draft in drafts(read(tmp_path, indicator(pattern)))] == found


@pytest.mark.parametrize(
    "pattern",
    [
        "[file:path = '/a']",
        "[configuration-profile:id = 'a']",
        "[domain-name:value = 'a.example' AND url:value = 'https://a.example/']",
        "[domain-name:value = 'a.example'] AND [url:value = 'https://a.example/']",
        "[domain-name:value = 'a.example'] FOLLOWEDBY [url:value = 'https://a.example/']",
        "[domain-name:value = 'a.example'] REPEATS 5 TIMES",
        "[domain-name:value != 'a.example']",
        "[domain-name:value NOT = 'a.example']",
        "[domain-name:value NOT IN ('a.example')]",
        "[domain-name:value LIKE '%.example']",
        "[domain-name:value MATCHES 'a']",
        "[user-account:account_type = 'site']",
        "[file:size = 3]",
        "[domain-name:value = 'a.example'",
        "domain-name",
        "",
        "[" * 15_000,
        "[" + "(" * 5_000 + "domain-name:value = 'a'" + ")" * 5_000 + "]",
        "[" + " AND ".join(["domain-name:value = 'a'"] * 5_000) + "]",
    ],
)
def test_any_other_pattern_is_a_problem(tmp_path: Path, pattern: str) -> None:
    found = read(tmp_path, indicator(pattern), indicator("[domain-name:value = 'b.example']"))
    assert codes(found) == ["UNSUPPORTED_PATTERN", None]


def test_alternatives_without_a_type_are_problems_beside_those_with_one(tmp_path: Path) -> None:
    found = read(tmp_path, indicator(f"[file:name = 'a.exe' OR file:hashes.MD5 = '{MD5}']"))
    assert codes(found) == ["UNSUPPORTED_PATTERN", None]
    assert [item.ref for item in found] == ["indicator--1", "indicator--1#2"]
    assert [item.place for item in found] == [Place(1, 0, 0), Place(1, 0, 1)]


def test_an_indicator_says_confidence_handling_and_its_end(tmp_path: Path) -> None:
    said = indicator(
        "[email-addr:value = 'a@bad.example']",
        confidence=100,
        valid_until="2030-01-01T00:00:00Z",
        object_marking_refs=[
            "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
            "marking-definition--0",
        ],
        labels=["malicious-activity"],
        description="private words",
    )
    [draft] = drafts(read(tmp_path, said))
    assert draft.as_input() == {
        "type": "EMAIL_ADDRESS",
        "value": "a@bad.example",
        "violations": ["SEXTORTION_FINANCIAL"],
        "severity": "MEDIUM",
        "confidence": 99,
        # TLP:GREEN would be too open for what points at a person.
        "handling": "AMBER",
        "expiresAt": "2030-01-01T00:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("marks", "handling"),
    [
        (["613f2e26-407d-48c7-9eca-b8e91df99dc9"], "CLEAR"),
        (["939a9414-2ddd-4d32-a0cd-375ea402b003", "94868c89-83c2-464b-929b-a1a8aa3c8487"], "AMBER_STRICT"),
        (["5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "55d920b0-5e8b-4f79-9ee9-91f868d9b421"], "RED"),
        ([], None),
    ],
)
def test_the_strictest_mark_counts(tmp_path: Path, marks: list[str], handling: str | None) -> None:
    said = indicator(
        "[domain-name:value = 'a.example']", object_marking_refs=[f"marking-definition--{m}" for m in marks]
    )
    assert [draft.handling for draft in drafts(read(tmp_path, said))] == [handling]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"revoked": True}, "REVOKED"),
        ({"indicator_types": ["benign"]}, "NON_MALICIOUS"),
        ({"labels": ["benign"]}, "NON_MALICIOUS"),
        ({"pattern_type": "yara"}, "UNSUPPORTED_PATTERN"),
        ({"pattern": 7}, "UNSUPPORTED_PATTERN"),
        ({"confidence": "high"}, "OUT_OF_RANGE"),
        ({"valid_until": "soon"}, "NOT_A_TIME"),
    ],
)
def test_what_is_not_to_be_matched_is_not_taken(tmp_path: Path, said: dict[str, Any], code: str) -> None:
    assert codes(read(tmp_path, indicator("[domain-name:value = 'a.example']") | said)) == [code]


def test_labels_are_violations_only_as_the_mapping_says(tmp_path: Path) -> None:
    mapping = mapping_of({"words": {"violations": {"sextortion": "SEXTORTION_SEXUAL"}}})
    said = indicator("[domain-name:value = 'a.example']", labels=["Sextortion", "csam-solicitation"])
    [draft] = drafts(read(tmp_path, said, mapping=mapping))
    assert draft.violations == ("SEXTORTION_SEXUAL",)


def test_an_address_was_seen_when_its_indicator_began(tmp_path: Path) -> None:
    said = indicator("[ipv4-addr:value = '192.0.2.1']", valid_from="2026-07-01T12:00:00.123Z")
    assert [draft.observed_at for draft in drafts(read(tmp_path, said))] == ["2026-07-01T12:00:00.123000+00:00"]


def test_observables_that_stand_alone_are_rows(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {"type": "domain-name", "id": "domain-name--1", "value": "a.example"},
        {"type": "file", "id": "file--1", "hashes": {"MD5": MD5, "SHA-1": SHA1, "SSDEEP": "3::"}, "name": "a.exe"},
        {"type": "user-account", "id": "user-account--1", "account_login": "name", "account_type": "site"},
        {"type": "file", "id": "file--2", "name": "b.exe"},
        {"type": "mutex", "id": "mutex--1", "name": "m"},
    )
    assert codes(found) == [None, None, None, "UNSUPPORTED_TYPE", None, "UNSUPPORTED_TYPE", "NOT_A_SIGNAL"]
    assert [draft.platform for draft in drafts(found)][-1] == "site"
    assert [item for item in found if isinstance(item, SourceLink)] == [
        SourceLink(Place(2, 0, 3), "file--1", "file--1#2", "SAME_CONTENT")
    ]


def test_a_relationship_of_two_signals_is_a_link(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        relationship("derived-from", "indicator--1", "indicator--2", confidence=0),
        relationship("hosts", "ipv4-addr--1", "domain-name--1"),
        relationship("same-actor", "indicator--1", "indicator--2"),
    )
    assert found == [
        SourceLink(Place(1), "indicator--1", "indicator--2", "DERIVED_FROM", 1),
        SourceLink(Place(2), "domain-name--1", "ipv4-addr--1", "HOSTED_AT"),
        SourceLink(Place(3), "indicator--1", "indicator--2", "SAME_ACTOR"),
    ]


def test_two_indicators_of_one_malware_are_not_linked(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        relationship("indicates", "indicator--1", "malware--1"),
        relationship("indicates", "indicator--2", "malware--1"),
        relationship("likes", "indicator--1", "indicator--2"),
        relationship("derived-from", "indicator--1", "indicator--2", revoked=True),
        {"type": "relationship", "id": "relationship--1"},
    )
    assert codes(found) == ["NOT_A_SIGNAL", "NOT_A_SIGNAL", "UNSUPPORTED_RELATION", "REVOKED", "MALFORMED"]


@pytest.mark.parametrize("one", [None, 7, "x", [], {}, {"type": 3}, {"type": "relationship", "source_ref": {}}])
def test_an_object_of_another_shape_is_a_problem(tmp_path: Path, one: Any) -> None:
    assert codes(read(tmp_path, one, indicator("[domain-name:value = 'a.example']"))) == ["MALFORMED", None]


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "7", '{"type": "report"}', "\x00", '{"objects"', "[" * 1_000_000, '{"objects": 3}', "not json"],
)
def test_what_is_no_bundle_says_so(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnreadableFile):
        items(tmp_path / "a.json", content, format=Format.STIX)


def test_a_bundle_that_is_cut_off_says_after_which_object(tmp_path: Path) -> None:
    whole = bundle(*[indicator("[domain-name:value = 'a.example']")] * 3)
    with pytest.raises(UnreadableFile, match="After item 2") as refused:
        items(tmp_path / "a.json", whole[:-40], format=Format.STIX)
    assert "a.example" not in str(refused.value)


def test_an_empty_bundle_is_one(tmp_path: Path) -> None:
    assert read(tmp_path) == []


def test_a_deep_object_is_refused_before_it_takes_long(tmp_path: Path) -> None:
    deep = '{"type": "x", "a": ' + "[" * 200_000 + "]" * 200_000 + "}"
    content = bundle(indicator("[domain-name:value = 'a.example']")).replace("[{", "[" + deep + ", {")
    with pytest.raises(UnreadableFile, match="inside each other"):
        items(tmp_path / "a.json", content, format=Format.STIX)


def test_a_row_can_be_written_as_a_json_line_to_mend(tmp_path: Path) -> None:
    found = read(
        tmp_path, indicator("[domain-name:value = 'a.example']"), indicator("[file:path = '/a']", "indicator--2")
    )
    assert [item.original for item in found if isinstance(item, SourceRow)] == [
        {
            "ref": "indicator--1",
            "type": "DOMAIN",
            "value": "a.example",
            "violations": ["SEXTORTION_FINANCIAL"],
            "severity": "MEDIUM",
            "confidence": 50,
        },
        {"ref": "indicator--2", "value": "/a"},
    ]
