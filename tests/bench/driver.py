"""The load: connections that each send one request after the other, with as little work of their own as can be."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httptools

# Seconds until a request without an answer ends the run.
ANSWER_SECONDS = 60

Check = Callable[[bytes], bool]


class Unanswered(Exception):
    """A server closed a connection or gave no answer in time."""


@dataclass(slots=True)
class Taken:
    """What became of the requests of one round."""

    latencies: list[float] = field(default_factory=list)
    wrong: int = 0
    size: int = 0
    seconds: float = 0.0
    first_wrong: bytes | None = None


class _Connection(asyncio.Protocol):
    """One connection; it sends from `requests` until these end or the time is over."""

    def __init__(self, requests: Iterator[bytes], until: float, taken: Taken, check: Check) -> None:
        self._requests, self._until, self._taken, self._check = requests, until, taken, check
        self._body: list[bytes] = []
        self._sent = 0.0
        self._parser = httptools.HttpResponseParser(self)
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        now, taken = time.perf_counter(), self._taken
        taken.latencies.append(now - self._sent)
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        taken.size += len(body)
        if self._parser.get_status_code() != 200 or not self._check(body):
            taken.wrong += 1
            taken.first_wrong = taken.first_wrong or body
        self._body = []
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or Unanswered("A server closed a connection amid the run."))

    def _next(self) -> None:
        now = time.perf_counter()
        request = next(self._requests, None) if now < self._until else None
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent = now
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(request)


async def run(port: int, requests: Iterator[bytes], connections: int, seconds: float, check: Check) -> Taken:
    """Send requests over so many connections for that time, or until there are no more.

    Raises: Unanswered.
    """
    taken, loop = Taken(), asyncio.get_running_loop()
    start = time.perf_counter()
    made = [
        await loop.create_connection(lambda: _Connection(requests, start + seconds, taken, check), "127.0.0.1", port)
        for _ in range(connections)
    ]
    try:
        async with asyncio.timeout(seconds + ANSWER_SECONDS):
            await asyncio.gather(*(protocol.done for _, protocol in made))
    except TimeoutError:
        raise Unanswered("A server gave no answer in time.") from None
    taken.seconds = time.perf_counter() - start
    return taken


def request(path: str, body: bytes, token: str | None) -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", "Accept: application/json"]
    if token is not None:
        head.append(f"Authorization: Bearer {token}")
    head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body
