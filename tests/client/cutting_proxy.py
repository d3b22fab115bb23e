"""A proxy on a loopback port that cuts the connection after a number of bytes, in one direction or the other."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

CHUNK = 65_536


class Way(Enum):
    TO_EXCHANGE = "to the exchange"
    TO_CLIENT = "to the client"


@dataclass
class CuttingProxy:
    """Passes everything on, until `cut` is called: then the next connections end after so many bytes of one way.

    What was counted stays: `passed` are the bytes of each way since the last `cut` or `mend`.
    """

    target: tuple[str, int]
    url: str = ""
    passed: dict[Way, int] = field(default_factory=lambda: dict.fromkeys(Way, 0))
    cuts: int = 0
    _left: dict[Way, int | None] = field(default_factory=lambda: dict.fromkeys(Way))
    _times: int = 0

    def cut(self, way: Way, after: int, times: int = 1) -> None:
        """Cut after `after` further bytes that way; `times` connections altogether, the count beginning anew."""
        self.passed = dict.fromkeys(Way, 0)
        self._left = dict.fromkeys(Way) | {way: after}
        self._again, self._times = after, times

    def mend(self) -> None:
        self.passed = dict.fromkeys(Way, 0)
        self._left = dict.fromkeys(Way)
        self._times = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self.target)
        ends = (writer, back)
        tasks = [
            asyncio.create_task(self._pass(reader, back, Way.TO_EXCHANGE, ends)),
            asyncio.create_task(self._pass(there, writer, Way.TO_CLIENT, ends)),
        ]
        try:
            await asyncio.wait(tasks)
        finally:
            for end in ends:
                end.transport.abort()
            await asyncio.gather(*tasks, *(end.wait_closed() for end in ends), return_exceptions=True)

    async def _pass(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        way: Way,
        ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
    ) -> None:
        with suppress(OSError):
            while chunk := await source.read(CHUNK):
                left = self._left[way]
                part = chunk if left is None else chunk[:left]
                if part:
                    self.passed[way] += len(part)
                    sink.write(part)
                    await sink.drain()
                if left is not None:
                    self._left[way] = left - len(part)
                    if left <= len(chunk):
                        self._cut(way)
                        for end in ends:
                            end.transport.abort()
                        return
            sink.write_eof()

    def _cut(self, way: Way) -> None:
        self.cuts += 1
        self._times -= 1
        self._left[way] = self._again if self._times > 0 else None


@contextmanager
def cutting_proxy(host: str, port: int) -> Iterator[CuttingProxy]:
    """In front of a server; it runs in a thread of its own, so that ordinary code can be tried through it."""
    proxy, begun = CuttingProxy((host, port)), threading.Event()
    loop, ended = asyncio.new_event_loop(), asyncio.Event()

    async def run() -> None:
        serving = set[asyncio.Task[None]]()

        def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            serving.add(asyncio.create_task(proxy.serve(reader, writer)))

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        begun.set()
        async with server:
            await ended.wait()
            for task in serving:
                task.cancel()
            await asyncio.gather(*serving, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    begun.wait()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()
