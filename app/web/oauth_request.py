"""What an OAuth2 request says: its form and its client credentials, read within bounds."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from authlib.oauth2.rfc6749 import OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from starlette.datastructures import Headers
from starlette.requests import Request

from app.rules import client_assertions
from app.rules.limits import BODY_SECONDS

# Bytes of a form; the longest parameters are a token to revoke, and an assertion.
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


class FormRequest(OAuth2Request):  # type: ignore[misc]  # Authlib has no types
    """A request whose form and credentials were read already."""

    def __init__(self, uri: str, form: Mapping[str, str], credentials: Credentials | None) -> None:
        super().__init__("POST", uri)
        self.payload = BasicOAuth2Payload(dict(form))
        self.credentials = credentials

    @property
    def form(self) -> Mapping[str, str]:
        parameters: Mapping[str, str] = self.payload.data
        return parameters

    @property
    def assertion(self) -> str | None:
        """What a client signed in place of showing a secret."""
        return self.form.get("client_assertion")


async def read(request: Request, needed: str, issuer: str) -> FormRequest:
    """The request, with the parameter that it needs.

    Raises: OAuth2Error.
    """
    shown = credentials(request.headers)
    given = await form(request)
    if needed not in given:
        raise InvalidRequestError(f"The parameter {needed} is missing.")
    _check_one_way(given, "authorization" in request.headers)
    name = shown.name if shown else client_assertions.stated_name(given.get("client_assertion", ""))
    if name and given.get("client_id", name) != name:
        raise InvalidRequestError("The parameter client_id names another client than the one that authenticates.")
    # The URI by which clients know us: behind a proxy, the request itself may have come without TLS.
    return FormRequest(issuer + request.url.path, given, shown)


def _check_one_way(given: Mapping[str, str], is_authorized: bool) -> None:
    if "client_secret" in given:
        raise InvalidRequestError("Authenticate with client_secret_basic or private_key_jwt: no secret in the form.")
    type = given.get("client_assertion_type")
    if ("client_assertion" in given, type) not in ((False, None), (True, client_assertions.TYPE)):
        raise InvalidRequestError(f"A client_assertion has the client_assertion_type {client_assertions.TYPE}.")
    if type is not None and is_authorized:
        raise InvalidRequestError("Authenticate in one way: with an Authorization header, or with an assertion.")


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
