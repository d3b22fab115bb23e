"""Floods over WebSockets: many sockets, many operations, and many words before anybody says who it is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from app.rules.limits import MAX_SOCKET_OPERATIONS

# Five times as many as one address may have that say nothing.
SOCKETS = 100
MESSAGES = 1_000
# Seconds.
WITHIN = 20.0

Flood = Callable[[], Awaitable[int]]
"""Sends one and gives the status that most was refused with, or the code with which the socket was closed."""


def floods(port: int, token: str) -> dict[str, Flood]:
    address = f"ws://127.0.0.1:{port}/graphql"
    return {
        f"{SOCKETS} sockets at once": lambda: _many_sockets(address),
        f"{MESSAGES:,} pings of a stranger": lambda: _pings(address),
        f"{MESSAGES:,} operations of one socket": lambda: _operations(address, token),
    }


@asynccontextmanager
async def _opened(address: str) -> AsyncIterator[ClientConnection]:
    async with connect(address, subprotocols=["graphql-transport-ws"], proxy=None, close_timeout=1) as socket:  # type: ignore[list-item]
        yield socket


async def _many_sockets(address: str) -> int:
    async def status() -> int:
        try:
            async with _opened(address):
                await asyncio.sleep(1)
        except InvalidStatus as refused:
            return refused.response.status_code
        return 101

    found = await asyncio.gather(*(status() for _ in range(SOCKETS)))
    return max(set(found), key=found.count)


async def _pings(address: str) -> int:
    """Each is answered, until the time is over in which to say who it is."""
    async with _opened(address) as socket, asyncio.timeout(WITHIN), asyncio.TaskGroup() as both:
        both.create_task(_take(socket, MESSAGES))
        for _ in range(MESSAGES):
            await _say(socket, type="ping")
    return socket.close_code or 0


async def _operations(address: str, token: str) -> int:
    """Until all are refused that are too many."""
    async with _opened(address) as socket:
        await _say(socket, type="connection_init", payload={"Authorization": f"Bearer {token}"})
        await socket.recv()
        for number in range(MESSAGES):
            payload = {"query": "subscription { signalChanged { __typename } }"}
            await _say(socket, type="subscribe", id=f"{number}", payload=payload)
        refused = 0
        async with asyncio.timeout(WITHIN):
            while refused < MESSAGES - MAX_SOCKET_OPERATIONS:
                refused += orjson.loads(await socket.recv())["type"] == "error"
    return 429


async def _take(socket: ClientConnection, number: int) -> None:
    for _ in range(number):
        await socket.recv()


async def _say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())
