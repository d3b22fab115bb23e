"""What is sent, waited for and told, decided from made-up answers alone."""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import orjson
import pytest

from app.client import conversation, operations
from app.client.authority import ClientSecret, TokenRequest
from app.client.conversation import Patience, Pause, Post, Token
from app.client.errors import Busy, ClientError, Misconfigured, NotSignedIn, Refused, Unexpected, Unreachable
from app.client.operations import Operation

URL = "https://exchange.example/graphql"
ISSUER = "https://exchange.example"
VIEWER = {"clientId": "cli_1", "scopes": [], "person": None}
READ = operations.viewer()
ONCE = operations.issue_match_key()
BROKEN = httpx.ReadError("reset")
NEVER_LEFT = httpx.ConnectError("refused")
GOOD = {"data": {"viewer": VIEWER}}


def answer(status: int = 200, body: object = b"", **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return httpx.Response(status, content=content, headers={name.replace("_", "-"): h for name, h in headers.items()})


def error(code: str, message: str = "No.", **more: object) -> dict[str, Any]:
    return {"data": None, "errors": [{"message": message, "extensions": {"code": code, **more}}]}


@dataclass
class Drive:
    """Carries a conversation out: each `Post` is given the next answer, the last one again and again."""

    answers: list[object]
    steps: list[object] = field(default_factory=list)
    tokens: int = 0

    def run(self, talk: conversation.Conversation[Any]) -> Any:
        came: object = None
        try:
            while True:
                step = talk.send(came)
                self.steps.append(step)
                came = self._came(step)
        except StopIteration as end:
            return end.value

    def _came(self, step: object) -> object:
        if isinstance(step, Token):
            self.tokens += 1
            return f"token {self.tokens}"
        if isinstance(step, Post):
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return None

    @property
    def posts(self) -> list[Post]:
        return [step for step in self.steps if isinstance(step, Post)]

    @property
    def pauses(self) -> list[float]:
        return [step.seconds for step in self.steps if isinstance(step, Pause)]


def asked(operation: Operation[Any], *answers: object, patience: Patience | None = None) -> tuple[Drive, Any]:
    """How it went, and what came of it: a result or an error."""
    drive = Drive(list(answers))
    try:
        return drive, drive.run(conversation.ask(URL, operation, patience or Patience()))
    except ClientError as error:
        return drive, error


def test_an_answer_is_given_without_a_wait() -> None:
    drive, found = asked(READ, answer(body=GOOD))
    assert (found, drive.pauses, len(drive.posts)) == (VIEWER, [], 1)
    assert drive.posts[0].headers["Authorization"] == "Bearer token 1"
    assert json.loads(drive.posts[0].content)["variables"] == {}


@pytest.mark.parametrize("trouble", [answer(502, b"<html>Bad Gateway</html>"), answer(503), answer(504), BROKEN])
def test_trouble_that_passes_is_waited_out(trouble: object) -> None:
    drive, found = asked(READ, trouble, trouble, answer(body=GOOD))
    assert (found, len(drive.posts), len(drive.pauses)) == (VIEWER, 3, 2)
    assert len({post.content for post in drive.posts}) == 1


def test_the_exchange_says_in_seconds_how_long_to_wait() -> None:
    drive, found = asked(READ, answer(429, Retry_After="7"), answer(body=GOOD))
    assert found == VIEWER
    assert 7 <= drive.pauses[0] <= 7 + Patience().first_seconds


def test_or_by_a_date() -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    drive, _ = asked(READ, answer(503, Retry_After=until), answer(body=GOOD))
    assert 15 < drive.pauses[0] < 21


@pytest.mark.parametrize("said", ["soon", "-5", "", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 2099 00:00:00", "²"])
def test_what_is_no_time_to_wait_is_no_wish(said: str) -> None:
    odd = httpx.Response(503, headers=[(b"Retry-After", said.encode("latin-1"))])
    drive, found = asked(READ, odd, answer(body=GOOD))
    assert found == VIEWER
    assert drive.pauses[0] <= Patience().first_seconds


def test_pauses_double_and_differ_by_chance() -> None:
    patience = Patience(attempts=20, first_seconds=1.0, longest_seconds=8.0)
    for attempt, longest in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (9, 8.0)]:
        pauses = [patience.pause(attempt, 3.0) for _ in range(200)]
        assert all(3.0 <= pause <= 3.0 + longest for pause in pauses)
        assert min(pauses) < 3.0 + longest / 4
        assert max(pauses) > 3.0 + longest * 3 / 4


def test_patience_ends_after_so_many_tries() -> None:
    drive, found = asked(READ, BROKEN, patience=Patience(attempts=4))
    assert isinstance(found, Unreachable)
    assert len(drive.posts) == 4


def test_patience_ends_after_so_many_seconds() -> None:
    drive, found = asked(READ, answer(429, Retry_After="50"), patience=Patience(attempts=100, seconds=120))
    assert isinstance(found, Busy)
    assert found.retry_seconds == 50
    assert len(drive.posts) == 3
    assert sum(drive.pauses) <= 120


def test_a_wait_that_is_too_long_is_told_at_once() -> None:
    drive, found = asked(READ, answer(429, Retry_After="9" * 400))
    assert isinstance(found, Busy)
    assert drive.pauses == []


def test_what_must_not_be_done_twice_is_not_sent_again_after_a_broken_connection() -> None:
    for trouble in (BROKEN, httpx.ReadTimeout("late"), httpx.RemoteProtocolError("cut"), answer(502), answer(504)):
        drive, found = asked(ONCE, trouble)
        assert isinstance(found, Unreachable)
        assert "not known" in str(found)
        assert len(drive.posts) == 1


@pytest.mark.parametrize("trouble", [NEVER_LEFT, httpx.ConnectTimeout("late"), answer(503), answer(429)])
def test_but_what_was_not_carried_out_is(trouble: object) -> None:
    issued = {"epoch": 1, "key": "k", "normaliserVersion": 1}
    drive, found = asked(ONCE, trouble, answer(body={"data": {"issueMatchKey": issued}}))
    assert (found, len(drive.posts)) == (issued, 2)


def test_a_token_that_is_not_taken_is_renewed_once() -> None:
    drive, found = asked(READ, answer(401, error("UNAUTHENTICATED")), answer(body=GOOD))
    assert found == VIEWER
    assert [step.refused for step in drive.steps if isinstance(step, Token)] == [None, "token 1"]
    assert drive.posts[1].headers["Authorization"] == "Bearer token 2"


def test_and_not_twice() -> None:
    drive, found = asked(READ, answer(401, error("UNAUTHENTICATED", "The token is not good.")))
    assert isinstance(found, NotSignedIn)
    assert len(drive.posts) == 2


@pytest.mark.parametrize("code", ["TOO_MANY", "INTERNAL_SERVER_ERROR"])
def test_what_may_pass_is_tried_a_few_times(code: str) -> None:
    drive, found = asked(READ, answer(body=error(code)), answer(body=GOOD))
    assert (found, len(drive.posts)) == (VIEWER, 2)
    drive, found = asked(READ, answer(body=error(code)))
    assert (found.code, len(drive.posts)) == (code, 3)
    drive, found = asked(ONCE, answer(body=error(code)))
    assert (found.code, len(drive.posts)) == (code, 1)


def test_a_refusal_is_told_and_not_repeated() -> None:
    drive, found = asked(READ, answer(body=error("FORBIDDEN", "Not yours.", field="id", reason="SCOPE")))
    assert isinstance(found, Refused)
    assert (found.code, found.field, found.reason, len(drive.posts)) == ("FORBIDDEN", "id", "SCOPE", 1)


def test_a_refusal_in_the_result_is_one_too() -> None:
    said = {"code": "BAD_USER_INPUT", "message": "Too many.", "field": "signals", "reason": "TOO_MANY"}
    _, found = asked(operations.upload([]), answer(body={"data": {"uploadSignals": said}}))
    assert isinstance(found, Refused)
    assert (found.code, found.field, found.reason) == ("BAD_USER_INPUT", "signals", "TOO_MANY")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>It works!</html>",
        b"\xff\xfe",
        b"[]",
        b"3",
        b'"secret"',
        b"null",
        b"{}",
        b'{"data": null}',
        b'{"data": []}',
        b'{"data": {}}',
        b'{"data": {"viewer": 1, "other": 2}}',
        b'{"errors": {"message": "secret"}}',
        b'{"errors": "secret"}',
        b'{"errors": ["secret"]}',
        b'{"errors": [{"message": "secret"}]}',
        b'{"errors": 5}',
    ],
)
@pytest.mark.parametrize("status", [200, 301, 403, 404, 500])
def test_what_something_else_answers_is_unexpected(body: bytes, status: int) -> None:
    operation = operations.upload([]) if status == 200 else READ
    drive, found = asked(operation, answer(status, body))
    assert isinstance(found, Unexpected)
    assert "secret" not in str(found)
    assert len(drive.posts) == 1


