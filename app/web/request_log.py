"""One line of JSON for each request, under its id; no line holds a value, a token, a hash or a document."""

import re
import time
from types import MappingProxyType
from uuid import uuid4

import orjson
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.graphql import masking

log = structlog.get_logger("lantern.web")

# A client's or proxy's own id is kept if it is a UUID. Anything looser could be a name or a hash, and is not logged.
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# Unless a response says otherwise: answers are one caller's own, and are what they say they are.
_HEADERS = MappingProxyType({"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})


class RequestLog:
    """ASGI middleware: gives each request its id, logs how it went, and answers for what nobody caught."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope).get("x-request-id", ""))
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        await _Answering(self._app, send, request_id).run(scope, receive)


class _Answering:
    """One request on its way."""

    def __init__(self, app: ASGIApp, send: Send, request_id: str) -> None:
        self._app = app
        self._send = send
        self._request_id = request_id
        self._status = 0

    async def run(self, scope: Scope, receive: Receive) -> None:
        started = time.perf_counter()
        try:
            await self._app(scope, receive, self._start)
        except Exception as error:
            masking.report(error)
            if self._status:
                raise
            await self._failed()(scope, receive, self._start)
        finally:
            milliseconds = round((time.perf_counter() - started) * 1_000, 1)
            log.info("request", **_described(scope), status=self._status, milliseconds=milliseconds)

    async def _start(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._request_id
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)

    def _failed(self) -> Response:
        content = orjson.dumps({"errors": [masking.unexpected_error(self._request_id)]})
        return Response(content, 500, media_type="application/json")


def request_id_of(scope: Scope) -> str:
    request_id = scope.get("state", {}).get("request_id")
    return str(request_id) if request_id else _request_id("")


def _request_id(stated: str) -> str:
    return stated if _REQUEST_ID.fullmatch(stated) else str(uuid4())


def _described(scope: Scope) -> dict[str, str]:
    """The route as it is declared: what a client wrote into a path could be anything."""
    method = scope["method"]
    return {
        "method": method if method in _METHODS else "other",
        "route": getattr(scope.get("route"), "path", "none"),
    }
