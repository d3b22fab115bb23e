"""Rules that make reports of a moderation system's decisions; they attest nothing that the decision does not say."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from app.client.outbox import InvalidReport, lines, rule_file
from app.client.outbox.decisions import Rules
from app.client.outbox.rule_file import BadRules

SIGNAL = f"sig_{1:032x}"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
RULES = """
[decision]
id = "$.id"
signal_id = "$.lantern.signalId"
reviewed_at = "$.review.at"
reviewer_role = "$.review.role"

[[rule]]
when = { decision = "duplicate" }
ignore = true

[[rule]]
when = { decision = "account_removed", queue.name = ["grooming", "sextortion"] }
verdict = "CONFIRMED_VIOLATION"
review_status = "REVIEWED_MANUALLY"
policy_reference = "$.policy"
actions = { ACCOUNT_REMOVED = "$.accounts", REPORTED_TO_NCMEC = 1 }

[[rule]]
when = { appeal = { present = true } }
verdict = "FALSE_POSITIVE"
reason = "SHARED_OR_COMMON_VALUE"
review_status = "$.review.how"

[[rule]]
when = { decision = "closed", score = 0, automatic = true }
verdict = "NO_MATCH"
"""
REMOVED = {
    "id": 7,
    "decision": "account_removed",
    "queue": {"name": "grooming"},
    "lantern": {"signalId": SIGNAL},
    "review": {"at": "2026-05-01T10:00:00+02:00", "role": "Investigator"},
    "policy": "Policy 2.3",
    "accounts": 3,
}
RULE = '[[rule]]\nwhen = { a = 1 }\nsignal_id = "$.s"\n'
MANUAL = 'review_status = "REVIEWED_MANUALLY"\nreviewed_at = "$.at"\nreviewer_role = "$.role"\n'


@pytest.fixture(scope="module")
def rules() -> Rules:
    return rule_file.parse(RULES)


def decided(rules: Rules, decision: Mapping[str, Any]) -> Any:
    made = lines.read_line(orjson.dumps(decision), rules, NOW).made
    return None if made is None else orjson.loads(made.content)


def test_the_first_rule_that_a_decision_meets_makes_the_report(rules: Rules) -> None:
    read = lines.read_line(orjson.dumps(REMOVED), rules, NOW)
    assert (read.rule, read.name) == (2, "7")
    assert decided(rules, REMOVED) == {
        "signalId": SIGNAL,
        "verdict": "CONFIRMED_VIOLATION",
        "reviewStatus": "REVIEWED_MANUALLY",
        "reviewedAt": "2026-05-01T10:00:00+02:00",
        "reviewerRole": "Investigator",
        "policyReference": "Policy 2.3",
        "actions": [{"action": "ACCOUNT_REMOVED", "count": 3}, {"action": "REPORTED_TO_NCMEC", "count": 1}],
    }


def test_a_decision_that_is_to_be_left_out_is_no_report(rules: Rules) -> None:
    assert decided(rules, REMOVED | {"decision": "duplicate"}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"queue": {"name": "spam"}},
        {"queue": "grooming"},
        {"decision": "account_warned"},
        {"decision": None},
        {"decision": "closed", "score": False, "automatic": True},
        {"decision": "closed", "score": 0, "automatic": 1},
        {"appeal": None, "decision": "other"},
    ],
)
def test_a_decision_for_which_no_rule_is_made_is_not_guessed(rules: Rules, change: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidReport) as refused:
        decided(rules, REMOVED | change)
    assert refused.value.reason == "NO_RULE"


def test_conditions_are_on_presence_and_values_of_their_own_kind(rules: Rules) -> None:
    closed = {"decision": "closed", "score": 0, "automatic": True, "lantern": {"signalId": SIGNAL}}
    assert decided(rules, closed) == {"signalId": SIGNAL, "verdict": "NO_MATCH"}
    appealed = REMOVED | {"decision": "restored", "appeal": "upheld"}
    review = REMOVED["review"] | {"how": "REVIEWED_AUTOMATICALLY"}  # type: ignore[operator]
    assert decided(rules, appealed | {"review": review})["reviewStatus"] == "REVIEWED_AUTOMATICALLY"


@pytest.mark.parametrize(
    "review", [{}, {"at": "2026-05-01T10:00:00Z"}, {"role": "Investigator"}, None, {"at": "", "role": ""}]
)
@pytest.mark.parametrize("decision", ["account_removed", "restored"])
def test_a_rule_attests_no_review_that_the_decision_does_not_carry(rules: Rules, decision: str, review: Any) -> None:
    how = {} if review is None else {"how": "REVIEWED_MANUALLY"}
    appeal = {} if decision == "account_removed" else {"appeal": 1}
    with pytest.raises(InvalidReport) as refused:
        decided(rules, REMOVED | appeal | {"decision": decision, "review": None if review is None else review | how})
    assert refused.value.reason in ("NO_REVIEW", "REVIEW_REQUIRED")
    assert (refused.value.reason == "NO_REVIEW") or review is None


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ('verdict = "MATCHED"\nverdikt = "MATCHED"\n', "a rule has no verdikt"),
        ('verdict = "GUILTY"\n', "verdict: This has to be one of"),
        ("", "a `verdict` is missing"),
        ('verdict = "MATCHED"\nreason = "OTHER"\n', "MATCHED takes no reason"),
        ('verdict = "FALSE_POSITIVE"\n' + MANUAL, "FALSE_POSITIVE needs a reason"),
        ('verdict = "CONFIRMED_VIOLATION"\n', "comes from a review"),
        ('verdict = "MATCHED"\nactions = ["ACCOUNT_REMOVED"]\n', "needs the verdict CONFIRMED_VIOLATION"),
        (
            'verdict = "CONFIRMED_VIOLATION"\nreview_status = "REVIEWED_AUTOMATICALLY"\nactions = ["URL_BLOCKED"]\n',
            "needs a review by a person of yours first",
        ),
        ('verdict = "CONFIRMED_VIOLATION"\nactions = ["URL_BLOCKED"]\n' + MANUAL, "against which policy of yours"),
        ('verdict = "CONFIRMED_VIOLATION"\nactions = ["BANISHED"]\n' + MANUAL, "actions: This has to be one of"),
        ('verdict = "MATCHED"\nactions = ["NO_ACTION", "NO_ACTION"]\n', "name each action once"),
        ('verdict = "MATCHED"\nactions = [["NO_ACTION"]]\n', "a list of actions"),
        ('verdict = "MATCHED"\nactions = { NO_ACTION = 0 }\n', "A count is 1 to"),
        ('verdict = "INCONCLUSIVE"\nreview_status = "REVIEWED_MANUALLY"\n', "needs `reviewed_at` and `reviewer_role`"),
        ('verdict = "MATCHED"\nreviewed_at = "2026-01-01T00:00:00Z"\n', "a rule cannot say it for whoever reviewed"),
        ('verdict = "MATCHED"\nreviewer_role = "Investigator"\n', "a rule cannot say it for whoever reviewed"),
        ('verdict = "MATCHED"\nnote = "$note"\n', "comes from the decision"),
        ('verdict = "MATCHED"\nignore = true\n', "stands beside `when` alone"),
        (
            'verdict = "FALSE_POSITIVE"\nreason = "VICTIM_NOT_OFFENDER"\nreview_status = "REVIEWED_AUTOMATICALLY"\n',
            "a person",
        ),
    ],
)
def test_a_rule_that_cannot_be_right_is_named_before_it_is_used(rule: str, words: str) -> None:
    with pytest.raises(BadRules) as bad:
        rule_file.parse(RULE + rule)
    (problem,) = bad.value.problems
    assert problem.rule == 1
    assert words in problem.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[rule", "not TOML"),
        ("", "write `[[rule]]`"),
        ('[decision]\nreviewed = "$.a"\n' + RULE + 'verdict = "MATCHED"', "`[decision]` has no `reviewed`"),
        ("[other]\n" + RULE + 'verdict = "MATCHED"', "no `other`"),
        ("[[rule]]\nwhen = { a = [] }\nignore = true", "not empty"),
        ("[[rule]]\nwhen = { a = { present = 1 } }\nignore = true", "true or false"),
        ("[[rule]]\nwhen = { a = {} }\nignore = true", "true or false"),
        ('[[rule]]\nverdict = "MATCHED"', "`signal_id` is missing"),
    ],
)
def test_a_file_that_is_none_of_rules_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadRules) as bad:
        rule_file.parse(text)
    assert words in str(bad.value)


@pytest.mark.parametrize(
    ("earlier", "later", "is_reached"),
    [
        ("{}", "{ a = 1 }", False),
        ("{ a = 1 }", "{ a = 1 }", False),
        ("{ a = [1, 2] }", "{ a = 2, b = 1 }", False),
        ("{ a = { present = true } }", "{ a = 2 }", False),
        ("{ a = 1 }", "{ a = [1, 2] }", True),
        ("{ a = 1 }", "{ b = 1 }", True),
        ("{ a = 1 }", "{ a = true }", True),
        ("{ a = { present = false } }", "{ a = 1 }", True),
        ("{ a = 1, b = 1 }", "{ a = 1 }", True),
    ],
)
def test_a_rule_that_no_decision_reaches_is_named(earlier: str, later: str, is_reached: bool) -> None:
    text = "".join(f"[[rule]]\nwhen = {when}\nignore = true\n" for when in (earlier, later))
    if is_reached:
        assert len(rule_file.parse(text).rules) == 2
        return
    with pytest.raises(BadRules) as bad:
        rule_file.parse(text)
    assert [(one.rule, "meets rule 1" in one.message) for one in bad.value.problems] == [(2, True)]


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(BadRules) as bad:
        rule_file.parse(RULE + 'verdict = "GUILTY"\n' + RULE.replace("1", "2") + 'verdict = "CONFIRMED_VIOLATION"\n')
    assert [one.rule for one in bad.value.problems] == [1, 2]


@pytest.mark.parametrize("id", [{"email": "canary@mail.example"}, ["canary@mail.example"], True, 1.5])
def test_no_part_of_a_decision_becomes_a_name_that_outlasts_it(rules: Rules, id: object) -> None:
    with pytest.raises(InvalidReport, match="text or a whole number") as told:
        lines.read_line(orjson.dumps({**REMOVED, "id": id}), rules, NOW)
    assert "canary" not in str(told.value)
