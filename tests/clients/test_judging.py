"""The judge of generated operations notices each thing that an answer must not be."""

import json

import pytest

from tests.clients.asked import Asked, by_variables
from tests.clients.judging import Reply, contract, wrong_with

ASKED = Asked('{ signal(id: "sig_hq5kz") { id type confidence createdAt violations } }')
SIGNAL = {"id": "sig_1", "type": "URL", "confidence": 50, "createdAt": "2026-07-01T00:00:00Z", "violations": []}
WORDS = "This took too long and was stopped. Ask for less at once."


def refused(message: str = WORDS, **error: object) -> str:
    return json.dumps({"errors": [{"message": message, "extensions": {"code": "TOO_MANY"}} | error]})


def found(**changed: object) -> str:
    return json.dumps({"data": {"signal": SIGNAL | changed}})


@pytest.mark.parametrize("text", [found(), '{"data": {"signal": null}}', refused()])
def test_an_answer_of_ours_is_right(text: str) -> None:
    assert wrong_with(ASKED, Reply(200, text)) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<html>", "no JSON"),
        ("[]", "no answer"),
        ("{}", "no answer"),
        ('{"errors": []}', "no answer"),
        (refused(extensions={}), "an error that is not ours"),
        (refused(extensions={"code": "INTERNAL_SERVER_ERROR"}), "an error that is not ours"),
        (refused(stack="a.py:3"), "an error that is not ours"),
        (refused("Cannot query field 'x' on type 'Query'."), "an error that is not ours"),
        (refused("division by zero"), "an error that is not ours"),
        (refused(extensions={"code": "TOO_MANY", "field": "sig_hq5kz"}), "what was sent"),
        (found(confidence="50"), "more or other than was asked for"),
        (found(confidence=None), "not what the schema says"),
        (found(type="SOMETHING"), "not what the schema says"),
        (found(violations={}), "not what the schema says"),
        (found(value="clear"), "more or other than was asked for"),
        ('{"data": {}}', "not what the schema says"),
        ('{"data": {"signal": {"message": "No such row in table signal", "id": "sig_1"}}}', "words that are not ours"),
    ],
)
def test_whatever_is_wrong_is_noticed(text: str, what: str) -> None:
    assert any(words.startswith(what) for words in wrong_with(ASKED, Reply(200, text)))


def test_a_failure_of_the_server_is_noticed() -> None:
    assert wrong_with(ASKED, Reply(503, refused())) == ["the status 503"]


def test_what_comes_in_variables_is_noticed_too() -> None:
    asked = by_variables(ASKED.text, contract())
    assert (asked.text.split()[1], asked.variables) == ("($v0:", {"v0": "sig_hq5kz"})
    assert wrong_with(asked, Reply(200, found())) == []
    (wrong,) = wrong_with(asked, Reply(200, refused(extensions={"code": "TOO_MANY", "field": "sig_hq5kz"})))
    assert wrong == "what was sent: sig_hq5kz"
