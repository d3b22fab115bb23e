"""uvicorn's HTTP/1.1 on httptools, with bounds on what it lacks them for: everything but the body of a request."""

import asyncio
from asyncio import TimerHandle

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.errors import TooMany
from app.graphql import masking
from app.rules import limits
from app.web import event_stream

_LIMIT = TooMany(f"A request's head has at most {limits.MAX_HEAD_BYTES:,} bytes and {limits.MAX_HEADERS} headers.")
_TOLD = orjson.dumps({"errors": [masking.refusal(_LIMIT)]})
_TOO_LARGE = b"\r\n".join(
    (
        b"HTTP/1.1 431 Request Header Fields Too Large",
        b"content-type: application/json",
        b"content-length: %d" % len(_TOLD),
        b"connection: close",
        b"",
        _TOLD,
    )
)


class BoundedHttp(HttpToolsProtocol):
    """One connection. The parser keeps each header until it is complete, so what it was given is counted here."""

    # Bytes received since the last ones that were of a body: of a head, or of the trailer of a body in chunks.
    _beside_bodies = 0
    _in_head = False
    # When the head under way has to be there, by the loop's clock; null while none is awaited. The one timer of a
    # connection looks at it when it comes, as setting a timer for each head takes longer than noting a time.
    _head_due: float | None = None
    _timer: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._await_head()
        self._timer = self.loop.call_later(limits.HEAD_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        # From here on the connection is another protocol's, and nothing tells this one when it is lost.
        if self._timer is not None:
            self._timer.cancel()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        self._beside_bodies += len(data)
        super().data_received(data)
        if self._beside_bodies > limits.MAX_HEAD_BYTES:
            self._refuse()

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # A trailer comes when the request has long been judged by its head (RFC 9110, section 6.5.1): it is dropped.
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._beside_bodies, self._in_head, self._head_due = 0, False, None
        if len(self.headers) > limits.MAX_HEADERS or self._head_bytes() > limits.MAX_HEAD_BYTES:
            self._refuse()
            raise ValueError("head too large")  # which stops the parser
        self.scope["state"][event_stream.CUT_OFF] = self.transport.abort
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._beside_bodies = 0
        super().on_body(body)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._await_head()

    def shutdown(self) -> None:
        """Event streams end now, as clients resume them elsewhere; other requests are finished."""
        if self.cycle is not None and self.cycle.scope["state"].get(event_stream.IS_STREAM):
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.transport.close()
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """For what cannot be parsed; where we stopped the parser ourselves, the answer is given already."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def _await_head(self) -> None:
        self._head_due = self.loop.time() + limits.HEAD_SECONDS

    def _look(self) -> None:
        """Whether a head is overdue; if not, look again when the next one can be."""
        now = self.loop.time()
        due = now + limits.HEAD_SECONDS if self._head_due is None else self._head_due
        if due <= now:
            self._give_up()
            due = now + limits.HEAD_SECONDS
        self._timer = self.loop.call_at(due, self._look)

    def _give_up(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
