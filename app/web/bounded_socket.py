"""uvicorn's WebSockets, with bounds on what it lacks them for: floods of small frames, and clients that do not read."""

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from app.rules import limits

# Frames of one message: clients send one, and empty ones would cost memory without end.
_MAX_FRAMES = 1_000
# Bytes that wait for a client; an answer to each of its pings would wait behind them.
_MAX_WAITING_BYTES = 1024 * 1024


class BoundedSocket(WebSocketsSansIOProtocol):
    """One connection; the size of a message is bounded by uvicorn."""

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= _MAX_FRAMES:
            self.transport.abort()
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        super().handle_ping()
        if self.transport.get_write_buffer_size() > _MAX_WAITING_BYTES:
            self.transport.abort()

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] != "websocket.close":
            await super().send(message)
            return
        # A close frame does not wait until the client has taken what was sent before, which it may never do.
        self.writable.set()
        await super().send(message)

    async def run_asgi(self) -> None:
        try:
            await super().run_asgi()
        finally:
            self._cut_off_later()

    def shutdown(self) -> None:
        super().shutdown()
        self._cut_off_later()

    def _cut_off_later(self) -> None:
        """Closing waits until all that was sent is taken; after a while nobody does any more."""
        self.loop.call_later(limits.CLOSE_SECONDS, self.transport.abort)
