"""Whoever was looked up for an earlier request is remembered; what it is now decides all the same, from the next on."""

from collections import Counter
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import literal, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from app.graphql.execution import ReadEngine
from app.rules import ids
from app.rules.drafts import SignalDraft
from app.rules.ids import Prefix
from app.rules.signal_types import SignalType
from app.rules.tokens import Claims
from app.services import tokens, uploads
from app.store import database, first_feedback, reader
from app.store.clients import TokenBearer
from app.store.statements import Driver
from app.store.templates import Alone
from tests import charges
from tests.demo_exchange import DemoExchange
from tests.feedback_world import LABELS
from tests.served_exchange import Session, served

DOCUMENT = """query ($after: String) {
  viewer { clientId scopes participant { participantClass status groups { id } } }
  signals { edges { node { id contributions { id } } } }
  changes(after: $after) { __typename } }"""

RECORD = """mutation ($input: RecordFeedbackInput!) { recordFeedback(input: $input) {
  ... on RecordFeedbackPayload { rows { outcome problem { code } feedback { verdict } } }
  ... on Problem { code } } }"""
TWICE = """mutation ($input: RecordFeedbackInput!, $next: RecordFeedbackInput!) {
  one: recordFeedback(input: $input) { __typename }
  other: recordFeedback(input: $next) { ... on RecordFeedbackPayload { created } } }"""

SKIPPED = """mutation ($input: RecordFeedbackInput!, $skipped: Boolean!) {
  recordFeedback(input: $input) @skip(if: $skipped) { __typename } }"""

REHEARSE = """mutation ($input: UploadSignalsInput!) {
  uploadSignals(input: $input) { ... on UploadSignalsPayload { created } } }"""
REHEARSED = {
    "validateOnly": True,
    "signals": [
        {
            "type": "URL",
            "value": "https://files.example/b",
            "violations": ["SEXTORTION_FINANCIAL"],
            "severity": "LOW",
            "confidence": 50,
        }
    ],
}

# What others do to the bearer of a token while it is in use.
CHANGES = {
    "its token is revoked": "INSERT INTO revoked_token (token_id, expires_at) VALUES (:token, 'infinity')",
    "its client is disabled": "UPDATE api_client SET disabled_at = now() WHERE id = :client",
    "its client loses a scope": "UPDATE api_client SET scopes = array_remove(scopes, 'feed:read') WHERE id = :client",
    "its client is confined": "UPDATE api_client SET confined = true WHERE id = :client",
    "it is suspended": "UPDATE participant SET status = 'SUSPENDED' WHERE id = :participant",
    "it becomes a receiver": "UPDATE participant SET participant_class = 'RECEIVE_ONLY' WHERE id = :participant",
    "it leaves its groups": "DELETE FROM group_member WHERE participant_id = :participant",
    "its feed begins anew": "UPDATE participant SET feed_epoch = feed_epoch + 1 WHERE id = :participant",
}


class Bearer:
    """One client with one token."""

    def __init__(self, exchange: DemoExchange, token: str) -> None:
        self.token = token
        self._exchange = exchange

    async def ask(self, http: httpx.AsyncClient, after: str | None = None) -> tuple[int, Any, str]:
        headers = {"Authorization": f"Bearer {self.token}"}
        body = {"query": DOCUMENT, "variables": {"after": after}}
        answer = await http.post("/graphql", json=body, headers=headers)
        content = charges.taken_off(answer.json())
        for error in content.get("errors", ()):
            error.get("extensions", {}).pop("requestId", None)
        return answer.status_code, content, answer.headers.get("lantern-engine", "")

    async def write(self, http: httpx.AsyncClient, document: str, **variables: Any) -> tuple[int, Any, str]:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = await http.post("/graphql", json={"query": document, "variables": variables}, headers=headers)
        return answer.status_code, charges.taken_off(answer.json()), answer.headers.get("lantern-engine", "")

    async def suffer(self, change: str) -> None:
        claims = self._exchange.access_tokens.check(self.token, self._exchange.clock())
        ids = {"token": claims.token_id, "client": claims.client_id, "participant": self._exchange.id("alder")}
        engine = create_async_engine(self._exchange.urls.owner, poolclass=NullPool)
        async with engine.begin() as owner:
            named = {name: value for name, value in ids.items() if f":{name}" in change}
            await owner.execute(text(change), named)
        await engine.dispose()


@pytest.fixture
async def bearer(exchange: DemoExchange, http: httpx.AsyncClient) -> Bearer:
    return Bearer(exchange, await Session(http, exchange.client("alder")).token())


