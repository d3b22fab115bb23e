"""The two applications that are compared: one that compiles what it can, and one that runs the standard executor."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest
from starlette.types import ASGIApp

from app.graphql.execution import ReadEngine
from app.rules import cursors
from app.rules.keyring import Keyring
from app.store.database import Database
from app.web import asgi
from app.web.asgi import Serving
from tests.demo_exchange import ISSUER, Clock
from tests.served_exchange import UNBOUNDED

# How the compiled application says by which engine it answered: `compiled`, or `standard; reason=<words>`.
ENGINE_HEADER = "Lantern-Engine"


def standard(database: Database, keyring: Keyring, clock: Clock) -> ASGIApp:
    return asgi.build(database, keyring, ISSUER, clock, Serving(ReadEngine.STANDARD, True, UNBOUNDED))


def compiled(database: Database, keyring: Keyring, clock: Clock) -> ASGIApp:
    return asgi.build(database, keyring, ISSUER, clock, Serving(ReadEngine.COMPILED, True, UNBOUNDED))


@dataclass(frozen=True)
class Answer:
    status: int
    media_type: str
    body: bytes
    engine: str = ""

    @property
    def content(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {"no JSON": self.body.decode(errors="replace")}
        return content


# No answer at all: the application cancelled itself, see test_faults.py.
BROKEN_OFF = Answer(0, "", b"{}")


@dataclass(frozen=True)
class Servers:
    """Both on the same database, with the same keys and clock."""

    standard: httpx.AsyncClient
    compiled: httpx.AsyncClient

    async def both(self, token: str, body: dict[str, Any]) -> tuple[Answer, Answer]:
        """What the standard one answers, and what the compiled one does."""
        one, other = await asyncio.gather(ask(self.standard, token, body), ask(self.compiled, token, body))
        return one, other


async def ask(http: httpx.AsyncClient, token: str, body: dict[str, Any]) -> Answer:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept-Encoding": "identity"}
    try:
        answer = await http.post(f"{ISSUER}/graphql", content=orjson.dumps(body), headers=headers)
    except asyncio.CancelledError:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise
        return BROKEN_OFF
    return Answer(
        answer.status_code,
        answer.headers.get("content-type", ""),
        answer.content,
        answer.headers.get(ENGINE_HEADER, ""),
    )


@asynccontextmanager
async def served(first: ASGIApp, second: ASGIApp) -> AsyncIterator[Servers]:
    """Over HTTP within the process."""
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(first), timeout=60) as one,
        httpx.AsyncClient(transport=httpx.ASGITransport(second), timeout=60) as other,
    ):
        yield Servers(one, other)


@contextmanager
def cursors_without_chance() -> Iterator[None]:
    """Cursors carry a nonce, so that equal places have different texts; here they are compared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cursors, "secrets", SimpleNamespace(token_bytes=bytes))
        yield
