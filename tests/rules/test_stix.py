"""Signals as STIX 2.1: strictly parsed, matched by what they stand for, and silent about what is not told."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import stix2
from hypothesis import given, settings
from hypothesis import strategies as st
from stix2.pattern_visitor import create_pattern_object
from stix2patterns.validator import run_validator

from app.rules.links import Relation
from app.rules.signal_types import FACTS, Level, SignalType
from app.rules.stix import markings, names, objects, patterns
from app.rules.stix.extension import EXTENSION
from app.rules.verdicts import Opinion
from tests.rules.stix_signals import ALDER, AT, BIRCH, VALUES, feedback, link, signal

PERSON = [type for type, facts in FACTS.items() if facts.level is Level.PERSON]


def strictly(*told: names.StixObject) -> list[Any]:
    """What stix2 makes of them, allowing nothing of its own."""
    return [stix2.parse(json.dumps(one), allow_custom=False) for one in told]


def compared(pattern: str) -> dict[str, str]:
    """What a pattern compares with what, by another parser than ours."""
    assert run_validator(pattern) == []
    operand = create_pattern_object(pattern, version="2.1").operand
    comparisons = operand.operands if hasattr(operand, "operands") else [operand]
    return {str(one.lhs): unescaped(one.rhs.value) for one in comparisons}


def unescaped(text: str) -> str:
    return re.sub(r"\\(['\\\\])", r"\1", text)


def of_kind(type: str, told: Any, at: Any = AT) -> list[names.StixObject]:
    return [one for one in objects.of_signal(told, at) if one["type"] == type]


@pytest.mark.parametrize("type", SignalType)
def test_a_value_in_clear_stands_in_the_pattern_of_its_type(type: SignalType) -> None:
    value, qualifier = VALUES[type]
    (indicator,) = strictly(objects.indicator(signal(type, value=value), AT))
    found = compared(indicator.pattern)
    assert set(found.values()) == {value, qualifier} - {None}
    assert len(found) == (1 if qualifier is None else 2)


def test_the_patterns_have_the_places_that_stix_has_for_them() -> None:
    said = {type: signal(type, value=value) for type, (value, _) in VALUES.items()}
    told = {type: patterns.pattern_of(one).partition(" = ")[0][1:] for type, one in said.items()}
    assert told == {
        SignalType.EMAIL_ADDRESS: "email-addr:value",
        SignalType.USERNAME: "user-account:account_login",
        SignalType.ACCOUNT_ID: "user-account:user_id",
        SignalType.PHONE_NUMBER: "x-lantern-phone-number:value",
        SignalType.IP_ADDRESS: "ipv6-addr:value",
        SignalType.PAYMENT_HANDLE: "x-lantern-payment-handle:value",
        SignalType.URL: "url:value",
        SignalType.DOMAIN: "domain-name:value",
        SignalType.HASH_MD5: "file:hashes.MD5",
        SignalType.HASH_SHA1: "file:hashes.'SHA-1'",
        SignalType.HASH_SHA256: "file:hashes.'SHA-256'",
        SignalType.HASH_PDQ: "file:hashes.PDQ",
        SignalType.KEYWORD: "x-lantern-keyword:value",
    }
    assert patterns.pattern_of(signal(SignalType.IP_ADDRESS, value="192.0.2.7")) == "[ipv4-addr:value = '192.0.2.7']"


@pytest.mark.parametrize("type", PERSON)
def test_what_is_not_revealed_is_named_by_its_id_and_nowhere_told(type: SignalType) -> None:
    hidden = signal(type)
    assert hidden["value"] is None
    (indicator,) = strictly(objects.indicator(hidden, AT))
    assert compared(indicator.pattern) == {"x-lantern-signal:id": hidden["id"]}


def test_what_is_not_revealed_is_named_by_its_match_tag_where_the_reader_has_one() -> None:
    hidden = signal(SignalType.EMAIL_ADDRESS, matchTag={"tag": "ab" * 32, "epoch": 1, "normaliserVersion": 1})
    (indicator,) = strictly(objects.indicator(hidden, AT))
    assert compared(indicator.pattern) == {"x-lantern-signal:match_tag": "ab" * 32}


# Whatever a canonical value can hold; surrogates have no UTF-8.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
AWKWARD = st.lists(st.sampled_from(["'", "\\", "\\'", "]", "[", "' OR url:value = '", "\n", "é", "\U0001f4a1", "a"]))


@given(st.one_of(TEXTS, AWKWARD.map("".join).filter(bool)), st.sampled_from([SignalType.URL, SignalType.KEYWORD]))
@settings(max_examples=200, deadline=None)
def test_no_value_ends_its_quotes(value: str, type: SignalType) -> None:
    (indicator,) = strictly(objects.indicator(signal(type, value=value), AT))
    assert next(iter(compared(indicator.pattern).values())) == value


def test_an_escape_that_is_left_out_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant: the tests above fail with it."""
    monkeypatch.setattr(patterns, "_quoted", lambda text: f"'{text}'")
    assert run_validator(patterns.pattern_of(signal())) != []


