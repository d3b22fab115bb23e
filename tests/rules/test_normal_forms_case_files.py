"""The shared case files: every firm row comes out as stated, with the exceptions that our own rules make."""

from collections import Counter
from collections.abc import Callable

import pytest

from app.errors import InvalidInput
from app.rules.normal_forms import Canonical, Hints, admit, canonical, match_keys
from app.rules.normal_forms.refusals import SENTENCES
from app.rules.signal_types import SignalType
from tests.rules.case_files import Row, outcome, rows, stated

FIRM = {
    "url/url_wpt.jsonl": 180,
    "url/url_realistic.jsonl": 414,
    "domain/idna.jsonl": 835,
    "domain/domain_cases.jsonl": 66,
    "ip/ip_cases.jsonl": 84,
    "email/email_cases.jsonl": 182,
    "phone/phone_e164.jsonl": 238,
    "payment/payment_cases.jsonl": 74,
    "keywords/keyword_norm.jsonl": 416,
    "hashes/hash_cases.jsonl": 133,
}


# Where a firm row and our rules meet, ours decide: each gives our outcome for the rows that it concerns.
def an_empty_label_is_an_error(row: Row) -> str | None:
    name = row.get("expected_normalised", "")
    return "ERROR" if ".." in name or name.startswith(".") else None


def a_trailing_dot_comes_off_a_domain(row: Row) -> str | None:
    name = row.get("expected_normalised", "")
    return name[:-1] if name.endswith(".") else None


def local_parts_compare_without_case(row: Row) -> str | None:
    address = row.get("expected_normalised", "")
    return address.lower() if address != address.lower() else None


def addresses_are_trimmed(row: Row) -> str | None:
    """As other firm rows of the same file ask."""
    bare = row["raw"].strip()
    return bare if row.get("expected_error") and bare != row["raw"] else None


def a_trailing_dot_comes_off_an_address(row: Row) -> str | None:
    return row["raw"][:-1] if row.get("expected_error") and row["raw"].endswith(".") else None


Rule = Callable[[Row], str | None]

EXCEPTIONS: dict[str, dict[Rule, int]] = {
    "domain/idna.jsonl": {an_empty_label_is_an_error: 16, a_trailing_dot_comes_off_a_domain: 14},
    "email/email_cases.jsonl": {
        local_parts_compare_without_case: 1,
        addresses_are_trimmed: 9,
        a_trailing_dot_comes_off_an_address: 1,
    },
}


def firm(name: str) -> list[Row]:
    return [row for row in rows(name) if "policy" not in row]


@pytest.mark.parametrize("name", FIRM)
def test_every_firm_row_comes_out_as_stated_or_as_a_rule_of_ours_has_it(name: str) -> None:
    counts: Counter[Rule] = Counter()
    unexplained = []
    for row in firm(name):
        if (got := outcome(row)) not in stated(row):
            rule = next((rule for rule in EXCEPTIONS.get(name, {}) if rule(row) == got), None)
            counts.update([rule] if rule else [])
            unexplained += [] if rule else [row]
    assert unexplained == []
    assert dict(counts) == EXCEPTIONS.get(name, {})
    assert len(firm(name)) == FIRM[name]


@pytest.mark.parametrize("name", FIRM)
def test_policy_rows_get_a_stable_answer(name: str, record_property: Callable[[str, object], None]) -> None:
    policy = [row for row in rows(name) if "policy" in row]
    assert [outcome(row) for row in policy] == [outcome(row) for row in policy]
    record_property("policy rows", len(policy))
    record_property("policy rows that agree", sum(outcome(row) in stated(row) for row in policy))


def answer(type: SignalType, raw: str) -> Canonical | str:
    """The form, or the message of the refusal."""
    hints = Hints(platform="alder", scheme="upi", region="US", language="en")
    try:
        form = canonical(type, raw, hints)
        admit(form, hints)
        match_keys(form)
    except InvalidInput as error:
        return error.message
    return form


@pytest.mark.parametrize("type", SignalType)
@pytest.mark.parametrize("name", ["hostile/blns_part.jsonl", "accounts/username_cases.jsonl"])
def test_hostile_text_gets_a_stable_answer_that_does_not_echo_it(name: str, type: SignalType) -> None:
    for row in rows(name):
        first, second = answer(type, row["raw"]), answer(type, row["raw"])
        assert first == second
        # A message is one of a fixed set of sentences, so nothing of the value can be in it.
        assert isinstance(first, Canonical) or first.startswith(tuple(SENTENCES.values()))


def test_profile_addresses_are_urls_and_their_names_are_usernames() -> None:
    profiles = [row for row in rows("accounts/username_cases.jsonl") if row["type"] == "account_url"]
    for row in profiles:
        assert isinstance(answer(SignalType.URL, row["raw"]), Canonical)
        assert isinstance(answer(SignalType.USERNAME, row["username"]), Canonical)
    assert len(profiles) == 40