def test_no_error_holds_what_was_sent() -> None:
    value = "jane.doe@mail.example"
    for trouble in (
        BROKEN,
        answer(503),
        answer(200, b"<html>"),
        answer(body={"errors": 3}),
        answer(404),
    ):
        drive, found = asked(operations.match([{"type": "EMAIL_ADDRESS", "value": value}]), trouble)
        told = f"{found!r} {found} {drive.steps!r} {found.__cause__!r}"
        assert value not in told
        assert "token 1" not in told


@dataclass
class Person:
    """A refresh token that is good once, in turns; the first `taken` looks find another process at it."""

    taken: int = 0
    token: int = 0
    kept: list[object] = field(default_factory=list)

    def request(self, issuer: str) -> TokenRequest:
        return TokenRequest({"grant_type": "refresh_token", "refresh_token": f"refresh {self.token}"})

    def took(self, answer: Mapping[str, object]) -> None:
        self.token += 1
        self.kept.append(answer["refresh_token"])

    def turn(self) -> Any:
        self.taken -= 1
        return None if self.taken >= 0 else nullcontext()


TOKEN = {"access_token": "t", "expires_in": 600, "refresh_token": "refresh 1"}


def renewed(authority: Any, *answers: object, patience: Patience | None = None) -> tuple[Drive, Any]:
    drive = Drive(list(answers))
    try:
        return drive, drive.run(conversation.renew(URL, ISSUER, authority, patience or Patience()))
    except ClientError as error:
        return drive, error


