"""Requests that are too long, too slow, or come with a token that is none: refused before anything is looked at.

A flood of WebSockets stands beside the tests of subscriptions.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from joserfc import jwt

from app.rules import limits
from app.rules.tokens import LIFETIME_SECONDS
from tests.attacks.forged import FORGED
from tests.attacks.target import Target
from tests.waiting import PATIENCE

HUGE = 20_000_000
OBJECTS = "/taxii2/exchange/collections/signals/objects/"
TAXII = "application/taxii+json;version=2.1"
# What one read from a socket gives at the most.
CHUNK = 65_536 * 4


async def test_a_body_of_20_mb_is_refused_by_its_stated_length(target: Target) -> None:
    headers = {"Authorization": f"Bearer {target.token}", "Content-Type": "application/json"}
    answer = await target.http.post("/graphql", content=b"x" * HUGE, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (413, "TOO_MANY")
    assert (target.work.bytes_read, target.work.guards, target.work.executions) == (0, [], 0)


async def test_a_body_of_20_mb_in_chunks_is_read_to_its_limit(target: Target) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(HUGE // 100_000):
            yield b"x" * 100_000

    headers = {"Authorization": f"Bearer {target.token}", "Content-Type": "application/json"}
    answer = await target.http.post("/graphql", content=chunks(), headers=headers)
    assert answer.status_code == 413
    assert limits.MAX_BODY_BYTES < target.work.bytes_read <= limits.MAX_BODY_BYTES + CHUNK
    assert target.work.guards == []


async def test_of_a_body_of_20_mb_for_a_collection_that_is_only_read_no_byte_is_taken(target: Target) -> None:
    headers = {"Authorization": f"Bearer {target.token}", "Accept": TAXII, "Content-Type": TAXII}
    answer = await target.http.post(OBJECTS, content=b"x" * HUGE, headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (403, "FORBIDDEN")
    assert (target.work.bytes_read, target.work.guards, target.work.executions) == (0, [], 0)


@pytest.mark.parametrize(
    "query", ["next=" + "x" * 17_000, "&".join(["limit=1"] * 20), "match[id]=" + ",".join(map(str, range(200)))]
)
async def test_a_query_of_a_collection_that_is_too_much_is_looked_at_no_further(target: Target, query: str) -> None:
    headers = {"Authorization": f"Bearer {target.token}", "Accept": TAXII}
    answer = await target.http.get(f"{OBJECTS}?{query}", headers=headers)
    assert answer.status_code in (400, 414)
    assert (target.work.guards, target.work.executions) == ([], 0)


async def test_a_slow_body_is_given_up(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    head = f"POST /graphql HTTP/1.1\r\nHost: exchange.test\r\nAuthorization: Bearer {target.token}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{".encode())
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 408")
    assert (target.work.bytes_read, target.work.guards) == (1, [])


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("how", FORGED)
async def test_a_forged_token_is_refused_before_the_body_is_read(target: Target, how: str) -> None:
    key = target.exchange.access_tokens.signing_key
    claims = jwt.decode(target.token, key, algorithms=["ES256"]).claims
    await refuses(target, FORGED[how](claims, key), 401)


async def test_an_expired_token_is_refused_before_the_body_is_read(target: Target) -> None:
    client = target.client_id
    issued = target.exchange.clock() - timedelta(seconds=LIFETIME_SECONDS + 1)
    await refuses(target, target.exchange.access_tokens.issue(client, ["signals:read"], issued), 401)


@pytest.mark.parametrize("token", ["a.b.c", "." * 4_000, "a" * 30_000, "eyJhbGciOiJub25lIn0..", "A" * 5_000])
async def test_what_is_no_token_at_all_is_refused(target: Target, token: str) -> None:
    await refuses(target, token, 401)


async def test_a_token_of_a_megabyte_does_not_come_in(target: Target) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    writer.write(b"POST /graphql HTTP/1.1\r\nHost: exchange.test\r\nAuthorization: Bearer ")
    answer = b""
    # Who goes on sending to a closed connection may find it reset before it has read the answer.
    with contextlib.suppress(ConnectionError):
        for _ in range(100):
            writer.write(b"a" * 10_000)
            await writer.drain()
        answer = await asyncio.wait_for(reader.read(1_000), PATIENCE)
    writer.close()
    assert answer[:12] in (b"HTTP/1.1 431", b"")
    assert target.work.requests == 0


async def refuses(target: Target, token: str, status: int) -> None:
    before = await target.statements()
    answer = await target.ask({"query": "{ viewer { clientId } }"}, token)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, "UNAUTHENTICATED")
    assert (target.work.bytes_read, target.work.guards, target.work.executions) == (0, [], 0)
    assert await target.statements() == before
    assert token not in answer.text
