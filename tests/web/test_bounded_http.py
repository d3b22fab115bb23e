"""What a connection may send beside the bodies of its requests, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from app.rules import limits
from app.web import server
from tests.waiting import PATIENCE

HEAD = b"POST / HTTP/1.1\r\nHost: exchange.test\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"
SMALL = HEAD + b"Content-Length: 2\r\n\r\nhi"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    body = await request.body()
    await JSONResponse({"body": len(body), "headers": sorted(request.headers)})(scope, receive, send)


@dataclass
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *parts: bytes) -> None:
        with suppress(ConnectionError):
            for part in parts:
                self.writer.write(part)
                await self.writer.drain()
                await asyncio.sleep(0.002)  # so that it arrives on its own

    async def answer(self) -> bytes:
        """The head and body of the next one; empty if the connection was closed instead."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            return head + await self.reader.readexactly(length)
        return b""

    async def is_closed(self) -> bool:
        try:
            return await asyncio.wait_for(self.reader.read(1), PATIENCE) == b""
        except ConnectionError:
            return True


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    async with serving() as connection:
        yield connection


@asynccontextmanager
async def serving() -> AsyncIterator[Connection]:
    with server.listener("127.0.0.1", 0) as opened:
        opened.listen()
        answering = asyncio.create_task(server.answer(echo, opened))
        reader, writer = await asyncio.open_connection(*opened.getsockname())
        yield Connection(reader, writer)
        writer.close()
        answering.cancel()
        with suppress(asyncio.CancelledError):
            await answering


async def test_requests_follow_each_other_on_one_connection(connection: Connection) -> None:
    for parts in ([SMALL], [SMALL[:30], SMALL[30:]], [bytes([byte]) for byte in SMALL], [b"\r\n" + SMALL]):
        await connection.send(*parts)
        assert b'{"body":2,"headers":["content-length","host"]}' in await connection.answer()
    await connection.send(SMALL + SMALL + SMALL[:40], SMALL[40:])
    assert [b'"body":2' in await connection.answer() for _ in range(3)] == [True] * 3


@pytest.mark.parametrize("sent", ["whole", "in parts", "never ending"])
@pytest.mark.parametrize("what", [b"X-A: %b\r\n" % (b"a" * 40_000), b"X-A: a\r\n" * 5_000, b"a: b\r\n" * 101])
async def test_a_head_that_is_too_large_is_refused(connection: Connection, sent: str, what: bytes) -> None:
    head = HEAD + what + (b"" if sent == "never ending" and len(what) > 1_000 else b"\r\n")
    step = len(head) if sent == "whole" else 8_000
    await connection.send(*(head[at : at + step] for at in range(0, len(head), step)))
    assert (await connection.answer()).startswith(b"HTTP/1.1 431 ")
    assert await connection.is_closed()


async def test_a_head_and_a_body_within_their_bounds_are_taken(connection: Connection) -> None:
    large = HEAD + b"X-A: %b\r\nContent-Length: 1000000\r\n\r\n" % (b"a" * 30_000)
    for parts in ([large + bytes(1_000_000)], [large, *[bytes(50_000)] * 20]):
        await connection.send(*parts)
        assert b'"body":1000000' in await connection.answer()


async def test_gigabytes_of_one_header_are_not_kept(connection: Connection) -> None:
    sent = 0
    with suppress(ConnectionError):
        connection.writer.write(HEAD + b"X-A: ")
        while sent < 100_000_000:
            connection.writer.write(bytes([97]) * 1_000_000)
            await connection.writer.drain()
            sent += 1_000_000
    assert sent < 20_000_000


async def test_a_trailer_is_no_header(connection: Connection) -> None:
    body = b"\r\n2\r\nhi\r\n0\r\nAuthorization: Bearer x\r\nX-A: b\r\n\r\n"
    for parts in ([CHUNKED + body], [CHUNKED, body], [CHUNKED + body[:25], body[25:]]):
        await connection.send(*parts)
        assert b'{"body":2,"headers":["host","transfer-encoding"]}' in await connection.answer()


async def test_a_trailer_is_bounded_too(connection: Connection) -> None:
    await connection.send(CHUNKED + b"\r\n2\r\nhi\r\n0\r\nX-A: ", *[b"a" * 10_000] * 5)
    assert (await connection.answer()).startswith(b"HTTP/1.1 431 ")
    assert await connection.is_closed()


async def test_what_is_no_http_is_refused_once(connection: Connection) -> None:
    await connection.send(b"\x16\x03\x01\r\n\r\n")
    assert (await connection.answer()).startswith(b"HTTP/1.1 400 ")
    assert await connection.is_closed()


@pytest.mark.parametrize("begun", [b"", b"\r\n", HEAD, SMALL + b"\r\n", SMALL + HEAD, SMALL + SMALL[:-1]])
async def test_a_head_that_does_not_arrive_is_given_up(monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    monkeypatch.setattr(limits, "HEAD_SECONDS", 0.1)
    async with serving() as connection:
        await connection.send(begun)
        if begun.startswith(SMALL):
            assert b'"body":2' in await connection.answer()
        if begun.endswith(SMALL[:-1]):
            await asyncio.sleep(0.2)
            await connection.send(SMALL[-1:])
            assert b'"body":2' in await connection.answer()
        assert await connection.is_closed()