def test_a_token_ends_for_us_before_it_does_for_the_exchange() -> None:
    drive, token = renewed(ClientSecret("cli_1", "a secret"), answer(body={"access_token": "t", "expires_in": 20}))
    assert not token.is_fresh
    assert drive.posts[0].headers["Authorization"].startswith("Basic ")
    _, token = renewed(ClientSecret("cli_1", "a secret"), answer(body={"access_token": "t", "expires_in": 600}))
    assert token.is_fresh


def test_a_token_is_asked_for_again_where_that_helps() -> None:
    person = Person()
    drive, token = renewed(person, BROKEN, answer(503, Retry_After="2"), answer(429), answer(body=TOKEN))
    assert (token.text, person.kept, len(drive.posts)) == ("t", ["refresh 1"], 4)
    assert drive.pauses[1] >= 2


def test_who_shares_a_refresh_token_waits_for_its_turn() -> None:
    drive, token = renewed(Person(taken=3), answer(body=TOKEN))
    assert token.text == "t"
    assert [type(step) for step in drive.steps] == [Pause] * 3 + [Post]


def test_but_not_for_ever() -> None:
    drive, found = renewed(Person(taken=10**6), answer(body=TOKEN), patience=Patience(seconds=2))
    assert isinstance(found, Busy)
    assert drive.posts == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (answer(400, {"error": "invalid_grant"}), NotSignedIn),
        (answer(401, {"error": "invalid_client", "error_description": "Wrong secret."}), NotSignedIn),
        (answer(403, b"<html>"), Unexpected),
        (answer(400, []), Unexpected),
        (answer(400, {}), Unexpected),
        (answer(200, b""), Unexpected),
        (answer(200, {"access_token": "t"}), Unexpected),
        (answer(200, {"access_token": "t", "expires_in": "long"}), Unexpected),
    ],
)
def test_what_is_no_token_is_told_at_once(said: httpx.Response, kind: type[ClientError]) -> None:
    drive, found = renewed(ClientSecret("cli_1", "a secret"), said)
    assert isinstance(found, kind)
    assert "a secret" not in f"{found!r} {drive.steps!r}"
    assert len(drive.posts) == 1


def test_a_secret_is_in_no_repr() -> None:
    authority = ClientSecret("cli_1", "a secret")
    request = authority.request(ISSUER)
    assert "secret" not in repr(authority).replace("ClientSecret", "")
    assert repr(request) == "TokenRequest()"
    _, token = renewed(authority, answer(body={"access_token": "very secret", "expires_in": 600}))
    assert "very secret" not in repr(token)


@pytest.mark.parametrize(
    "rows", [[], [{}, {}], [1], {}, None, [{"problem": None}], [{"outcome": "REJECTED", "problem": 1}]]
)
def test_an_answer_without_a_row_for_each_is_not_taken(rows: object) -> None:
    for operation, name in (
        (operations.upload([{}]), "uploadSignals"),  # type: ignore[typeddict-item]
        (operations.link([{}]), "linkSignals"),  # type: ignore[typeddict-item]
        (operations.record([{}]), "recordFeedback"),  # type: ignore[typeddict-item]
    ):
        _, found = asked(operation, answer(body={"data": {name: {"rows": rows}}}))
        assert isinstance(found, Unexpected)


@pytest.mark.parametrize("rows", [[], [{}, {}], [1], {}, None])
def test_nor_a_match_without_an_outcome_for_each(rows: object) -> None:
    _, found = asked(operations.match([{}]), answer(body={"data": {"matchSignals": rows}}))  # type: ignore[typeddict-item]
    assert isinstance(found, Unexpected)


def test_what_cannot_be_sent_is_told_and_not_shown() -> None:
    drive, found = asked(operations.match([{"type": "USERNAME", "value": "half \ud800"}]), answer())
    assert isinstance(found, Misconfigured)
    assert "half \ud800" not in str(found)
    assert drive.posts == []


def test_nobody_reads_ten_megabytes_of_refusal() -> None:
    for body in (error("X" * 10**7, "Y" * 10**7), {"data": {"viewer": {"code": ["A"], "message": "Y" * 10**7}}}):
        _, found = asked(READ, answer(body=body))
        assert isinstance(found, Refused)
        assert len(str(found)) < 5_000


def test_no_wait_is_longer_than_an_hour() -> None:
    for said in ("1000000000", "9" * 400, "Thu, 01 Jan 2099 00:00:00 GMT"):
        _, found = asked(READ, answer(503, Retry_After=said))
        assert isinstance(found, Busy)
        assert found.retry_seconds == 3600