async def before_and_after(
    exchange: DemoExchange, bearer: Bearer, change: str
) -> tuple[tuple[int, Any], tuple[int, Any], tuple[int, Any]]:
    """What one remembered is answered before and after a change; and what one is answered then that nobody knows."""
    async with served(exchange, ReadEngine.COMPILED) as compiled, served(exchange, ReadEngine.STANDARD) as standard:
        cursor = await _cursor(compiled, bearer)
        before = await bearer.ask(compiled, cursor)
        assert before[2] == "compiled"
        await bearer.suffer(change)
        told = await bearer.ask(compiled, cursor)
        fresh = await bearer.ask(standard, cursor)
    return before[:2], told[:2], fresh[:2]


async def _cursor(http: httpx.AsyncClient, bearer: Bearer) -> str:
    document = "{ changes { ... on ChangePage { endCursor } } }"
    answer = await http.post("/graphql", json={"query": document}, headers={"Authorization": f"Bearer {bearer.token}"})
    return str(answer.json()["data"]["changes"]["endCursor"])


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_a_change_counts_for_the_next_request(exchange: DemoExchange, bearer: Bearer, change: str) -> None:
    before, told, fresh = await before_and_after(exchange, bearer, change)
    assert told == fresh
    assert told != before


async def test_one_who_is_remembered_is_not_looked_up(
    exchange: DemoExchange, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(exchange, ReadEngine.COMPILED) as http:
        first = await bearer.ask(http)
        monkeypatch.setattr("app.services.tokens.bearer_behind", None)
        assert await bearer.ask(http) == first


async def test_memory_alone_would_be_noticed(
    exchange: DemoExchange, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_stands", lambda: literal(1) == literal(1))
    _, told, fresh = await before_and_after(exchange, bearer, CHANGES["its client is disabled"])
    assert (told[0], fresh[0]) == (200, 401)


def saying(*verdicts: str, **more: Any) -> dict[str, Any]:
    """Input that speaks of signals which nobody knows."""
    return {"feedback": [{"signalId": ids.shown(Prefix.SIGNAL, uuid4()), "verdict": one} for one in verdicts], **more}


# By one statement, in a transaction of several, and without a look at the database.
WAYS = {
    "at once": saying("NO_MATCH"),
    "in steps": saying("NO_MATCH", idempotencyKey="a key"),
    "not at all": saying(),
}
# What is refused for these, and for none of the others.
REFUSED = {
    "its token is revoked": 401,
    "its client is disabled": 401,
    "its client loses a scope": 200,
    "its client is confined": 200,
}


@pytest.mark.parametrize("input", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_counts_for_the_next_mutation(
    exchange: DemoExchange, bearer: Bearer, change: str, input: dict[str, Any]
) -> None:
    async with served(exchange, ReadEngine.COMPILED) as compiled, served(exchange, ReadEngine.STANDARD) as standard:
        before = await bearer.write(compiled, RECORD, input=input)
        assert (before[0], before[2]) == (200, "compiled")
        await bearer.suffer(CHANGES[change].replace("feed:read", "feedback:write"))
        told = await bearer.write(compiled, RECORD, input=input)
        fresh = await bearer.write(standard, RECORD, input=input)
    assert told[:2] == fresh[:2]
    if change in REFUSED:
        assert (told[0], told[1] != before[1]) == (REFUSED[change], True)


@pytest.mark.parametrize("input", WAYS.values(), ids=WAYS.keys())
async def test_memory_alone_would_be_noticed_of_mutations(
    exchange: DemoExchange, bearer: Bearer, monkeypatch: pytest.MonkeyPatch, input: dict[str, Any]
) -> None:
    monkeypatch.setattr(reader, "_stands", lambda: literal(1) == literal(1))
    monkeypatch.setattr(first_feedback, "_STATEMENT", Alone(first_feedback._statement))
    monkeypatch.setattr(database, "_as_remembered", lambda _: "true")
    async with served(exchange, ReadEngine.COMPILED) as http:
        await bearer.write(http, RECORD, input=input)
        await bearer.suffer(CHANGES["its token is revoked"])
        status, _, _ = await bearer.write(http, RECORD, input=input)
    # What looks at nothing is not taken from memory in any case.
    assert status == (200 if input["feedback"] else 401)


@pytest.mark.parametrize(("change", "status"), [("its token is revoked", 401), ("its client loses a scope", 200)])
async def test_a_change_counts_for_a_mutation_that_only_looks(
    exchange: DemoExchange, bearer: Bearer, monkeypatch: pytest.MonkeyPatch, change: str, status: int
) -> None:
    async with served(exchange, ReadEngine.COMPILED) as http:
        await bearer.ask(http)
        with monkeypatch.context() as patched:
            patched.setattr("app.services.tokens.bearer_behind", None)
            before = await bearer.write(http, REHEARSE, input=REHEARSED)
        await bearer.suffer(CHANGES[change].replace("feed:read", "signals:write"))
        told = await bearer.write(http, REHEARSE, input=REHEARSED)
    assert before == (200, {"data": {"uploadSignals": {"created": 1}}}, "compiled")
    assert told[0] == status
    assert told[1] != before[1]


@pytest.mark.parametrize("key", [None, "a key"])
async def test_one_who_is_remembered_writes_without_being_looked_up(
    exchange: DemoExchange, bearer: Bearer, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    async with served(exchange, ReadEngine.COMPILED) as http:
        await bearer.ask(http)
        monkeypatch.setattr("app.services.tokens.bearer_behind", None)
        status, content, way = await bearer.write(
            http, TWICE, input=saying("NO_MATCH", idempotencyKey=key), next=saying("NO_MATCH")
        )
    assert (status, way) == (200, "compiled")
    assert content["data"]["other"] == {"created": 0}


async def test_a_mutation_decided_by_memory_is_done_once_and_in_order(exchange: DemoExchange, bearer: Bearer) -> None:
    """The first field refuses without a look at the database, so all begins anew, and each is done once."""
    birch = await exchange.actor("birch")
    async with exchange.database.write(birch) as session:
        draft = SignalDraft(SignalType.URL, "https://files.example/a", LABELS)
        (shared,) = await uploads.upload(session, birch, exchange.keyring, [draft])
    assert shared.signal_id is not None
    next = {"feedback": [{"signalId": ids.shown(Prefix.SIGNAL, shared.signal_id), "verdict": "NO_MATCH"}]}
    async with served(exchange, ReadEngine.COMPILED) as http:
        await bearer.ask(http)
        status, content, _ = await bearer.write(http, TWICE, input=saying(), next=next)
    assert (status, content["data"]) == (200, {"one": {"__typename": "InvalidInput"}, "other": {"created": 1}})


@pytest.mark.parametrize(("room", "looked_up"), [(1, 3), (2, 2)])
async def test_no_more_are_remembered_than_there_is_room_for(
    exchange: DemoExchange, bearer: Bearer, monkeypatch: pytest.MonkeyPatch, room: int, looked_up: int
) -> None:
    count, behind = Counter[str](), tokens.bearer_behind

    async def counted(by: AsyncSession | Driver, claims: Claims) -> TokenBearer:
        count["looked up"] += 1
        return await behind(by, claims)

    monkeypatch.setattr(tokens, "bearer_behind", counted)
    monkeypatch.setattr("app.web.authenticate.MOST_REMEMBERED", room)
    async with served(exchange, ReadEngine.COMPILED) as http:
        other = Bearer(exchange, await Session(http, exchange.client("birch")).token())
        for one in (bearer, other, bearer):
            await one.ask(http)
    assert count["looked up"] == looked_up


async def test_what_is_remembered_is_of_one_token_alone(
    exchange: DemoExchange, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.rules.tokens.secrets.token_urlsafe", lambda _: "the id of two tokens")
    sessions = [Session(http, exchange.client(slug)) for slug in ("alder", "birch")]
    alder, birch = [Bearer(exchange, await session.token()) for session in sessions]
    async with served(exchange, ReadEngine.COMPILED) as compiled:
        told = [
            (await one.ask(compiled))[1]["data"]["viewer"]["clientId"] for one in (alder, birch, alder, alder, birch)
        ]
    assert told[0] != told[1]
    assert told == [told[0], told[1], told[0], told[0], told[1]]


async def test_a_mutation_that_asks_nobody_is_not_answered_by_memory(exchange: DemoExchange, bearer: Bearer) -> None:
    nothing = {"input": {"feedback": []}, "skipped": True}
    async with served(exchange, ReadEngine.COMPILED) as http:
        await bearer.ask(http)
        assert await bearer.write(http, SKIPPED, **nothing) == (200, {"data": {}}, "compiled")
        await bearer.suffer(CHANGES["its token is revoked"])
        assert (await bearer.write(http, SKIPPED, **nothing))[0] == 401
