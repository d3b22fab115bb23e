"""The demo exchange over HTTP, and a client that asks it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from app.graphql.execution import ReadEngine
from app.services.demo import DemoClient
from app.web import asgi
from tests.demo_exchange import ISSUER, DemoExchange


@dataclass
class Session:
    """One client over HTTP: gets a token, then asks."""

    http: httpx.AsyncClient
    client: DemoClient
    scope: str = ""

    async def token(self) -> str:
        auth = (self.client.client_id, self.client.client_secret)
        form = {"grant_type": "client_credentials", "scope": self.scope}
        answer = await self.http.post("/oauth/token", data=form, auth=auth)
        return str(answer.json().get("access_token", ""))

    async def send(self, document: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors included."""
        headers = {"Authorization": f"Bearer {await self.token()}"}
        body = {"query": document, "variables": variables}
        answer: dict[str, Any] = (await self.http.post("/graphql", json=body, headers=headers)).json()
        return answer

    async def ask(self, document: str, **variables: Any) -> Any:
        """The one field that was asked for."""
        answer = await self.send(document, **variables)
        assert "errors" not in answer, answer["errors"]
        (field,) = answer["data"].values()
        return field


async def first_event(http: httpx.AsyncClient, token: str, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    """What a subscription answers first, as a server-sent event; then the client goes."""
    transport: Any = http._transport
    begun, read = asyncio.Event(), bytearray()
    body = json.dumps({"query": document, "variables": variables}).encode()
    waiting = [{"type": "http.request", "body": body}]
    headers = {"accept": "text/event-stream", "content-type": "application/json", "authorization": f"Bearer {token}"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> Any:
        if waiting:
            return waiting.pop()
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        read.extend(message.get("body", b""))
        if b"\n\n" in read:
            begun.set()

    await asyncio.wait_for(transport.app(scope, receive, send), 60)
    told, _, _ = bytes(read).removeprefix(b"event: next\ndata: ").partition(b"\n\n")
    answer: dict[str, Any] = json.loads(told)
    return answer


@asynccontextmanager
async def served(exchange: DemoExchange, engine: ReadEngine = ReadEngine.COMPILED) -> AsyncIterator[httpx.AsyncClient]:
    """The whole application, over HTTP within the process; in development, it tells who answered."""
    serving = asgi.Serving(engine, development=True)
    application = asgi.build(exchange.database, exchange.keyring, ISSUER, exchange.clock, serving)
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER, timeout=60) as http:
        yield http
