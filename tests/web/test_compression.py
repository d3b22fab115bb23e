"""Compressed answers: for whom, from which size on, and what never is."""

import asyncio
import gzip
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.routing import Route

from app.graphql.execution import Operations
from app.services.demo import DemoClient
from app.web import asgi, compression
from app.web.compression import LEAST_BYTES, THREAD_BYTES
from app.web.graphql import GraphQLEndpoint
from app.web.reply import Reply
from tests.graphql.toy import SCHEMA, Visitor


async def authenticate(*_given: Any, anew: bool = False) -> Visitor:
    return Visitor()


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    endpoint = GraphQLEndpoint(Operations(SCHEMA), authenticate, lambda caller: caller)
    transport = httpx.ASGITransport(asgi.logged(Route("/graphql", endpoint), []))
    # This client would say by itself that it takes gzip, and unpack it.
    headers = {"Accept-Encoding": "identity"}
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange.test", headers=headers) as client:
        yield client


async def answered(web: httpx.AsyncClient, length: int, encoding: str) -> tuple[httpx.Headers, bytes]:
    """The head, and the body as it was sent."""
    body = {"query": "query ($n: String!) { hello(name: $n) }", "variables": {"n": "a" * length}}
    async with web.stream("POST", "/graphql", json=body, headers={"Accept-Encoding": encoding}) as response:
        assert response.status_code == 200
        return response.headers, b"".join([part async for part in response.aiter_raw()])


@pytest.mark.parametrize("encoding", ["gzip", "gzip, deflate, br", "*", "br;q=1.0, gzip;q=0.1", "GZIP"])
async def test_a_long_answer_is_compressed_for_who_takes_it(web: httpx.AsyncClient, encoding: str) -> None:
    headers, body = await answered(web, 5_000, encoding)
    _, whole = await answered(web, 5_000, "identity")
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "Accept-Encoding"
    assert int(headers["content-length"]) == len(body) < 500
    cost = b',"extensions"'
    assert gzip.decompress(body).partition(cost)[0] == whole.partition(cost)[0]


@pytest.mark.parametrize(
    "encoding", ["identity", "", "br", "gzip;q=0", "gzip;q=0, *", "gzip;q=none", "x" * 300 + ", gzip"]
)
async def test_it_is_not_for_others(web: httpx.AsyncClient, encoding: str) -> None:
    headers, body = await answered(web, 5_000, encoding)
    assert "content-encoding" not in headers
    assert headers["vary"] == "Accept-Encoding"
    assert body.startswith(b'{"data":{"hello":"hello aaa')


async def test_the_least_size_is_exact() -> None:
    headers = Headers({"Accept-Encoding": "gzip"})
    for size, is_compressed in ((LEAST_BYTES - 1, False), (LEAST_BYTES, True)):
        reply = await compression.compressed(Reply(200, "application/json", b"a" * size), headers)
        assert ("Content-Encoding" in (reply.headers or {})) is is_compressed


async def test_what_else_an_answer_varies_by_is_kept() -> None:
    reply = Reply(200, "application/json", b"{}", {"Vary": "Accept"})
    found = await compression.compressed(reply, Headers({}))
    assert found.headers == {"Vary": "Accept, Accept-Encoding"}


async def test_a_very_long_answer_is_compressed_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    real = compression._zip

    def noted(body: bytes) -> bytes:
        threads.append(threading.get_ident())
        return real(body)

    monkeypatch.setattr(compression, "_zip", noted)
    headers = Headers({"Accept-Encoding": "gzip"})
    for size in (THREAD_BYTES - 1, THREAD_BYTES):
        reply = await compression.compressed(Reply(200, "application/json", b"a" * size), headers)
        assert len(gzip.decompress(reply.body)) == size
    assert threads[0] == threading.get_ident() != threads[1]


async def test_tokens_are_never_compressed(http: httpx.AsyncClient, alder: DemoClient) -> None:
    form = {"grant_type": "client_credentials"}
    auth = (alder.client_id, alder.client_secret)
    for path, data in (("/oauth/token", form), ("/oauth/revoke", {"token": "a"})):
        answer = await http.post(path, data=data, auth=auth, headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in answer.headers
    documents = [
        http.get(path, headers={"Accept-Encoding": "gzip"})
        for path in ("/.well-known/oauth-authorization-server", "/oauth/jwks")
    ]
    assert all("content-encoding" not in answer.headers for answer in await asyncio.gather(*documents))
