"""One WebSocket of graphql-transport-ws: who is there, which operations run, and why it ends."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import OperationType
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from starlette.types import Receive, Send

from app.errors import ExchangeError, TooMany, Unauthenticated
from app.graphql import masking
from app.graphql.documents import Refused
from app.graphql.execution import Prepared
from app.rules import limits
from app.rules.dpop import SCHEME
from app.web import graphql_ws
from app.web.answering import Answering, written
from app.web.authenticate import Asking, Shown
from app.web.graphql_ws import Closing, Code, Complete, Init, Message, Ping, Subscribe
from app.web.stream_bounds import StreamBounds

_BUSY = TooMany("The exchange is busy. Try again in a moment.")
_TOO_MANY = TooMany(f"A socket has at most {limits.MAX_SOCKET_OPERATIONS} operations at a time: complete some first.")
_SLOW = "Messages do not get through: connect again, and resume with the last cursor."
# Seconds between two looks at whether a socket is idle.
_MIND_SECONDS = 15.0


class Gone(Exception):
    """The client has closed the socket, or was lost."""


@dataclass(slots=True)
class Tally:
    """What the log says of a socket beside why it ended."""

    operations: int = 0
    received: int = 0
    sent: int = 0


@dataclass(slots=True)
class Socket:
    """An accepted one. Each operation is a task of its own; whichever finds a reason to close ends them all."""

    answering: Answering
    receive: Receive
    send: Send
    request_id: str
    # What the request that opened it shows, where gateways send the token.
    opening: Shown
    tally: Tally = field(default_factory=Tally)
    _operations: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _ended: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    async def run(self, bounds: StreamBounds, new: ExitStack) -> None:
        """`new` is left when the client has said who it is. Raises, when it ends: Closing, Gone."""
        with new:
            asking = await self._initialised()
        try:
            with bounds.of_client(asking.actor.author_id):
                await self._say(graphql_ws.ACK)
                await self._serve(asking)
        except TooMany as error:
            raise Closing(Code.TRY_AGAIN_LATER, error.message) from None

    async def _initialised(self) -> Asking:
        try:
            async with asyncio.timeout(limits.SOCKET_INIT_SECONDS):
                while not isinstance(message := await self._next(limits.MAX_HEAD_BYTES), Init):
                    if isinstance(message, Subscribe | Complete):
                        raise Closing(Code.UNAUTHORIZED, "Unauthorized: send connection_init first.")
                    await self._alive(message)
        except TimeoutError:
            raise Closing(Code.INIT_TIMEOUT, "Connection initialisation timeout") from None
        stated = _named(message.payload, "authorization")
        if stated is None and not self.opening.authorization:
            raise Closing(Code.FORBIDDEN, "Forbidden: send {Authorization: Bearer …} as payload of connection_init.")
        shown = self.opening
        if stated is not None:
            shown = Shown.opening(stated, _named(message.payload, SCHEME.lower()), shown.path)
        authenticator = self.answering.authenticator
        try:
            return await authenticator.behind(await authenticator.check(shown), anew=True)
        except Unauthenticated as error:
            raise _forbidden(error) from None
        except NoFreeConnection:
            raise Closing(Code.TRY_AGAIN_LATER, "The exchange is busy. Try again in a moment.") from None

    async def _serve(self, asking: Asking) -> None:
        try:
            self._start(self._read(asking))
            self._start(self._mind(asking))
            await self._ended
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is None or self._ended.done():
            return
        if not isinstance(error, Closing | Gone):
            masking.report(error)
            error = Closing(Code.INTERNAL_ERROR, "Unexpected error.")
        self._ended.set_exception(error)

    async def _read(self, asking: Asking) -> None:
        while True:
            match await self._next():
                case Init():
                    raise Closing(Code.TOO_MANY_INITS, "Too many initialisation requests")
                case Subscribe() as message:
                    await self._subscribe(message, asking)
                case Complete(id):
                    task = self._operations.pop(id, None)
                    if task is not None:
                        task.cancel()
                case message:
                    await self._alive(message)

    async def _subscribe(self, message: Subscribe, asking: Asking) -> None:
        if message.id in self._operations:
            raise Closing(Code.ALREADY_EXISTS, "Subscriber for this id already exists")
        self.tally.operations += 1
        if len(self._operations) >= limits.MAX_SOCKET_OPERATIONS:
            await self._say(graphql_ws.error(message.id, [masking.refusal(_TOO_MANY)]))
            return
        task = self._operations[message.id] = self._start(self._operate(message, asking))
        task.add_done_callback(lambda done: self._forget(message.id, done))

    def _forget(self, id: str, done: asyncio.Task[None]) -> None:
        # By now the client may use the id again.
        if self._operations.get(id) is done:
            del self._operations[id]

    async def _operate(self, message: Subscribe, asking: Asking) -> None:
        """One operation with all its answers; what it cannot do is told to the client and ends nothing else."""
        try:
            prepared = await self.answering.prepared(message.sent, asking)
            if prepared.operation.kind is OperationType.SUBSCRIPTION:
                await self._follow(message.id, prepared, asking)
            else:
                answer = await self.answering.single(prepared, asking, self.request_id)
                await self._say(graphql_ws.next_(message.id, written(answer)))
            # Forgotten first, as a client may use the id again at once.
            self._operations.pop(message.id, None)
            await self._say(graphql_ws.complete(message.id))
        except Refused as refusal:
            await self._refuse(message.id, refusal)
        except Unauthenticated as error:
            raise _forbidden(error) from None
        except NoFreeConnection:
            await self._refuse(message.id, Refused(masking.refusal(_BUSY)))

    async def _follow(self, id: str, prepared: Prepared, asking: Asking) -> None:
        async with aclosing(cast(Any, self.answering.events(prepared, asking, self.request_id))) as events:
            async for answer in events:
                await self._say(graphql_ws.next_(id, written(answer)))

    async def _refuse(self, id: str, refusal: Refused) -> None:
        self._operations.pop(id, None)
        await self._say(graphql_ws.error(id, refusal.errors))

    async def _alive(self, message: Message) -> None:
        if isinstance(message, Ping):
            await self._say(graphql_ws.PONG)

    async def _next(self, most: int = limits.MAX_MESSAGE_BYTES) -> Message:
        """The next message, which has at most so many characters: before it is known who sends them, not many."""
        received = await self.receive()
        if received["type"] != "websocket.receive":
            raise Gone
        self.tally.received += 1
        if len(received.get("text") or "") > most:
            raise Closing(Code.BAD_REQUEST, f"A message has at most {most:,} characters here.")
        return graphql_ws.read(received.get("text"))

    async def _say(self, text: str) -> None:
        """Raises: Closing if the client does not take what was said before."""
        try:
            async with asyncio.timeout(limits.SEND_SECONDS):
                await self.send({"type": "websocket.send", "text": text})
        except TimeoutError:
            raise Closing(Code.TRY_AGAIN_LATER, _SLOW) from None
        except OSError:
            raise Gone from None
        self.tally.sent += 1

    async def _mind(self, asking: Asking) -> None:
        """End the socket with the token, or when nothing has run on it for long."""
        now = asyncio.get_running_loop().time
        busy, end = now(), now() + self.answering.seconds_left(asking)
        while now() < end:
            if self._operations:
                busy = now()
            elif now() - busy >= limits.SOCKET_IDLE_SECONDS:
                raise Closing(Code.NORMAL, "Nothing has run here for long.")
            await asyncio.sleep(min(end - now(), _MIND_SECONDS))
        raise Closing(Code.FORBIDDEN, "Forbidden: the access token has expired, connect again with a new one.")


def _named(payload: Mapping[str, Any], wanted: str) -> str | None:
    """As clients send it: at the top of the payload or among `headers`, whatever its case."""
    for place in (payload, payload.get("headers")):
        for name, value in place.items() if isinstance(place, dict) else ():
            if name.lower() == wanted and isinstance(value, str):
                return value
    return None


def _forbidden(error: ExchangeError) -> Closing:
    return Closing(Code.FORBIDDEN, f"Forbidden: {error.message}")