def test_a_very_long_url_stays_whole() -> None:
    value = "https://files.example/" + "ü'\\" * 20_000
    (indicator,) = strictly(objects.indicator(signal(value=value), AT))
    assert compared(indicator.pattern) == {"url:value": value}


def test_everything_about_a_signal_is_parsed_strictly_and_comes_back_as_it_was() -> None:
    a, b = signal(), signal(SignalType.EMAIL_ADDRESS, 2, handling="RED")
    a = {
        **a,
        "feedbackSummary": feedback("DISPUTED", CONFIRMED_VIOLATION=2, FALSE_POSITIVE=1),
        "links": [link(3, a, b)],
    }
    told = [*objects.STANDING, *objects.of_signal(a, AT), objects.tombstone(b["id"], AT)]
    kinds = [parsed.type for parsed in strictly(*told)]
    assert kinds[-7:] == ["identity", "indicator", "sighting", "opinion", "identity", "relationship", "indicator"]
    assert [json.loads(parsed.serialize())["id"] for parsed in strictly(*told)] == [one["id"] for one in told]


def test_what_stix_has_no_word_for_stands_in_the_extension() -> None:
    said = {"annotations": ["SPAM"], "contributors": [ALDER, BIRCH], "handling": "AMBER_STRICT"}
    told = objects.indicator(signal(SignalType.KEYWORD, **said), AT)
    alder, birch = (objects.identity(one)["id"] for one in (ALDER, BIRCH))
    assert told["extensions"][EXTENSION] == {
        "extension_type": "property-extension",
        "signal_id": told["extensions"][EXTENSION]["signal_id"],
        "signal_type": "KEYWORD",
        "level": "CONTENT",
        "qualifier": "en",
        "violations": ["SEXTORTION_FINANCIAL"],
        "annotations": ["SPAM"],
        "severity": "HIGH",
        "handling": "AMBER_STRICT",
        "updated_at": "2026-07-01T12:00:00.500Z",
        "contributor_refs": [alder, birch],
    }
    assert (told["confidence"], told["labels"]) == (70, ["sextortion-financial"])


def test_a_participant_whose_name_is_not_told_is_the_same_one() -> None:
    named, unnamed = objects.identity(ALDER), objects.identity({"slug": "alder"})
    assert (named["id"], unnamed["name"]) == (unnamed["id"], "alder")
    (told,) = of_kind("indicator", {**signal(), "contributors": None})
    assert "contributor_refs" not in told["extensions"][EXTENSION]


@pytest.mark.parametrize("handling", ["RED", "AMBER_STRICT", "AMBER", "GREEN", "CLEAR"])
def test_handling_is_a_marking_of_tlp_2_that_stands_among_the_standing_objects(handling: str) -> None:
    (ref,) = objects.indicator(signal(handling=handling), AT)["object_marking_refs"]
    (definition,) = [one for one in objects.STANDING if one["id"] == ref]
    assert definition["name"] == "TLP:" + handling.replace("_", "+")


