"""MISP events, as pymisp writes them: what is taken of them, what is not and why, and what belongs together."""

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from app.client.reading.defaults import Defaults, Options
from app.client.reading.formats import Format
from app.client.reading.mapping import mapping_of
from app.client.reading.rows import SourceLink, UnreadableFile
from tests.client.reading.files import LABELS, codes, drafts, items

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pymisp import MISPEvent, MISPObject

MD5, SHA1 = "0123456789abcdef" * 2, "0123456789abcdef0123" * 2


@pytest.fixture
def event() -> MISPEvent:
    event = MISPEvent()
    event.info = "An invented event"
    return event


def read(tmp_path: Path, event: MISPEvent | str, **asked: Any) -> list[Any]:
    content = event if isinstance(event, str) else json.dumps({"Event": json.loads(event.to_json())})
    return items(tmp_path / "a.json", content, format=Format.MISP, **asked)


def links(found: list[Any]) -> list[tuple[str, str, str]]:
    return [(item.from_ref, item.relation, item.to_ref) for item in found if isinstance(item, SourceLink)]


@pytest.mark.parametrize(
    ("type", "value", "found"),
    [
        ("md5", MD5, [("HASH_MD5", MD5)]),
        ("filename|sha1", f"a|b.exe|{SHA1}", [("HASH_SHA1", SHA1)]),
        ("hostname", "bad.example", [("DOMAIN", "bad.example")]),
        ("url", "https://bad.example/a", [("URL", "https://bad.example/a")]),
        ("ip-dst", "192.0.2.1", [("IP_ADDRESS", "192.0.2.1")]),
        ("ip-src|port", "192.0.2.1|443", [("IP_ADDRESS", "192.0.2.1")]),
        ("hostname|port", "bad.example|443", [("DOMAIN", "bad.example")]),
        ("email-src", "a@bad.example", [("EMAIL_ADDRESS", "a@bad.example")]),
        ("phone-number", "+441632960001", [("PHONE_NUMBER", "+441632960001")]),
        ("domain|ip", "bad.example|192.0.2.1", [("DOMAIN", "bad.example"), ("IP_ADDRESS", "192.0.2.1")]),
    ],
)
def test_an_attribute_is_a_row_for_each_value_in_it(
    tmp_path: Path, event: MISPEvent, type: str, value: str, found: list[tuple[str, str]]
) -> None:
    event.add_attribute(type, value, to_ids=True)
    assert [(draft.type, draft.value) for draft in drafts(read(tmp_path, event))] == found


def test_a_port_is_told_to_reviewers(tmp_path: Path, event: MISPEvent) -> None:
    event.add_attribute("ip-dst|port", "192.0.2.1|443", to_ids=True)
    assert [draft.context for draft in drafts(read(tmp_path, event))] == ["Seen at port 443."]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"to_ids": False}, "NOT_FOR_DETECTION"),
        ({"deleted": True}, "DELETED"),
        ({"distribution": 0}, "KEPT_INSIDE"),
        ({"distribution": 4, "sharing_group_id": 3}, "AUDIENCE_REQUIRED"),
        ({"type": "email-dst", "value": "victim@mail.example"}, "UNSUPPORTED_TYPE"),
        ({"type": "target-email", "value": "victim@mail.example"}, "UNSUPPORTED_TYPE"),
        ({"type": "regkey", "value": "HKLM\\a"}, "UNSUPPORTED_TYPE"),
        ({"type": "sha512", "value": "0" * 128}, "UNSUPPORTED_TYPE"),
        ({"type": "text", "value": "words"}, "UNSUPPORTED_TYPE"),
    ],
)
def test_what_is_not_meant_for_this_is_not_taken(
    tmp_path: Path, event: MISPEvent, said: dict[str, Any], code: str
) -> None:
    attribute = {"type": "md5", "value": MD5, "to_ids": True, **said}
    event.add_attribute(**attribute)
    found = read(tmp_path, event)
    assert codes(found) == [code]
    assert attribute["value"] not in found[0].problem.message


def test_attributes_that_are_not_for_detection_can_be_asked_for(tmp_path: Path, event: MISPEvent) -> None:
    event.add_attribute("md5", MD5, to_ids=False)
    assert len(drafts(read(tmp_path, event, options=Options(all_attributes=True)))) == 1


def test_what_an_organisation_keeps_to_itself_is_kept_there(tmp_path: Path, event: MISPEvent) -> None:
    event.add_attribute("md5", MD5, to_ids=True)
    event.distribution = 0
    assert codes(read(tmp_path, event)) == ["KEPT_INSIDE"]


