"""What idle subscribers take of a server, each with a socket and a token of its own."""

import asyncio
import gc
import json
import tracemalloc
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from app.graphql.context import Context
from app.graphql.execution import Operations
from app.graphql.schema import schema
from app.rules import limits
from app.rules.ids import Prefix, read
from app.rules.tokens import AccessTokens
from app.store.database import Database
from app.store.pdq_index import PdqIndex
from app.store.watch import Watch
from app.web.answering import Answering
from app.web.authenticate import Asking, Authenticator, Shown
from app.web.socket import Socket
from app.web.stream_bounds import StreamBounds
from tests.demo_exchange import ISSUER
from tests.feed.world import Program
from tests.live_exchange import MOMENT
from tests.subscriptions.test_signal_changed import CHANGED, share
from tests.waiting import PATIENCE

SUBSCRIBERS = 200
PARTICIPANTS = ("cedar", "dogwood", "elm")
# What the request that opens a socket shows: the token comes with the first message.
NOTHING = Shown((), (), "GET", "/graphql")


class Wire:
    """The other end of a socket, in memory."""

    def __init__(self, token: str) -> None:
        self.sent = 0
        self._waiting = [
            {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}},
            {"type": "subscribe", "id": "1", "payload": {"query": CHANGED}},
        ][::-1]

    async def receive(self) -> dict[str, Any]:
        if self._waiting:
            return {"type": "websocket.receive", "text": json.dumps(self._waiting.pop())}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, _: Any) -> None:
        self.sent += 1


async def test_idle_subscribers_take_little(
    program: Program, monkeypatch: pytest.MonkeyPatch, evidence: Callable[[str], None]
) -> None:
    monkeypatch.setattr(limits, "MAX_CLIENT_STREAMS", SUBSCRIBERS)
    exchange, database = program.exchange, program.exchange.database
    tokens = AccessTokens.of(ISSUER, exchange.keyring)
    watch, pdq = Watch(exchange.urls.serving, exchange.clock), PdqIndex()

    def context(asking: Asking) -> Context:
        return Context(asking.actor, database, exchange.keyring, pdq, asking.standing)

    answering = Answering(Operations(schema), Authenticator(database, tokens, exchange.clock), context, watch)
    wires = [Wire(_token(program, tokens, number)) for number in range(SUBSCRIBERS)]
    bounds = StreamBounds()
    async with watch.running():
        first = await _subscribed(answering, bounds, wires[:10])
        gc.collect()
        tracemalloc.start()
        tasks = first + await _subscribed(answering, bounds, wires[10:])
        gc.collect()
        memory = tracemalloc.get_traced_memory()[0] / (SUBSCRIBERS - 10)
        tracemalloc.stop()
        used = _counted(monkeypatch)
        asked, heard = watch.asked, watch.heard
        for number in range(5):
            await share(program, "alder", f"hidden-{number}", program.payments)
            await _settled(watch)
        looks, news = watch.asked - asked, watch.heard - heard
        assert used == []
        assert {wire.sent for wire in wires} == {2}
        # Every ten seconds the tokens are asked for, all at once, and everybody looks.
        assert looks <= len(PARTICIPANTS) * (news + 1) + 1
        await share(program, "alder", "open")
        await _until(lambda: {wire.sent for wire in wires} == {3})
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    evidence(
        f"{SUBSCRIBERS:,} sockets, each with a token and one subscription, of {len(PARTICIPANTS)} participants: {news}"
        f" batches of others' changes cost {looks} statements and woke nobody; {memory / 1024:.1f} KiB each when idle"
    )


def _token(program: Program, tokens: AccessTokens, number: int) -> str:
    client_id = read(Prefix.CLIENT, program.exchange.client(PARTICIPANTS[number % len(PARTICIPANTS)]).client_id)
    assert client_id is not None
    return tokens.issue(client_id, ["feed:read", "signals:read", "participants:read"], program.clock())


async def _subscribed(answering: Answering, bounds: StreamBounds, wires: list[Wire]) -> list[asyncio.Task[None]]:
    """Until each has had its first event."""
    sockets = [Socket(answering, wire.receive, wire.send, "", NOTHING) for wire in wires]
    tasks = []
    for begin in range(0, len(sockets), 10):
        tasks += [asyncio.create_task(socket.run(bounds, ExitStack())) for socket in sockets[begin : begin + 10]]
        begun = wires[: len(tasks)]
        await _until(lambda begun=begun: all(wire.sent == 2 for wire in begun))  # type: ignore[misc]
    return tasks


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(3 * PATIENCE):
        for _ in range(10_000):
            if condition():
                return
            await asyncio.sleep(0.01)


async def _settled(watch: Watch) -> None:
    before = (-1, -1)
    while before != (watch.heard, watch.asked):
        before = (watch.heard, watch.asked)
        await asyncio.sleep(MOMENT / 2)


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever goes to the database on behalf of a subscriber from now on."""
    used: list[str] = []
    for name in ("glance", "answer"):
        right = getattr(Database, name)

        def counting(self: Database, *given: Any, _name: str = name, _right: Any = right) -> Any:
            used.append(_name)
            return _right(self, *given)

        monkeypatch.setattr(Database, name, counting)
    return used
