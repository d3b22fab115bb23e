"""The GraphQL endpoint: one operation per request, over POST, and all but mutations over GET too."""

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

import orjson
from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from app.errors import Forbidden, InvalidInput, Refusal, Unauthenticated
from app.graphql import masking
from app.graphql.context import Context
from app.graphql.documents import Refused
from app.graphql.execution import Answer, Asked, Operations, Prepared, Sent, Throttled
from app.graphql.masking import Told
from app.store.clients import Changed
from app.web import callers, entity_tags, request_body, request_log
from app.web.answering import Asker, as_known, written
from app.web.callers import Authenticate
from app.web.compression import compressed
from app.web.event_stream import COMPLETE, next_event
from app.web.head import HeadRead
from app.web.media_types import EVENT_STREAM, GRAPHQL_RESPONSE, JSON, negotiate, require_stream
from app.web.refusals import HttpRefusal
from app.web.reply import Reply
from app.web.request_log import request_id_of

CallerT = TypeVar("CallerT", bound=Asker)
CallerT_contra = TypeVar("CallerT_contra", bound=Asker, contravariant=True)

# With the specification's media type.
_STATUS = {
    Unauthenticated.code: 401,
    Forbidden.code: 403,
    masking.INTERNAL: 500,
}


class Going(Protocol):
    """An answer that goes on, event by event."""

    async def send(self, send: Send) -> None: ...


class Streams(Protocol[CallerT_contra]):
    """Follows subscriptions."""

    def open(self, request: Request, prepared: Prepared, asking: CallerT_contra) -> Going: ...


class GraphQLEndpoint(Generic[CallerT]):
    """An ASGI application for one path.

    Every operation needs a caller, who is looked for before the body is read.
    """

    def __init__(
        self,
        operations: Operations,
        authenticate: Authenticate[CallerT],
        context: Callable[[CallerT], object],
        streams: Streams[CallerT] | None = None,
        *,
        development: bool = False,
    ) -> None:
        self._operations = operations
        self._streams = streams
        self._development = development
        self._authenticate = authenticate
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HeadRead(scope, receive)
        try:
            reply = await self._respond(request)
        except ClientDisconnect:
            return
        if isinstance(reply, Reply):
            reply = await compressed(reply, request.headers)
        await reply.send(send)

    async def _respond(self, request: Request) -> Reply | Going:
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
            caller = await callers.authenticated(self._authenticate, request)
            sent = await request_body.read(request)
            caller, asked = await self._found(request, sent, caller)
            prepared = self._prepared(request, asked)
            if prepared.operation.kind is OperationType.SUBSCRIPTION:
                return self._stream(request, prepared, caller)
            return await as_known(
                self._operations,
                prepared,
                caller,
                lambda: self._anew(request, sent),
                lambda known: self._run(request, prepared, known, media_type),
            )
        except HttpRefusal as refusal:
            return self._refuse(refusal.status, media_type, [masking.refusal(refusal.error)], refusal.headers)
        except Throttled as refusal:
            # In plain JSON too: whatever repeats requests for a client looks at the status.
            headers = {"Retry-After": str(refusal.retry_seconds)}
            return self._refuse(429, media_type, list(refusal.errors), headers)
        except Refused as refusal:
            return self._refuse(_status(refusal.errors, media_type), media_type, list(refusal.errors))
        except Exception as error:  # nothing else may answer for us: its words could hold values
            if isinstance(error, ClientDisconnect):
                raise
            masking.report(error)
            return self._refuse(500, media_type, [masking.unexpected_error(request_id_of(request.scope))])

    async def _found(self, request: Request, sent: Sent, caller: CallerT) -> tuple[CallerT, Asked]:
        """Whoever asks, perhaps looked up anew, and what it asks for."""
        try:
            return caller, await self._operations.found(sent, self._context(caller))
        except Changed:
            caller = await callers.authenticated(self._authenticate, request, anew=True)
            return caller, await self._operations.found(sent, self._context(caller))

    async def _anew(self, request: Request, sent: Sent) -> CallerT:
        """Whoever asks, with nothing taken from memory: who it is now may not send what it sent."""
        caller = await callers.authenticated(self._authenticate, request, anew=True)
        await self._operations.found(sent, self._context(caller))
        return caller

    def _prepared(self, request: Request, asked: Asked) -> Prepared:
        prepared = self._operations.prepare(asked)
        kind = prepared.operation.kind
        request_log.note(operation=kind.value)
        if request.method == "GET" and kind is OperationType.MUTATION:
            raise HttpRefusal(
                405, InvalidInput("GET is not for mutations; use POST.", reason=Refusal.WRONG_METHOD), {"Allow": "POST"}
            )
        return prepared

    def _stream(self, request: Request, prepared: Prepared, caller: CallerT) -> Going:
        require_stream(request.headers)
        if self._streams is None:
            raise RuntimeError("a schema with subscriptions is served without a way to follow them")
        return self._streams.open(request, prepared, caller)

    async def _run(self, request: Request, prepared: Prepared, caller: CallerT, media_type: str) -> Reply:
        context = self._context(caller)
        answer = await self._operations.run(prepared, caller, context, request_id_of(request.scope))
        reply = self._answer(answer, media_type)
        may_be_kept = request.method == "GET" and prepared.asked.document_id is not None and not answer.errors
        if not may_be_kept or not isinstance(context, Context):
            return reply
        return entity_tags.revalidated(reply, answer.said(), request.headers, context.first_keys)

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


def _note(errors: list[Told]) -> None:
    """The codes go into the line of the request log."""
    request_log.note(codes=sorted({str(error["extensions"]["code"]) for error in errors}))
