"""The GraphQL endpoint: one operation per request, over POST, and all but mutations over GET too."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

import orjson
import strawberry
from graphql import OperationType
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from app.errors import ExchangeError, Forbidden, InvalidInput, Refusal, TooMany, Unauthenticated
from app.graphql import masking
from app.graphql.documents import Refused
from app.graphql.execution import Answer, Asked, Operations, Prepared, ReadEngine
from app.graphql.masking import Told
from app.web import request_body, request_log
from app.web.answering import Asker, as_known, written
from app.web.event_stream import COMPLETE, next_event
from app.web.head import HeadRead
from app.web.media_types import EVENT_STREAM, GRAPHQL_RESPONSE, JSON, negotiate, require_stream
from app.web.refusals import HttpRefusal, busy
from app.web.reply import Reply
from app.web.request_log import request_id_of

CallerT = TypeVar("CallerT", bound=Asker)
CallerT_contra = TypeVar("CallerT_contra", bound=Asker, contravariant=True)
CallerT_co = TypeVar("CallerT_co", bound=Asker, covariant=True)

# The statuses of requests that never reach GraphQL, and with the specification's media type of those that do.
_STATUS = {
    Unauthenticated.code: 401,
    Forbidden.code: 403,
    masking.INTERNAL: 500,
}
_BEFORE_GRAPHQL = {**_STATUS, TooMany.code: 429}


class Authenticate(Protocol[CallerT_co]):
    """Finds the caller or raises Unauthenticated; `anew` takes nothing from memory."""

    def __call__(self, request: Request, *, anew: bool = False) -> Awaitable[CallerT_co]: ...


class Sent(Protocol):
    """An answer, at once or as it goes on."""

    async def send(self, send: Send) -> None: ...


class Streams(Protocol[CallerT_contra]):
    """Follows subscriptions."""

    def open(self, request: Request, prepared: Prepared, asking: CallerT_contra) -> Sent: ...


class GraphQLEndpoint(Generic[CallerT]):
    """An ASGI application for one path.

    Every operation needs a caller, who is looked for before the body is read.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        authenticate: Authenticate[CallerT],
        context: Callable[[Request, CallerT], object],
        engine: ReadEngine = ReadEngine.COMPILED,
        *,
        development: bool = False,
    ) -> None:
        # What follows subscriptions, where the schema has any.
        self.streams: Streams[CallerT] | None = None
        self.operations = Operations(schema, engine)
        self._development = development
        self._authenticate = authenticate
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HeadRead(scope, receive)
        try:
            reply = await self._respond(request)
        except ClientDisconnect:
            return
        await reply.send(send)

    async def _respond(self, request: Request) -> Sent:
        media_type = JSON
        try:
            if request.method not in ("GET", "POST"):
                raise HttpRefusal(
                    405,
                    InvalidInput("Use POST, or GET for queries.", reason=Refusal.WRONG_METHOD),
                    {"Allow": "GET, POST"},
                )
            # First of all, so that strangers too are refused in the type that their client reads.
            media_type = negotiate(request.headers)
            caller = await self._authenticated(request)
            prepared = self._prepared(request, await request_body.read(request))
            if prepared.operation.kind is OperationType.SUBSCRIPTION:
                return self._stream(request, prepared, caller)
            return await as_known(
                self.operations,
                prepared,
                caller,
                lambda: self._authenticated(request, anew=True),
                lambda known: self._run(request, prepared, known, media_type),
            )
        except HttpRefusal as refusal:
            return self._refuse(refusal.status, media_type, [masking.refusal(refusal.error)], refusal.headers)
        except Refused as refusal:
            return self._refuse(_status(refusal.errors, media_type), media_type, list(refusal.errors))
        except Exception as error:  # nothing else may answer for us: its words could hold values
            if isinstance(error, ClientDisconnect):
                raise
            masking.report(error)
            return self._refuse(500, media_type, [masking.unexpected_error(request_id_of(request.scope))])

    async def _authenticated(self, request: Request, *, anew: bool = False) -> CallerT:
        try:
            return await self._authenticate(request, anew=anew)
        except NoFreeConnection:
            raise busy() from None
        except ExchangeError as error:
            raise HttpRefusal(_BEFORE_GRAPHQL.get(error.code, 400), error, _challenge(request, error)) from None

    def _prepared(self, request: Request, asked: Asked) -> Prepared:
        prepared = self.operations.prepare(asked)
        kind = prepared.operation.kind
        request_log.note(operation=kind.value)
        if request.method == "GET" and kind is OperationType.MUTATION:
            raise HttpRefusal(
                405, InvalidInput("GET is not for mutations; use POST.", reason=Refusal.WRONG_METHOD), {"Allow": "POST"}
            )
        return prepared

    def _stream(self, request: Request, prepared: Prepared, caller: CallerT) -> Sent:
        require_stream(request.headers)
        if self.streams is None:
            raise RuntimeError("a schema with subscriptions is served without a way to follow them")
        return self.streams.open(request, prepared, caller)

    async def _run(self, request: Request, prepared: Prepared, caller: CallerT, media_type: str) -> Reply:
        context = self._context(request, caller)
        answer = await self.operations.run(prepared, caller, context, request_id_of(request.scope))
        return self._answer(answer, media_type)

    def _answer(self, answer: Answer, media_type: str) -> Reply:
        if answer.errors:
            _note(answer.errors)
        headers = _told_way(answer) if self._development else None
        return self._written(200, media_type, written(answer), headers)

    def _refuse(self, status: int, media_type: str, errors: list[Told], headers: dict[str, str] | None = None) -> Reply:
        _note(errors)
        return self._response(status, media_type, {"errors": errors}, headers)

    def _response(
        self, status: int, media_type: str, content: dict[str, Any], headers: dict[str, str] | None = None
    ) -> Reply:
        # Where the request itself is refused there is no stream yet.
        told = JSON if media_type == EVENT_STREAM and status != 200 else media_type
        return self._written(status, told, orjson.dumps(content), headers)

    @staticmethod
    def _written(status: int, media_type: str, body: bytes, headers: dict[str, str] | None = None) -> Reply:
        if media_type == EVENT_STREAM:
            return Reply(status, EVENT_STREAM, next_event(body) + COMPLETE, headers)
        return Reply(status, f"{media_type}; charset=utf-8", body, headers)


def _told_way(answer: Answer) -> dict[str, str]:
    """For developers: who answered, and why not the read engine."""
    way = "compiled" if answer.fallback is None else f"standard; reason={answer.fallback}"
    return {"Lantern-Engine": way}


def _status(errors: tuple[Told, ...], media_type: str) -> int:
    """Plain JSON says 200 to every well-formed request, as clients of that type expect."""
    if media_type != GRAPHQL_RESPONSE:
        return 200
    return _STATUS.get(str(errors[0]["extensions"]["code"]), 400)


def _challenge(request: Request, error: ExchangeError) -> dict[str, str]:
    """RFC 6750, section 3: no error code for a request that brought no token."""
    if not isinstance(error, Unauthenticated):
        return {}
    brought = "authorization" in request.headers
    return {"WWW-Authenticate": 'Bearer error="invalid_token"' if brought else "Bearer"}


def _note(errors: list[Told]) -> None:
    """The codes go into the line of the request log."""
    request_log.note(codes=sorted({str(error["extensions"]["code"]) for error in errors}))
