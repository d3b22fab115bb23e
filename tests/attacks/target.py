"""The exchange on a socket of loopback, and what an attack makes it do: bytes read, statements, resolvers, visits."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from sqlalchemy import text
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.graphql import execution, guard
from app.graphql.engine.engine import Engine
from app.rules import ids
from app.rules.scopes import Scope as Right
from app.web import asgi
from app.web.bounded_http import BoundedHttp
from tests.connections import connected
from tests.demo_exchange import ISSUER, DemoExchange

# Each backend of the serving role with its last statement, and when that ended.
_BACKENDS = (
    "SELECT pid, state_change, query FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()"
)


@dataclass
class Work:
    """What was done since a beginning."""

    bytes_read: int = 0
    requests: int = 0
    executions: int = 0
    guards: list[guard.Guard] = field(default_factory=list)

    @property
    def visits(self) -> int:
        return sum(one.visits for one in self.guards)


@dataclass
class Target:
    exchange: DemoExchange
    http: httpx.AsyncClient
    work: Work = field(default_factory=Work)

    @property
    def port(self) -> int:
        return self.http.base_url.port or 0

    @property
    def client_id(self) -> UUID:
        found = ids.read(ids.Prefix.CLIENT, self.exchange.client("alder").client_id)
        assert found is not None
        return found

    @cached_property
    def token(self) -> str:
        """Good for everything that there is a scope for."""
        return self.exchange.access_tokens.issue(self.client_id, map(str, Right), self.exchange.clock())

    async def ask(self, body: Any, token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/graphql-response+json"}
        return await self.http.post("/graphql", json=body, headers=headers)

    async def statements(self) -> set[tuple[int, Any, str]]:
        """Differs from an earlier one if the server has got a statement since, or another connection."""
        async with connected(self.exchange.urls.serving) as connection:
            return {(pid, at, last) for pid, at, last in await connection.execute(text(_BACKENDS))}


@asynccontextmanager
async def on_loopback(exchange: DemoExchange) -> AsyncIterator[Target]:
    work = Work()
    application = _counting(asgi.build(exchange.database, exchange.keyring, ISSUER, exchange.clock), work)
    config = uvicorn.Config(application, port=0, http=BoundedHttp, ws="none", log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as http:
        with _noted(work):
            yield Target(exchange, http, work)
    server.should_exit = True
    await serving


def _counting(application: ASGIApp, work: Work) -> ASGIApp:
    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        work.requests += 1

        async def read() -> Message:
            message = await receive()
            work.bytes_read += len(message.get("body", b""))
            return message

        await application(scope, read, send)

    return counted


@contextmanager
def _noted(work: Work) -> Iterator[None]:
    """Count what is executed, and keep the guards with what they looked at."""
    execute, answer, mutate = execution.execute, Engine.answer, Engine.mutate

    def executed(*given: Any, **named: Any) -> Any:
        work.executions += 1
        return execute(*given, **named)

    async def answered(*given: Any) -> bytes:
        work.executions += 1
        return await answer(*given)

    async def mutated(*given: Any) -> bytes:
        work.executions += 1
        return await mutate(*given)

    class Noted(guard.Guard):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            work.guards.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "execute", executed)
        patch.setattr(Engine, "answer", answered)
        patch.setattr(Engine, "mutate", mutated)
        patch.setattr(guard, "Guard", Noted)
        yield
