"""The exchange behind a real server on a loopback port, and clients that stay connected to it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.rules.ids import Prefix, read
from app.rules.scopes import Scope
from app.store.database import connect as connect_database
from app.web import asgi, server
from app.worker import sequencer
from tests.demo_exchange import ISSUER, DemoExchange
from tests.waiting import PATIENCE

SUBPROTOCOL = "graphql-transport-ws"
# Seconds to show that nothing comes.
MOMENT = 0.7


@dataclass
class Client:
    """One that speaks graphql-transport-ws itself, message by message."""

    socket: ClientConnection

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self, patience: float = PATIENCE) -> Any:
        return json.loads(await asyncio.wait_for(self.socket.recv(), patience))

    async def silence(self) -> bool:
        try:
            await asyncio.wait_for(self.socket.recv(), MOMENT)
        except TimeoutError:
            return True
        return False

    async def begin(self, token: str) -> None:
        await self.say(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, query: str, id: str = "1", **variables: Any) -> None:
        await self.say(type="subscribe", id=id, payload={"query": query, "variables": variables})

    async def event(self, id: str = "1", patience: float = PATIENCE) -> Any:
        """The one field of the next event."""
        message = await self.hear(patience)
        assert (message["type"], message["id"]) == ("next", id), message
        assert "errors" not in message["payload"], message
        (field,) = message["payload"]["data"].values()
        return field

    async def closed(self) -> tuple[int, str]:
        """Why the server closes; whatever it says before is passed over."""
        with suppress(ConnectionClosed):
            while True:
                await asyncio.wait_for(self.socket.recv(), PATIENCE)
        return self.socket.close_code or 0, self.socket.close_reason or ""


@dataclass
class LiveExchange:
    """One server process of an exchange; the sequencer runs for all of them or when a test says so."""

    exchange: DemoExchange
    address: str
    worker: AsyncEngine
    # Stops the server, as a signal to its process does.
    stop: Callable[[], object]
    _open: list[ClientConnection] = field(default_factory=list)

    def token(self, slug: str, *, without: str = "") -> str:
        client_id = read(Prefix.CLIENT, self.exchange.client(slug).client_id)
        assert client_id is not None
        scopes = [scope for scope in Scope if scope != without]
        return self.exchange.access_tokens.issue(client_id, scopes, self.exchange.clock())

    async def socket(self, subprotocol: str | None = SUBPROTOCOL, **how: Any) -> Client:
        offered = [Subprotocol(subprotocol)] if subprotocol else None
        url = f"ws://{self.address}/graphql"
        opened = await connect(url, subprotocols=offered, proxy=None, ping_interval=None, **how)
        self._open.append(opened)
        return Client(opened)

    async def client(self, slug: str, **how: Any) -> Client:
        client = await self.socket(**how)
        await client.begin(self.token(slug))
        return client

    async def sequence(self) -> None:
        await sequencer.sequence_all(self.worker)

    async def close(self) -> None:
        for opened in self._open:
            await opened.close()


@asynccontextmanager
async def live(
    exchange: DemoExchange, serving: asgi.Serving | None = None, buffer: int | None = None
) -> AsyncIterator[LiveExchange]:
    """`buffer`: how many bytes the operating system is to hold of what a client does not take."""
    application = asgi.build(exchange.database, exchange.keyring, ISSUER, exchange.clock, serving or asgi.Serving())
    worker = connect_database(exchange.urls.worker)
    with server.listener("127.0.0.1", 0) as opened:
        if buffer is not None:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
        opened.listen()
        answering = asyncio.create_task(server.answer(application, opened))
        host, port = opened.getsockname()
        served = LiveExchange(exchange, f"{host}:{port}", worker, answering.cancel)
        try:
            yield served
        finally:
            await served.close()
            if not answering.cancelling():  # a second time it would not be put away in order
                answering.cancel()
            with suppress(asyncio.CancelledError):
                await answering
            await worker.dispose()
