"""Clients that do not take what they asked for: they are bounded, told to resume, and cost nobody else anything."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from app.graphql.operations import changes as operations
from app.rules import limits
from app.services import changes
from tests.feed.world import Program, draft
from tests.live_exchange import MOMENT, Client, LiveExchange, live
from tests.subscriptions.test_signal_changed import CHANGED, following, share, told
from tests.waiting import PATIENCE
from tests.web.test_event_streams import opened


@dataclass
class Reads:
    """Counts the pages that subscriptions read."""

    count: int = 0


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    counted, right = Reads(), changes.follow_from

    async def follow_from(*given: Any) -> Any:
        found = await right(*given)
        counted.count += 1
        return found

    monkeypatch.setattr(operations.changes, "follow_from", follow_from)
    return counted


# Bytes that the operating system is to hold on either side, so that a few events fill it.
BUFFER = 8 * 1024


@pytest.fixture
async def served(program: Program) -> AsyncIterator[LiveExchange]:
    async with live(program.exchange, buffer=BUFFER) as served:
        yield served


async def slow_client(served: LiveExchange, slug: str, cursor: str) -> tuple[Client, str]:
    """One that takes a single event and nothing more; with the cursor of that."""
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    small.setblocking(False)
    host, port = served.address.split(":")
    await asyncio.get_running_loop().sock_connect(small, (host, int(port)))
    client = await served.socket(max_queue=1, sock=small)
    await client.begin(served.token(slug))
    await client.subscribe(CHANGED, after=cursor)
    event = await client.event()
    client.socket.transport.pause_reading()
    return client, event["endCursor"]


@pytest.fixture
async def backlog(program: Program, served: LiveExchange) -> str:
    """The cursor before 3,000 signals: thirty events, far more than a connection takes."""
    birch = await served.client("birch")
    await birch.subscribe(CHANGED)
    cursor = str((await birch.event())["endCursor"])
    await birch.socket.close()
    for part in range(3):
        await program.share("alder", *(draft(f"host-{part}-{number}") for number in range(1_000)))
    await program.sequence()
    return cursor


async def test_what_is_not_taken_is_not_read(
    program: Program, served: LiveExchange, reads: Reads, backlog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, _ = await slow_client(served, "birch", backlog)
    before = -1
    while before != reads.count:
        before = reads.count
        await asyncio.sleep(MOMENT)
    assert reads.count < 15, "of thirty: one event waits, and what the connection holds"
    slow.socket.transport.abort()
    fast = await following(served, "cedar")
    await share(program, "alder", "for-others")
    assert await told(fast) == ["for-others.example"]


async def test_who_takes_nothing_for_long_is_told_to_resume_and_cut_off(
    program: Program, served: LiveExchange, backlog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SEND_SECONDS", 0.5)
    slow, cursor = await slow_client(served, "birch", backlog)
    await asyncio.sleep(3)
    slow.socket.transport.resume_reading()
    code, reason = await slow.closed()
    assert (code, reason) == (1013, "Messages do not get through: connect again, and resume with the last cursor.")
    again = await served.client("birch")
    await again.subscribe(CHANGED, after=cursor)
    assert len((await again.event())["items"]) == 100


async def test_an_event_stream_that_is_not_taken_is_cut_off(
    program: Program, served: LiveExchange, backlog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SEND_SECONDS", 0.5)
    monkeypatch.setattr(limits, "MAX_CLIENT_STREAMS", 1)
    transport = httpx.AsyncHTTPTransport(socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)])
    async with httpx.AsyncClient(base_url=f"http://{served.address}", timeout=PATIENCE, transport=transport) as web:
        web.headers["Authorization"] = f"Bearer {served.token('birch')}"
        whole = CHANGED.replace("($after: String, $filter: ChangeFilterInput)", "").replace(", filter: $filter", "")
        async with opened(web, whole.replace("$after", f'"{backlog}"')) as stream:
            await stream.until(b"event: next")
            await asyncio.sleep(3)
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                await stream.rest()
        # Its place is free again.
        async with opened(web) as stream:
            await stream.until(b"event: next")
