"""What a WebSocket may send beside its messages, over real sockets."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from app.rules import limits
from app.web import bounded_http
from tests.demo_exchange import DemoExchange
from tests.live_exchange import LiveExchange, live
from tests.waiting import PATIENCE

HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: exchange.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n"
)
TEXT, CONT, PING = 0x1, 0x0, 0x9


@pytest.fixture
async def served(exchange: DemoExchange) -> AsyncIterator[LiveExchange]:
    async with live(exchange) as served:
        yield served


def frame(opcode: int, content: bytes = b"", *, last: bool = True) -> bytes:
    """A short one of a client, masked."""
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(content))
    return bytes([last << 7 | opcode, 0x80 | len(content)]) + mask + masked


async def opened(served: LiveExchange, head: bytes = b"\r\n") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = served.address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(HANDSHAKE + head)
    return reader, writer


async def rest(reader: asyncio.StreamReader) -> bytes:
    """All until the server closes."""
    try:
        return await asyncio.wait_for(reader.read(), PATIENCE)
    except ConnectionError:
        return b""


async def test_a_message_of_endless_empty_frames_is_cut_off(served: LiveExchange) -> None:
    reader, writer = await opened(served)
    await reader.readuntil(b"\r\n\r\n")
    writer.write(frame(TEXT, last=False) + frame(CONT, last=False) * 2_000)
    await rest(reader)
    writer.close()


async def test_a_flood_of_pings_that_nobody_reads_the_answers_of_is_cut_off(served: LiveExchange) -> None:
    reader, writer = await opened(served)
    await reader.readuntil(b"\r\n\r\n")
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    many, sent = frame(PING, bytes(125)) * 1_000, 0
    with suppress(ConnectionError):
        while sent < 500_000_000:
            writer.write(many)
            sent += len(many)
            await asyncio.wait_for(writer.drain(), PATIENCE)
    assert sent < 100_000_000
    writer.close()


async def test_the_head_of_an_upgrade_is_bounded_as_any_other(served: LiveExchange) -> None:
    reader, writer = await opened(served, b"X-A: %b\r\n\r\n" % (b"a" * 40_000))
    assert (await rest(reader)).startswith(b"HTTP/1.1 431 ")
    writer.close()


async def test_no_timer_of_http_goes_on_behind_a_socket(served: LiveExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def look(_: object) -> None:
        nonlocal looks
        looks += 1

    monkeypatch.setattr(limits, "HEAD_SECONDS", 0.1)
    monkeypatch.setattr(bounded_http.BoundedHttp, "_look", look)
    client = await served.client("alder")
    await asyncio.sleep(0.5)
    assert looks == 0
    await client.say(type="ping")
    assert await client.hear() == {"type": "pong"}
