"""Finding out who is asking: from the bearer token of a request to an actor."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from starlette.requests import HTTPConnection

from app.errors import Unauthenticated
from app.rules.actor import Actor
from app.rules.tokens import AccessTokens, Claims
from app.services import tokens
from app.store.clients import Standing, TokenBearer
from app.store.database import Database

# Tokens that are remembered, by a digest: about 1 KB each.
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Asking:
    """Whoever asks; with a standing, as far as is remembered: what looks on its behalf asks whether it still is so."""

    actor: Actor
    standing: Standing | None = None

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
    # To check a signature takes longer than all else of a small read, so what a good token says is kept while it is
    # good; and so is who its bearer was when it was last looked up.
    _known: OrderedDict[bytes, tuple[Claims, TokenBearer]] = field(default_factory=OrderedDict, repr=False)

    async def authenticate(self, request: HTTPConnection, *, anew: bool = False) -> Asking:
        """Whoever asks, as it is remembered or, `anew`, as it is.

        Raises: Unauthenticated, with what to do about it.
        """
        as_of, token = self.clock(), _bearer_token(request)
        digest = blake2b(token.encode(), digest_size=32).digest()
        known = self._known.get(digest)
        if known is not None and as_of < known[0].expires_at and not anew:
            claims, bearer = known
            return Asking(tokens.actor_of(bearer, claims, as_of), Standing(claims.token_id, bearer))
        self._known.pop(digest, None)
        claims = self.access_tokens.check(token, as_of)
        async with self.database.nobody() as session:
            bearer = await tokens.bearer_behind(session, claims)
        self._known[digest] = claims, bearer
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return Asking(tokens.actor_of(bearer, claims, as_of))


def _bearer_token(request: HTTPConnection) -> str:
    """From the header alone: URLs and bodies end up in logs."""
    stated = request.headers.getlist("authorization")
    if not stated:
        raise Unauthenticated("Send an access token: `Authorization: Bearer …`, from POST /oauth/token.")
    scheme, _, token = stated[0].partition(" ")
    if len(stated) > 1 or scheme.lower() != "bearer":
        raise Unauthenticated("Send one Authorization header, of the form `Bearer …`.")
    return token.strip(" ")
