"""How TAXII answers: its media type, who accepts it, and its error resource."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from starlette.datastructures import Headers

from app.errors import InvalidInput, Refusal
from app.rules import limits
from app.web.media_types import MediaType
from app.web.refusals import HttpRefusal
from app.web.reply import Reply

MEDIA_TYPE: Final = "application/taxii+json;version=2.1"
STIX_MEDIA_TYPE: Final = "application/stix+json;version=2.1"

_NAMES: Final = ("application/taxii+json", "application/*", "*/*")


def require_accepted(headers: Headers) -> None:
    """Raises: HttpRefusal (406) if the client does not read TAXII 2.1."""
    accept = ", ".join(headers.getlist("accept"))
    if len(accept) > limits.MAX_ACCEPT_LENGTH or not _accepted(accept):
        words = f"The answers are {MEDIA_TYPE}: accept that."
        raise HttpRefusal(406, InvalidInput(words, field="Accept", reason=Refusal.WRONG_MEDIA_TYPE))


def _accepted(accept: str) -> bool:
    ranges = [MediaType.read(part) for part in accept.split(",")]
    return not accept.strip() or any(
        one.name in _NAMES and one.quality > 0 and one.parameters.get("version", "2.1") == "2.1" for one in ranges
    )


def reply(content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, MEDIA_TYPE, orjson.dumps(content), headers)


def refusal(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """An error resource (TAXII 2.1, section 3.6.1); `error_code` is our word for programs."""
    content = {
        "title": HTTPStatus(status).phrase,
        "description": message,
        "error_code": code,
        "http_status": str(status),
    }
    return reply(content, status, headers)
