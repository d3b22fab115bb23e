"""GraphQL over server-sent events, over real HTTP: negotiation, the events, and how a stream ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from app.rules import limits
from app.rules.budgets import Charge
from app.rules.limits import COST_PER_SECOND, SAVED_SECONDS
from tests.demo_exchange import DemoExchange
from tests.live_exchange import LiveExchange, live
from tests.waiting import PATIENCE, until_async

VIEWER = "{ viewer { participant { slug } } }"
MOST = COST_PER_SECOND * SAVED_SECONDS
# What the first operation of a client leaves it.
COST = Charge(2, MOST, MOST - 2, COST_PER_SECOND).told()
FOLLOW = "subscription { signalChanged { ... on ChangePage { caughtUp endCursor } } }"
FIRST = b'event: next\ndata: {"data":{"signalChanged":{"caughtUp":true,'
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)


@pytest.fixture
async def served(exchange: DemoExchange) -> AsyncIterator[LiveExchange]:
    async with live(exchange) as served:
        yield served


@pytest.fixture
async def web(served: LiveExchange) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{served.address}", timeout=PATIENCE, trust_env=False) as web:
        web.headers["Authorization"] = f"Bearer {served.token('alder')}"
        yield web


class Stream:
    """The bytes of a response as they come."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._bytes = response.aiter_raw()
        self.read = b""

    async def until(self, end: bytes) -> bytes:
        """What was sent up to there."""
        while end not in self.read:
            self.read += await asyncio.wait_for(anext(self._bytes), PATIENCE)
        return self.read

    async def rest(self) -> bytes:
        """All that comes until the server ends it."""
        async for part in self._bytes:
            self.read += part
        return self.read


@asynccontextmanager
async def opened(web: httpx.AsyncClient, query: str = FOLLOW, **how: Any) -> AsyncIterator[Stream]:
    headers = {"Accept": how.get("accept", "text/event-stream")}
    async with web.stream("POST", "/graphql", json={"query": query}, headers=headers) as response:
        yield Stream(response)


@pytest.mark.parametrize("accept", ["text/event-stream", "*/*", "application/json, text/*", URQL])
async def test_a_subscription_is_a_stream_of_events(web: httpx.AsyncClient, accept: str) -> None:
    async with opened(web, accept=accept) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"] == "text/event-stream"
        assert stream.response.headers["cache-control"] == "no-store"
        assert (await stream.until(b"\n\n")).startswith(FIRST)
        assert b"\r" not in stream.read


async def test_it_can_be_asked_for_by_get(web: httpx.AsyncClient) -> None:
    headers = {"Accept": "text/event-stream"}
    async with web.stream("GET", "/graphql", params={"query": FOLLOW}, headers=headers) as response:
        assert (await Stream(response).until(b"\n\n")).startswith(FIRST)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_query_that_is_asked_for_as_events_alone_is_one_event(web: httpx.AsyncClient, method: str) -> None:
    given: Any = {"params": {"query": VIEWER}} if method == "GET" else {"json": {"query": VIEWER}}
    answer = await web.request(method, "/graphql", headers={"Accept": "text/event-stream"}, **given)
    assert answer.headers["content-type"] == "text/event-stream"
    told = orjson.dumps({"data": {"viewer": {"participant": {"slug": "alder"}}}, "extensions": COST})
    assert answer.content == b"event: next\ndata: " + told + b"\n\nevent: complete\ndata:\n\n"


async def test_a_query_is_json_where_json_is_accepted_too(web: httpx.AsyncClient) -> None:
    answer = await web.post("/graphql", json={"query": VIEWER}, headers={"Accept": URQL})
    assert answer.headers["content-type"].startswith("application/graphql-response+json")


async def test_a_subscription_is_not_answered_as_json(web: httpx.AsyncClient) -> None:
    answer = await web.post("/graphql", json={"query": FOLLOW}, headers={"Accept": "application/json"})
    assert answer.status_code == 406
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_what_cannot_run_is_told_as_an_event(web: httpx.AsyncClient) -> None:
    for query in ("{", "{ nothing }", 'subscription { signalChanged(after: "x") { __typename } }'):
        answer = await web.post("/graphql", json={"query": query}, headers={"Accept": "text/event-stream"})
        first, last, nothing = answer.text.split("\n\n")
        assert answer.status_code == 200, query
        assert json.loads(first.removeprefix("event: next\ndata: "))["errors"], query
        assert (last, nothing) == ("event: complete\ndata:", "")


async def test_who_brings_no_token_gets_no_stream(web: httpx.AsyncClient) -> None:
    answer = await web.post(
        "/graphql", json={"query": FOLLOW}, headers={"Accept": "text/event-stream", "Authorization": "Bearer x"}
    )
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json; charset=utf-8")


async def test_a_quiet_stream_shows_that_it_lives(web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PING_SECONDS", 0.1)
    async with opened(web) as stream:
        assert FIRST in await stream.until(b"\n\n:\n\n:\n\n")


async def test_a_stream_ends_with_its_token(served: LiveExchange, web: httpx.AsyncClient) -> None:
    served.exchange.clock.forward(seconds=595)
    async with opened(web) as stream:
        told = (await stream.rest()).split(b"\n\n")
    assert told[0].startswith(FIRST)
    assert b'"code":"UNAUTHENTICATED"' in told[-3]
    assert told[-2] == b"event: complete\ndata:"


async def test_a_client_that_goes_leaves_nothing_behind(
    served: LiveExchange, web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_CLIENT_STREAMS", 1)
    for _ in range(3):
        # The server has yet to hear that the one before has gone.
        await until_async(lambda: is_refused_beside_another(web))


async def is_refused_beside_another(web: httpx.AsyncClient) -> bool:
    """False if there is no place for the first either."""
    async with opened(web) as stream:
        if stream.response.status_code == 429:
            return False
        await stream.until(b"\n\n")
        refused = await web.post("/graphql", json={"query": FOLLOW}, headers={"Accept": "text/event-stream"})
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "5"
        return True


async def test_a_server_that_stops_ends_its_streams_at_once(exchange: DemoExchange) -> None:
    loop = asyncio.get_running_loop()
    async with live(exchange) as served, httpx.AsyncClient(base_url=f"http://{served.address}", trust_env=False) as web:
        web.headers["Authorization"] = f"Bearer {served.token('alder')}"
        birch = await served.client("birch")
        async with opened(web) as stream:
            await stream.until(b"\n\n")
            served.stop()
            with pytest.raises(httpx.RemoteProtocolError):
                await asyncio.wait_for(stream.rest(), PATIENCE)
        assert (await birch.closed())[0] == 1012
        began = loop.time()
    assert loop.time() - began < 5, "nothing is waited for"
