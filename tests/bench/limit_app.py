"""The limit: a bare route for each workload that runs one statement and hands its text on. No token, no policy, no key.

It runs as the exchange does: uvicorn with uvloop and httptools in one process, and asyncpg.
"""

import argparse
import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn

from tests.bench import limit_sql, limit_writes

# More connections than processors only make the database switch between them.
POOL_SIZE = 12
_DATABASE = "BENCH_DATABASE"

# The statement for a request, and its parameters after the viewer and its groups.
Query = tuple[str, list[Any]]


def _bytes(texts: list[str | None]) -> list[bytes | None]:
    return [None if text is None else bytes.fromhex(text) for text in texts]


def _by_id(statement: str) -> Callable[[dict[str, Any]], Query]:
    return lambda body: (statement, [UUID(hex=body["id"])])


def _match(body: dict[str, Any]) -> Query:
    return limit_sql.MATCH, [body["types"], _bytes(body["tags"]), _bytes(body["loose"])]


def _feed(body: dict[str, Any]) -> Query:
    return limit_sql.feed(int(body["first"])), [body["after"], body["began"]]


def _feedback(body: dict[str, Any]) -> Query:
    moment = datetime.fromisoformat(body["at"])
    return limit_writes.FEEDBACK, [body["ids"], body["signals"], body["verdicts"], body["reviews"], moment]


def _upload(body: dict[str, Any]) -> Query:
    signals = [body["ids"], body["types"], body["qualifiers"], _bytes(body["tags"]), _bytes(body["sealed"])]
    expiries = [datetime.fromisoformat(text) for text in body["expiries"]]
    said = [body["contributions"], body["violations"], body["confidences"], expiries]
    keys = [body["key_ids"], _bytes(body["key_tags"])]
    return limit_writes.UPLOAD, [*signals, datetime.fromisoformat(body["at"]), *said, *keys]


ROUTES: Mapping[str, Callable[[dict[str, Any]], Query]] = MappingProxyType(
    {
        "/signal": _by_id(limit_sql.SIGNAL),
        "/match": _match,
        "/feed": _feed,
        "/graph": _by_id(limit_sql.GRAPH),
        "/case": _by_id(limit_sql.CASE),
        "/feedback": _feedback,
        "/feedback100": _feedback,
        "/upload": _upload,
    }
)


def query(path: str, body: dict[str, Any]) -> Query:
    """The statement for a request, with all its parameters."""
    statement, parameters = ROUTES[path](body)
    return statement, [UUID(hex=body["viewer"]), [UUID(hex=group) for group in body["groups"]], *parameters]


@dataclass(slots=True)
class Limit:
    """An ASGI application; connections are taken and put back without the driver's reset between."""

    database: dict[str, Any] = field(repr=False)
    _free: asyncio.LifoQueue[asyncpg.Connection] = field(default_factory=asyncio.LifoQueue)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["path"] not in ROUTES:
            await _answer(send, 404, b"{}")
            return
        statement, given = query(scope["path"], orjson.loads(await _read(receive)))
        connection = await self._free.get()
        try:
            text = await connection.fetchval(statement, *given)
        finally:
            self._free.put_nowait(connection)
        await _answer(send, 200, text.encode())

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        for _ in range(POOL_SIZE):
            self._free.put_nowait(await asyncpg.connect(**self.database, server_settings={"jit": "off"}))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        while not self._free.empty():
            await self._free.get_nowait().close()
        await send({"type": "lifespan.shutdown.complete"})


async def _answer(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _read(receive: Any) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    application = Limit(orjson.loads(os.environ[_DATABASE]))
    uvicorn.run(
        application, host="127.0.0.1", port=options.port, loop="uvloop", http="httptools", log_level="warning",
        access_log=False, server_header=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
