"""Failures of ours in a subscription: the client is told, and no answer just breaks off."""

import io
from collections.abc import Iterator

import httpx
import orjson
import pytest
import structlog
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from app.web import log_format
from app.web.authenticate import Asking, Authenticator
from tests.live_exchange import LiveExchange

FOLLOW = "subscription { signalChanged { __typename } }"
CANARY = "a canary"
FAILURES = {"TOO_MANY": NoFreeConnection(CANARY), "INTERNAL_SERVER_ERROR": RuntimeError(CANARY)}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    written = io.StringIO()
    log_format.configure("info", written)
    yield written
    structlog.reset_defaults()
    assert CANARY not in written.getvalue()


@pytest.fixture(params=FAILURES)
def code(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, log: io.StringIO) -> str:
    """What is told of a failure to find out who follows, at the first step."""
    again = Authenticator.again

    async def failing(self: Authenticator, asking: Asking, *, anew: bool) -> Asking:
        if anew:
            raise FAILURES[request.param]
        return await again(self, asking, anew=anew)

    monkeypatch.setattr(Authenticator, "again", failing)
    return str(request.param)


async def test_an_event_stream_is_told(served: LiveExchange, code: str) -> None:
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {served.token('birch')}"}
    async with httpx.AsyncClient(base_url=f"http://{served.address}", trust_env=False) as web:
        answer = await web.post("/graphql", json={"query": FOLLOW}, headers=headers)
    told, _, end = answer.content.removeprefix(b"event: next\ndata: ").partition(b"\n\n")
    assert [error["extensions"]["code"] for error in orjson.loads(told)["errors"]] == [code]
    assert end == b"event: complete\ndata:\n\n"
    assert CANARY not in answer.text


async def test_a_socket_is_told_and_stays(served: LiveExchange, code: str) -> None:
    birch = await served.client("birch")
    for id in ("1", "2"):
        await birch.subscribe(FOLLOW, id)
        message = await birch.hear()
        assert (message["type"], message["id"]) == ("error", id)
        assert [error["extensions"]["code"] for error in message["payload"]] == [code]
        assert CANARY not in str(message)
