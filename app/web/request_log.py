"""One line of JSON for each request, under its id; no line holds a value, a token, a hash or a document."""

import re
import time
from collections.abc import Mapping
from contextvars import ContextVar
from uuid import uuid4

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.graphql import masking
from app.web.reply import Reply

log = structlog.get_logger("lantern.web")

# A client's or proxy's own id is kept if it is a UUID. Anything looser could be a name or a hash, and is not logged.
_REQUEST_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# Unless a response says otherwise: answers are one caller's own, and are what they say they are.
_HEADERS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))

# What every line of the request under way says.
_noted: ContextVar[dict[str, object]] = ContextVar("noted")


def note(**words: object) -> None:
    """Say this too in every further line of the request."""
    noted = _noted.get(None)
    if noted is not None:
        noted.update(words)


def begin(scope: Scope) -> str:
    """Give what begins its id, under which all its lines are logged."""
    request_id = _request_id(next((value for name, value in scope["headers"] if name == b"x-request-id"), b""))
    scope["state"] = {**scope.get("state", {}), "request_id": request_id}
    _noted.set({"request_id": request_id})
    return request_id


def noted() -> Mapping[str, object]:
    return _noted.get({})


class RequestLog:
    """ASGI middleware: gives each request its id, logs how it went, and answers for what nobody caught."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Answering(self._app, send, begin(scope)).run(scope, receive)


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
            await self._failed().send(self._start)
        finally:
            milliseconds = round((time.perf_counter() - started) * 1_000, 1)
            log.info("request", **_described(scope), status=self._status, milliseconds=milliseconds)

    async def _start(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            stated = message["headers"]
            names = {name for name, _ in stated}
            others = [header for header in _HEADERS if header[0] not in names]
            message["headers"] = [*stated, *others, (b"x-request-id", self._request_id.encode())]
        await self._send(message)

    def _failed(self) -> Reply:
        content = orjson.dumps({"errors": [masking.unexpected_error(self._request_id)]})
        return Reply(500, "application/json", content)


def request_id_of(scope: Scope) -> str:
    request_id = scope.get("state", {}).get("request_id")
    return str(request_id) if request_id else _request_id(b"")


def _request_id(stated: bytes) -> str:
    return stated.decode() if _REQUEST_ID.fullmatch(stated) else str(uuid4())


def _described(scope: Scope) -> dict[str, str]:
    """The route as it is declared: what a client wrote into a path could be anything."""
    method = scope["method"]
    return {
        "method": method if method in _METHODS else "other",
        "route": getattr(scope.get("route"), "path", "none"),
    }
