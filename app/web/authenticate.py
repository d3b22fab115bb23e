"""Finding out who is asking: from the bearer token of a request to an actor."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

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

    @property
    def is_remembered(self) -> bool:
        return self.standing is not None

    @property
    def client_id(self) -> UUID:
        return self.actor.client_id

    @property
    def as_of(self) -> datetime:
        return self.actor.as_of

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
        as_of = self.clock()
        claims = self.access_tokens.check(_bearer_token(request), as_of)
        said, known = self._known.get(claims.token_id, (None, None))
        if known is not None and said == claims and not anew:
            return Asking(known.actor.at(as_of), known.standing)
        self._known.pop(claims.token_id, None)
        bearer = await self.database.glance(lambda driver: tokens.bearer_behind(driver, claims))
        actor = tokens.actor_of(bearer, claims, as_of)
        self._known[claims.token_id] = (claims, Asking(actor, Standing(claims.token_id, bearer)))
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return Asking(actor)


def _bearer_token(request: HTTPConnection) -> str:
    """From the header alone: URLs and bodies end up in logs."""
    stated = request.headers.getlist("authorization")
    if not stated:
        raise Unauthenticated("Send an access token: `Authorization: Bearer …`, from POST /oauth/token.")
    scheme, _, token = stated[0].partition(" ")
    if len(stated) > 1 or scheme.lower() != "bearer":
        raise Unauthenticated("Send one Authorization header, of the form `Bearer …`.")
    return token.strip(" ")
