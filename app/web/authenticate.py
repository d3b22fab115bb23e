"""Finding out who is asking: from the bearer token of a request to an actor."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import HTTPConnection

from app.errors import Unauthenticated
from app.rules.actor import Actor
from app.rules.tokens import AccessTokens, Claims
from app.services import tokens
from app.store.clients import Standing
from app.store.database import Database

# Bearers that are remembered, about 1 KB each.
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Asking:
    """Whoever asks; with a standing, as far as is remembered: what looks on its behalf asks whether it still is so."""

    actor: Actor
    standing: Standing | None = None
    # What its token says and how the bearer was last found, for whoever stays longer than for one request.
    claims: Claims | None = None
    found: Standing | None = None

    @property
    def is_remembered(self) -> bool:
        return self.standing is not None

    @property
    def scopes(self) -> frozenset[str]:
        return self.actor.scopes


@dataclass(slots=True)
class Authenticator:
    """Everything a request sees is judged at the moment at which it was authenticated (R1)."""

    database: Database
    access_tokens: AccessTokens
    clock: Callable[[], datetime]
    # Who had a token when its bearer was last looked up, by what the token says.
    _known: OrderedDict[str, tuple[Claims, Asking]] = field(default_factory=OrderedDict, repr=False)

    async def authenticate(self, request: HTTPConnection, *, anew: bool = False) -> Asking:
        """Whoever asks, as it is remembered or, `anew`, as it is.

        Raises: Unauthenticated, with what to do about it.
        """
        return await self._asking(_bearer_token(request), anew=anew)

    async def authenticate_value(self, stated: str, *, anew: bool = False) -> Asking:
        """The same by the text of an Authorization header, however it came."""
        return await self._asking(_token_in(stated), anew=anew)

    async def again(self, asking: Asking, *, anew: bool) -> Asking:
        """Whoever asked before and is still there, by what its token said then."""
        as_of, claims = self.clock(), asking.claims
        if claims is None or claims.expires_at <= as_of:
            raise Unauthenticated("The access token has expired: connect again with a new one.")
        return await self._found(claims, as_of, anew=anew)

    async def _asking(self, token: str, *, anew: bool) -> Asking:
        as_of = self.clock()
        return await self._found(self.access_tokens.check(token, as_of), as_of, anew=anew)

    async def _found(self, claims: Claims, as_of: datetime, *, anew: bool) -> Asking:
        said, known = self._known.get(claims.token_id, (None, None))
        if known is not None and said == claims and not anew:
            return Asking(known.actor.at(as_of), known.standing, claims, known.standing)
        self._known.pop(claims.token_id, None)
        bearer = await self.database.glance(lambda driver: tokens.bearer_behind(driver, claims))
        actor = tokens.actor_of(bearer, claims, as_of)
        standing = Standing(claims.token_id, bearer)
        self._known[claims.token_id] = (claims, Asking(actor, standing))
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return Asking(actor, None, claims, standing)


def _bearer_token(request: HTTPConnection) -> str:
    """From the header alone: URLs and bodies end up in logs."""
    stated = request.headers.getlist("authorization")
    if not stated:
        raise Unauthenticated("Send an access token: `Authorization: Bearer …`, from POST /oauth/token.")
    if len(stated) > 1:
        raise _malformed()
    return _token_in(stated[0])


def _token_in(stated: str) -> str:
    scheme, _, token = stated.partition(" ")
    if scheme.lower() != "bearer":
        raise _malformed()
    return token.strip(" ")


def _malformed() -> Unauthenticated:
    return Unauthenticated("Send one Authorization header, of the form `Bearer …`.")
