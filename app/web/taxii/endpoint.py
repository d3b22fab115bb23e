"""The TAXII 2.1 endpoint: discovery, one API root, one collection, read only."""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy.exc import TimeoutError as NoFreeConnection
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.errors import (
    ExchangeError,
    Forbidden,
    InvalidInput,
    NotFound,
    RateLimited,
    Refusal,
    ResyncRequired,
    TooMany,
    Unauthenticated,
)
from app.graphql import masking
from app.graphql.documents import Refused
from app.graphql.masking import Told
from app.web import callers, request_log
from app.web.answering import Answering
from app.web.authenticate import Asking
from app.web.compression import compressed
from app.web.head import HeadRead
from app.web.refusals import BUSY_SECONDS, HttpRefusal, busy
from app.web.reply import Reply
from app.web.request_log import request_id_of
from app.web.taxii import media, query, records, resources
from app.web.taxii.asking import Asked, Untold
from app.web.taxii.pages import Pages
from app.web.taxii.resources import ALIAS, COLLECTION_ID, DISCOVERY_PATH, ROOT

_STATUS: Final = {
    InvalidInput.code: 400,
    Unauthenticated.code: 401,
    Forbidden.code: 403,
    NotFound.code: 404,
    ResyncRequired.code: 410,
    RateLimited.code: 429,
    masking.INTERNAL: 500,
    # Others changed the same at once, or it took too long: nobody's fault.
    TooMany.code: 503,
}

Path: TypeAlias = list[str]


def route(answering: Answering, issuer: str) -> Route:
    return Route(DISCOVERY_PATH + "{path:path}", TaxiiEndpoint(answering, issuer))


@dataclass(frozen=True, slots=True)
class TaxiiEndpoint:
    """An ASGI application for all paths of TAXII; every one of them needs a caller, as /graphql does."""

    answering: Answering
    issuer: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HeadRead(scope, receive)
        reply = await compressed(await self._respond(request), request.headers)
        await reply.send(send)

    async def _respond(self, request: Request) -> Reply:
        try:
            media.require_accepted(request.headers)
            asking = await callers.authenticated(self.answering.authenticator.authenticate, request)
            path = [part for part in request.path_params["path"].split("/") if part]
            _require_reading(request.method, path)
            return await self._answer(request, asking, path)
        except ClientDisconnect:
            raise
        except HttpRefusal as refusal:
            return _refused(refusal.status, masking.refusal(refusal.error), refusal.headers)
        except Exception as error:  # nothing else may answer for us: its words could hold values
            return _of_told(request, _told(request, error))

    async def _answer(self, request: Request, asking: Asking, path: Path) -> Reply:
        match path:
            case []:
                return media.reply(resources.discovery(self.issuer))
            case [root] if root == ROOT:
                return media.reply(resources.api_root())
            case [root, "collections"] if root == ROOT:
                return media.reply({"collections": [resources.collection(asking)]})
            case [root, "collections", name, *rest] if root == ROOT and name in (COLLECTION_ID, ALIAS):
                return await self._of_collection(request, asking, rest)
        raise NotFound("resource")

    async def _of_collection(self, request: Request, asking: Asking, rest: Path) -> Reply:
        wanted = query.read(request.scope["query_string"])
        pages = Pages(Asked(self.answering, asking, request_id_of(request.scope)), wanted)
        match rest:
            case []:
                return media.reply(resources.collection(asking))
            case ["objects"]:
                page = await pages.page()
                return media.reply(page.told("objects", _object), headers=records.dates(page.records))
            case ["manifest"]:
                page = await pages.page()
                told = page.told("objects", records.Record.manifest)
                return media.reply(told, headers=records.dates(page.records))
            case ["objects", id]:
                found = wanted.let_through(await _one(pages, id))
                told = {"more": False, **({"objects": [record.object for record in found]} if found else {})}
                return media.reply(told, headers=records.dates(found))
            case ["objects", id, "versions"]:
                found = await _one(pages, id)
                told = {"more": False, "versions": [record.version for record in found]}
                return media.reply(told, headers=records.dates(found))
        raise NotFound("resource")


async def _one(pages: Pages, id: str) -> list[records.Record]:
    """Raises: NotFound if there is no such object for the caller."""
    found = await pages.named(frozenset({id}))
    if not found:
        raise NotFound("object")
    return found


def _object(record: records.Record) -> dict[str, Any]:
    return record.object


def _require_reading(method: str, path: Path) -> None:
    """Raises: Forbidden where TAXII has a way to write, which is not given here; HttpRefusal (405) else."""
    if method == "GET":
        return
    if (method == "POST" and path[3:] == ["objects"]) or (method == "DELETE" and path[3:4] == ["objects"]):
        raise Forbidden("This collection is only read: upload signals by `uploadSignals` at /graphql.")
    words = "TAXII is only read here: use GET."
    raise HttpRefusal(405, InvalidInput(words, reason=Refusal.WRONG_METHOD), {"Allow": "GET"})


def _told(request: Request, error: Exception) -> Told:
    match error:
        case Refused():
            return error.errors[0]
        case Untold():
            return error.told
        case ExchangeError():
            return masking.refusal(error)
        case NoFreeConnection():
            return masking.refusal(busy().error)
    masking.report(error)
    return masking.unexpected_error(request_id_of(request.scope))


def _of_told(request: Request, told: Told) -> Reply:
    """A refusal of the exchange's own under the status that it has in HTTP."""
    extensions = told["extensions"]
    status = _STATUS.get(str(extensions["code"]), 400)
    headers = {}
    if status in (429, 503):
        headers["Retry-After"] = str(extensions.get("retrySeconds", BUSY_SECONDS))
    if status == 401:
        headers = callers.challenged(request, Unauthenticated(told["message"]))
    return _refused(status, told, headers)


def _refused(status: int, told: Told, headers: dict[str, str] | None = None) -> Reply:
    code = str(told["extensions"]["code"])
    request_log.note(codes=[code])
    return media.refusal(status, code, told["message"], headers)
