"""What an OAuth2 request says: its form and its client credentials, read within bounds."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from starlette.datastructures import Headers
from starlette.requests import Request

from app.rules.limits import BODY_SECONDS

# Bytes of a form; the longest parameter is a token to revoke.
MAX_FORM_BYTES = 16 * 1024
MAX_PARAMETERS = 20

# Characters of an Authorization header; the credentials of a client have about 120.
MAX_CREDENTIALS_LENGTH = 1_024

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client's name and the secret that it shows."""

    name: str
    secret: str = field(repr=False)


async def form(request: Request) -> Mapping[str, str]:
    """The parameters, without those that are empty, as these count as left out (RFC 6749, section 3.1).

    Raises: OAuth2Error.
    """
    stated = request.headers.getlist("content-type")
    if len(stated) != 1 or stated[0].partition(";")[0].strip().lower() != _FORM:
        raise InvalidRequestError(f"Send the parameters as {_FORM}.")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _body(request)
    except TimeoutError:
        raise InvalidRequestError("The body took too long to arrive.", status_code=408) from None
    return _parameters(body)


def credentials(headers: Headers) -> Credentials | None:
    """What `client_secret_basic` shows; null where it is missing or malformed.

    Raises: OAuth2Error if it is there twice.
    """
    stated = headers.getlist("authorization")
    if len(stated) > 1:
        raise InvalidRequestError("Send one Authorization header.")
    scheme, _, encoded = stated[0].partition(" ") if stated else ("", "", "")
    if scheme.lower() != "basic" or len(encoded) > MAX_CREDENTIALS_LENGTH:
        return None
    try:
        name, colon, secret = base64.b64decode(encoded.strip(" "), validate=True).decode().partition(":")
        return Credentials(unquote(name, errors="strict"), unquote(secret, errors="strict")) if colon else None
    except ValueError:
        return None


def _parameters(body: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise InvalidRequestError("The body is not a form in UTF-8, or has too many parameters.") from None
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise InvalidRequestError("The body holds a NUL character.")
    given = dict(pairs)
    if len(given) != len(pairs):
        raise InvalidRequestError("A parameter is there twice.")
    return {name: value for name, value in given.items() if value}


async def _body(request: Request) -> bytes:
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > MAX_FORM_BYTES:
        raise _too_long()
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MAX_FORM_BYTES:
            raise _too_long()
    return bytes(received)


def _too_long() -> OAuth2Error:
    return InvalidRequestError(f"The body is longer than {MAX_FORM_BYTES} bytes.", status_code=413)
