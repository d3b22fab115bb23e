"""The messages of graphql-transport-ws, the protocol of the npm library graphql-ws: read within bounds, and written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias

import orjson

from app.graphql.execution import Asked
from app.graphql.masking import Told
from app.rules import limits
from app.web import request_body
from app.web.refusals import HttpRefusal

SUBPROTOCOL = "graphql-transport-ws"

# Bytes of the reason in a close frame (RFC 6455, section 5.5).
_MAX_REASON_BYTES = 123


class Code(IntEnum):
    """Why a socket is closed: as RFC 6455 and the protocol have it. Clients of the library connect again after those
    below 4000 and after 4403, for which they may bring another token."""

    NORMAL = 1000
    GOING_AWAY = 1001
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INIT_TIMEOUT = 4408
    ALREADY_EXISTS = 4409
    TOO_MANY_INITS = 4429
    INTERNAL_ERROR = 4500


class Closing(Exception):
    """The socket is to be closed, for a reason that holds nothing of what the client sent."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__()
        self.code = code
        self.reason = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Init:
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    pass


@dataclass(frozen=True, slots=True)
class Pong:
    pass


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Of any operation: queries and mutations have one answer."""

    id: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class Complete:
    id: str


Message: TypeAlias = Init | Ping | Pong | Subscribe | Complete

ACK = '{"type":"connection_ack"}'
PONG = '{"type":"pong"}'


def read(text: str | None) -> Message:
    """Raises: Closing (4400) for anything that is no message of the protocol."""
    if text is None:
        raise _bad("Messages are texts.")
    try:
        stated = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _bad("The message is not JSON in UTF-8, or is nested too deeply.") from None
    kind = stated.get("type") if isinstance(stated, dict) else None
    reading = _READING.get(kind) if isinstance(kind, str) else None
    if reading is None:
        raise _bad("The message has none of the types that a client sends.")
    return reading(stated)


def _init(stated: dict[str, Any]) -> Message:
    payload = stated.get("payload")
    if not isinstance(payload, dict | None):
        raise _bad("The payload of connection_init must be an object.")
    return Init(payload or {})


def _subscribe(stated: dict[str, Any]) -> Message:
    id, payload = _id(stated), stated.get("payload")
    if not isinstance(payload, dict):
        raise _bad("The payload of subscribe must be an object.")
    try:
        return Subscribe(id, request_body.asked_in(payload))
    except HttpRefusal as refusal:
        raise _bad(refusal.error.message) from None


def _id(stated: dict[str, Any]) -> str:
    id = stated.get("id")
    if not isinstance(id, str) or not 1 <= len(id) <= limits.MAX_OPERATION_ID_LENGTH:
        raise _bad(f"The id of an operation is a string of 1 to {limits.MAX_OPERATION_ID_LENGTH} characters.")
    return id


_READING: dict[str, Callable[[dict[str, Any]], Message]] = {
    "connection_init": _init,
    "ping": lambda _: Ping(),
    "pong": lambda _: Pong(),
    "subscribe": _subscribe,
    "complete": lambda stated: Complete(_id(stated)),
}


def next_(id: str, answer: bytes) -> str:
    return orjson.dumps({"id": id, "type": "next", "payload": orjson.Fragment(answer)}).decode()


def error(id: str, errors: Sequence[Told]) -> str:
    return orjson.dumps({"id": id, "type": "error", "payload": errors}).decode()


def complete(id: str) -> str:
    return orjson.dumps({"id": id, "type": "complete"}).decode()


def _bad(reason: str) -> Closing:
    return Closing(Code.BAD_REQUEST, reason)
