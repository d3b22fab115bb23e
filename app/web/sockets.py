"""The WebSocket endpoint: which requests may open one, and the line that each leaves in the log."""

import asyncio
import time
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass

import orjson
import structlog
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from app.errors import Forbidden, NotFound, TooMany
from app.graphql import masking
from app.rules import limits
from app.web import graphql_ws, request_log
from app.web.answering import Answering
from app.web.graphql_ws import Closing, Code
from app.web.origins import Origins
from app.web.refusals import HttpRefusal
from app.web.socket import Gone, Socket
from app.web.stream_bounds import StreamBounds

log = structlog.get_logger("lantern.web")

# Seconds after which to try again where an address has too many new sockets.
_RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class SocketEndpoint:
    """An ASGI application for the WebSockets of one path."""

    path: str
    answering: Answering
    bounds: StreamBounds
    origins: Origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        headers = Headers(scope=scope)
        socket = Socket(self.answering, receive, send, request_log.begin(scope), headers.get("authorization"))
        ended: int | str = "client"
        try:
            await receive()  # which says that somebody connects
            await self._run(scope, headers, socket)
        except HttpRefusal as refusal:
            ended = refusal.status
            await _refuse(send, refusal)
        except Closing as closing:
            ended = int(closing.code)
            await _close(send, closing)
        except Gone:
            pass
        except Exception as error:  # nothing else may answer for us: its words could hold values
            masking.report(error)
            ended = int(Code.INTERNAL_ERROR)
            await _close(send, Closing(Code.INTERNAL_ERROR, "Unexpected error."))
        finally:
            seconds = round(time.perf_counter() - started, 1)
            route = self.path if scope["path"] == self.path else "none"
            log.info("socket", route=route, ended=ended, seconds=seconds, **asdict(socket.tally))

    async def _run(self, scope: Scope, headers: Headers, socket: Socket) -> None:
        if scope["path"] != self.path:
            raise HttpRefusal(404, NotFound("WebSocket"))
        if not self.origins.allow(headers):
            raise HttpRefusal(403, Forbidden("Pages of this origin may not connect: see LANTERN_ALLOWED_ORIGINS."))
        with ExitStack() as new:
            client = scope.get("client")
            try:
                new.enter_context(self.bounds.of_address(client[0] if client else ""))
            except TooMany as error:
                raise HttpRefusal(429, error, {"Retry-After": str(_RETRY_SECONDS)}) from None
            if graphql_ws.SUBPROTOCOL not in scope["subprotocols"]:
                await socket.send({"type": "websocket.accept"})
                raise Closing(Code.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")
            await socket.send({"type": "websocket.accept", "subprotocol": graphql_ws.SUBPROTOCOL})
            await socket.run(self.bounds, new)


async def _close(send: Send, closing: Closing) -> None:
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(limits.CLOSE_SECONDS):
            await send({"type": "websocket.close", "code": int(closing.code), "reason": closing.reason})


async def _refuse(send: Send, refusal: HttpRefusal) -> None:
    body = orjson.dumps({"errors": [masking.refusal(refusal.error)]})
    headers = {"Content-Type": "application/json", **refusal.headers}
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    with suppress(OSError):
        await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": told})
        await send({"type": "websocket.http.response.body", "body": body})