def test_a_sharing_group_is_shared_with_groups_that_are_named(tmp_path: Path, event: MISPEvent) -> None:
    event.add_attribute("md5", MD5, to_ids=True, distribution=4, sharing_group_id=3)
    labels = Defaults.of({"audienceGroups": ["4f6c"]}).over(LABELS)
    assert [draft.audience_groups for draft in drafts(read(tmp_path, event, defaults=labels))] == [("4f6c",)]


def test_tags_say_how_far_it_may_be_passed_on(tmp_path: Path, event: MISPEvent) -> None:
    event.add_attribute("md5", MD5, to_ids=True).add_tag("tlp:red")
    event.add_attribute("sha1", SHA1, to_ids=True)
    event.add_attribute("email-src", "a@bad.example", to_ids=True)
    event.add_tag("tlp:green")
    assert [draft.handling for draft in drafts(read(tmp_path, event))] == ["RED", "GREEN", "AMBER"]


def test_tags_are_violations_only_as_the_mapping_says(tmp_path: Path, event: MISPEvent) -> None:
    mapping = mapping_of({"words": {"violations": {"rsit:abusive-content": "CSAM_SOLICITATION"}}})
    event.add_attribute("md5", MD5, to_ids=True)
    event.add_tag("rsit:abusive-content")
    assert [draft.violations for draft in drafts(read(tmp_path, event, mapping=mapping))] == [("CSAM_SOLICITATION",)]


def test_an_address_was_seen_when_its_attribute_says(tmp_path: Path, event: MISPEvent) -> None:
    event.add_attribute("ip-dst", "192.0.2.1", to_ids=True, last_seen="2026-07-01T12:00:00Z")
    [draft] = drafts(read(tmp_path, event))
    assert draft.observed_at is not None
    assert draft.observed_at.startswith("2026-07-01T12:00:00")


def test_what_stands_in_one_object_is_linked(tmp_path: Path, event: MISPEvent) -> None:
    file, site = MISPObject("file"), MISPObject("domain-ip")
    file.add_attribute("md5", MD5)
    file.add_attribute("filename", "a.exe")
    second = file.add_attribute("sha1", SHA1)
    site.add_attribute("ip", "192.0.2.1")
    domain = site.add_attribute("domain", "bad.example")
    event.add_object(file)
    event.add_object(site)
    file.add_reference(site.uuid, "downloaded-from")
    file.add_reference(site.uuid, "annoys")
    found = read(tmp_path, event)
    assert codes(found) == [None, "UNSUPPORTED_TYPE", None, "UNSUPPORTED_RELATION", None, None]
    assert links(found) == [
        (file.uuid, "SAME_CONTENT", second.uuid),
        (file.uuid, "HOSTED_AT", site.uuid),
        (domain.uuid, "HOSTED_AT", site.uuid),
    ]
    assert next(item.ref for item in found if not isinstance(item, SourceLink)) == file.uuid
    assert [item.place for item in found] == sorted(item.place for item in found)


def test_the_two_values_of_one_attribute_are_linked(tmp_path: Path, event: MISPEvent) -> None:
    attribute = event.add_attribute("domain|ip", "bad.example|192.0.2.1", to_ids=True)
    found = read(tmp_path, event)
    assert links(found) == [(attribute.uuid, "HOSTED_AT", f"{attribute.uuid}#2")]


def test_several_events_keep_their_own_tags(tmp_path: Path) -> None:
    events = [
        {"Event": {"Attribute": [{"type": "md5", "value": MD5, "to_ids": "1"}], "Tag": [{"name": f"tlp:{tlp}"}]}}
        for tlp in ("red", "clear")
    ]
    for content in ({"response": events}, events):
        assert [draft.handling for draft in drafts(read(tmp_path, json.dumps(content)))] == ["RED", "CLEAR"]
    bare = json.dumps(events[0]["Event"])
    assert [draft.handling for draft in drafts(read(tmp_path, bare))] == ["RED"]


@pytest.mark.parametrize("content", ["", "{}", "[]", "3", '{"Event": 3}', '{"Event": {"Attribute": [{"type"', "\x00"])
def test_what_is_no_event_says_so(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnreadableFile):
        read(tmp_path, content)


@pytest.mark.parametrize(
    "one",
    [
        None,
        3,
        "x",
        [],
        {},
        {"type": "md5"},
        {"type": "md5", "value": 3},
        {"type": {}, "value": "x"},
        {"type": "domain|ip", "value": "a"},
    ],
)
def test_an_attribute_of_another_shape_is_a_problem(tmp_path: Path, one: Any) -> None:
    content = json.dumps({"Event": {"Attribute": [one], "Object": [one, {"Attribute": [one]}], "Tag": one}})
    assert set(codes(read(tmp_path, content))) == {"MALFORMED"}