def test_ids_are_the_same_each_time_and_lead_back_to_the_signal() -> None:
    told, later = objects.indicator(signal(), AT), objects.tombstone(signal()["id"], AT + timedelta(days=1))
    assert told["id"] == later["id"]
    assert names.behind(told["id"]) == signal()["id"]
    a, b = signal(number=1), signal(number=2)
    assert names.behind(objects.relationship(link(3, a, b), AT)["id"]) == link(3, a, b)["id"]
    for nothing in ("indicator--x", "identity--" + told["id"][11:], told["id"].upper(), "", "indicator"):
        assert names.behind(nothing) is None


def test_each_telling_is_a_later_version_though_the_signal_looks_older() -> None:
    """As when the latest contribution was withdrawn: what is left was last changed before it."""
    first = objects.indicator(signal(updatedAt="2026-07-01T20:00:00Z"), AT)
    second = objects.indicator(signal(updatedAt="2026-07-01T12:00:00Z"), AT + timedelta(seconds=1))
    gone = objects.tombstone(signal()["id"], AT + timedelta(seconds=2))
    assert first["modified"] < second["modified"] < gone["modified"]
    assert objects.indicator(signal(), AT - timedelta(days=9))["modified"] == "2026-07-01T12:00:00.000Z"


def test_a_tombstone_is_revoked_and_holds_no_value() -> None:
    (gone,) = strictly(objects.tombstone(signal()["id"], AT))
    assert gone.revoked
    assert compared(gone.pattern) == {"x-lantern-signal:id": signal()["id"]}
    assert "name" not in gone


OPINIONS = {
    Opinion.CONFIRMED: "strongly-agree",
    Opinion.DISPUTED: "neutral",
    Opinion.FALSE_POSITIVE: "strongly-disagree",
    Opinion.INVESTIGATION_SEED: "neutral",
}


@pytest.mark.parametrize("word", Opinion)
def test_what_participants_think_together_is_an_opinion(word: Opinion) -> None:
    (told,) = strictly(*of_kind("opinion", signal(feedbackSummary=feedback(word, INCONCLUSIVE=1))))
    assert (told.opinion, told.object_refs) == (OPINIONS[word], [objects.indicator(signal(), AT)["id"]])


def test_without_feedback_there_is_no_opinion_and_no_sighting() -> None:
    told = signal(feedbackSummary=feedback("INVESTIGATION_SEED"))
    assert [one["type"] for one in objects.of_signal(told, AT)] == ["identity", "indicator"]


def test_a_sighting_counts_those_with_whom_it_matched() -> None:
    said = feedback("DISPUTED", CONFIRMED_VIOLATION=2, MATCHED=3, NOT_VIOLATING_HERE=1, FALSE_POSITIVE=4, NO_MATCH=5)
    (told,) = strictly(*of_kind("sighting", signal(feedbackSummary=said)))
    assert (told["count"], told.summary) == (6, True)
    assert "where_sighted_refs" not in told
    (nobody,) = of_kind("sighting", signal(feedbackSummary=feedback("INVESTIGATION_SEED", NO_MATCH=1)))
    assert nobody["count"] == 0


@pytest.mark.parametrize("relation", Relation)
def test_a_link_is_a_relationship_as_strict_as_its_ends(relation: Relation) -> None:
    a, b = signal(number=1), signal(number=2, handling="RED")
    (told,) = strictly(*of_kind("relationship", {**a, "links": {"edges": [{"node": link(3, a, b, relation)}]}}))
    assert told.relationship_type == relation.lower().replace("_", "-")
    assert (told.source_ref, told.target_ref) == tuple(objects.indicator(one, AT)["id"] for one in (a, b))
    assert told.object_marking_refs == objects.indicator(b, AT)["object_marking_refs"]


def test_a_link_to_what_is_out_of_sight_is_left_out() -> None:
    a, b = signal(number=1), signal(number=2)
    assert of_kind("relationship", {**a, "links": [{**link(3, a, b), "to": None}]}) == []


def test_what_is_newer_than_this_program_is_told_without_its_value_and_as_the_strictest() -> None:
    said = {"type": "SHOE_SIZE", "handling": "VIOLET", "value": "canary"}
    told = list(objects.of_signal({**signal(), **said}, AT))
    strictly(*told)
    assert "canary" not in json.dumps(told)
    assert told[-1]["object_marking_refs"] == markings.marked("RED")
