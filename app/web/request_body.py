"""What a GraphQL request says, read from a body or a query string within bounds."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect, Request

from app.errors import ExchangeError, InvalidInput, Refusal, TooMany
from app.graphql.execution import Sent
from app.rules import limits
from app.web.media_types import require_json
from app.web.refusals import HttpRefusal

_PARAMETERS = ("query", "documentId", "operationName", "variables", "extensions")


async def read(request: Request) -> Sent:
    """Raises: HttpRefusal, starlette's ClientDisconnect."""
    return asked_in_url(request) if request.method == "GET" else asked_in(await _json_body(request))


def asked_in_url(request: Request) -> Sent:
    query_string: bytes = request.scope["query_string"]
    if len(query_string) > limits.MAX_QUERY_STRING_BYTES:
        raise HttpRefusal(414, TooMany(f"The URL is longer than {limits.MAX_QUERY_STRING_BYTES:,} bytes; use POST."))
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=16)
    except ValueError:
        raise _bad("The URL has too many parameters, or is not percent-encoded UTF-8.") from None
    stated = dict(pairs)
    if len(stated) != len(pairs):
        raise _bad("The URL has a parameter twice.")
    # As the specification has it for URLs.
    if not stated.get("operationName"):
        stated.pop("operationName", None)
    for name in ("variables", "extensions"):
        if stated.get(name):
            stated[name] = _decode(stated[name].encode(), name)
        else:
            stated.pop(name, None)
    return asked_in(stated)


def asked_in(stated: object) -> Sent:
    """Parameters that GraphQL does not know are ignored.

    Raises: HttpRefusal (400) unless it is one request, and of the right shape.
    """
    if isinstance(stated, list):
        raise _bad("Send one operation at a time: batches are not accepted.")
    if not isinstance(stated, dict):
        raise _bad("The body must be a JSON object.")
    text, document_id, name, variables, extensions = (stated.get(parameter) for parameter in _PARAMETERS)
    if document_id is None and not isinstance(text, str):
        raise _bad("`query` must be a string: the document. Or send a `documentId`.", "query")
    if not isinstance(document_id, str | None):
        raise _bad("`documentId` must be a string.", "documentId")
    if document_id is not None and text is not None:
        raise _bad("Send either `query` or `documentId`.", "documentId")
    if not isinstance(name, str | None) or len(name or "") > limits.MAX_OPERATION_NAME_LENGTH:
        raise _bad("`operationName` must be a short string or null.", "operationName")
    if not isinstance(variables, dict | None):
        raise _bad("`variables` must be an object or null.", "variables")
    if not isinstance(extensions, dict | None):
        raise _bad("`extensions` must be an object or null.", "extensions")
    return Sent(text, document_id, name, variables or {})


async def _json_body(request: Request) -> object:
    require_json(request.headers)
    try:
        async with asyncio.timeout(limits.BODY_SECONDS):
            return _decode(await _body(request), None)
    except TimeoutError:
        raise HttpRefusal(408, TooMany("The body took too long to arrive."), {"Connection": "close"}) from None


async def _body(request: Request) -> bytearray:
    """The body, refused by its stated length before a byte is read, and otherwise as soon as it exceeds the limit."""
    stated = request.headers.get("content-length", "0")
    if not stated.isdecimal() or int(stated[:20]) > limits.MAX_BODY_BYTES:
        raise _too_long()
    received = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        received += message.get("body", b"")
        if len(received) > limits.MAX_BODY_BYTES:
            raise _too_long()
        if not message.get("more_body", False):
            return received


def _decode(text: bytes | bytearray, field: str | None) -> Any:
    """The decoder's own message quotes the text, so it stays here."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        where = f"at line {error.lineno}, column {error.colno}"
        raise _bad(f"This is not JSON in UTF-8, or is nested too deeply, {where}.", field) from None


def _bad(message: str, field: str | None = None) -> HttpRefusal:
    error: ExchangeError = InvalidInput(message, field=field, reason=Refusal.MALFORMED)
    return HttpRefusal(400, error)


def _too_long() -> HttpRefusal:
    # The connection stays open: the server discards the rest, and a client that is still sending can read the answer.
    return HttpRefusal(413, TooMany(f"The body is longer than {limits.MAX_BODY_BYTES:,} bytes."))
