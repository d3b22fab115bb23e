"""Server-sent events, as GraphQL over SSE has them in its mode of distinct connections: one operation, one response."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from typing import Any, cast

import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from app.errors import TooMany, Unauthenticated
from app.graphql import masking
from app.graphql.documents import Refused
from app.graphql.execution import Answer, Prepared
from app.graphql.masking import Told
from app.rules import limits
from app.web import request_log
from app.web.answering import Answering, written
from app.web.authenticate import Asking
from app.web.media_types import EVENT_STREAM
from app.web.refusals import HttpRefusal
from app.web.request_log import request_id_of
from app.web.stream_bounds import StreamBounds

# Lines end with LF alone: one gateway drops what ends with CRLF.
COMPLETE = b"event: complete\ndata:\n\n"
PING = b":\n\n"
# For proxies that would else collect what they get.
_HEADERS = [(b"content-type", EVENT_STREAM.encode()), (b"x-accel-buffering", b"no")]

# Where the scope of a request says that its response goes on until it is stopped, and how to cut it off.
IS_STREAM, CUT_OFF = "is_stream", "cut_off"


def next_event(answer: bytes) -> bytes:
    """JSON holds no line breaks."""
    return b"event: next\ndata: " + answer + b"\n\n"


def _refusing(errors: Sequence[Told]) -> bytes:
    return next_event(orjson.dumps({"errors": errors}))


_EXPIRED = _refusing(
    [masking.refusal(Unauthenticated("The access token has expired: connect again, and resume with the last cursor."))]
)


@dataclass(frozen=True, slots=True)
class EventStreams:
    """Opens the streams of subscriptions."""

    answering: Answering
    bounds: StreamBounds

    def open(self, request: Request, prepared: Prepared, asking: Asking) -> "EventStream":
        """Raises: HttpRefusal (429)."""
        held = ExitStack()
        try:
            held.enter_context(self.bounds.of_client(asking.actor.client_id))
        except TooMany as error:
            raise HttpRefusal(429, error, {"Retry-After": "5"}) from None
        events = self.answering.events(prepared, asking, request_id_of(request.scope))
        return EventStream(request.scope, request.receive, held, events, self.answering.seconds_left(asking))


@dataclass(slots=True)
class EventStream:
    """A response that goes on until the operation or the token ends, or the client goes."""

    scope: Scope
    receive: Receive
    held: ExitStack
    answers: AsyncIterator[Answer]
    seconds: float
    sent: int = 0

    async def send(self, send: Send) -> None:
        self.scope["state"][IS_STREAM] = True
        gone = asyncio.create_task(self._gone())
        try:
            with self.held:
                await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
                await self._send(send, gone)
        except TimeoutError:
            # The client does not take what was sent: it resumes with its last cursor.
            self._cut_off()
            await asyncio.sleep(0)
        finally:
            gone.cancel()
            request_log.note(events=self.sent)

    async def _send(self, send: Send, gone: asyncio.Task[None]) -> None:
        now = asyncio.get_running_loop().time
        end = now() + self.seconds
        async with aclosing(cast(Any, self._events())) as events:
            coming = asyncio.ensure_future(anext(events, None))
            try:
                while now() < end:
                    pause = min(end - now(), limits.PING_SECONDS)
                    await asyncio.wait({coming, gone}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                    if gone.done():
                        return
                    if not coming.done():
                        await self._write(send, PING)
                        continue
                    event = coming.result()
                    if event is None:
                        break
                    await self._write(send, event)
                    self.sent += 1
                    coming = asyncio.ensure_future(anext(events, None))
                else:
                    await self._write(send, _EXPIRED)
            finally:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)
        await self._write(send, COMPLETE, more=False)

    async def _events(self) -> AsyncIterator[bytes]:
        """What ends the operation is told as its last event."""
        try:
            async with aclosing(cast(Any, self.answers)) as answers:
                async for answer in answers:
                    yield next_event(written(answer))
        except Refused as refusal:
            yield _refusing(refusal.errors)
        except Unauthenticated as error:
            yield _refusing([masking.refusal(error)])

    @staticmethod
    async def _write(send: Send, text: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(limits.SEND_SECONDS):
            await send({"type": "http.response.body", "body": text, "more_body": more})

    async def _gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass

    def _cut_off(self) -> None:
        cut_off: Callable[[], None] | None = self.scope["state"].get(CUT_OFF)
        if cut_off is not None:
            cut_off()
