"""Finding out who is asking: from the bearer token of a request to an actor."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import HTTPConnection

from app.errors import Unauthenticated
from app.rules.actor import Actor
from app.rules.tokens import AccessTokens
from app.services import tokens
from app.store.database import Database


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Everything a request sees is judged at the moment at which it was authenticated (R1)."""

    database: Database
    access_tokens: AccessTokens
    clock: Callable[[], datetime]

    async def authenticate(self, request: HTTPConnection) -> Actor:
        """Raises: Unauthenticated, with what to do about it."""
        as_of = self.clock()
        claims = self.access_tokens.check(_bearer_token(request), as_of)
        return await self.database.glance(lambda driver: tokens.actor_behind(driver, claims, as_of))


def _bearer_token(request: HTTPConnection) -> str:
    """From the header alone: URLs and bodies end up in logs."""
    stated = request.headers.getlist("authorization")
    if not stated:
        raise Unauthenticated("Send an access token: `Authorization: Bearer …`, from POST /oauth/token.")
    scheme, _, token = stated[0].partition(" ")
    if len(stated) > 1 or scheme.lower() != "bearer":
        raise Unauthenticated("Send one Authorization header, of the form `Bearer …`.")
    return token.strip(" ")
