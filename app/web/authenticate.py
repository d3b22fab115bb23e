"""Finding out who is asking: from the token of a request, and the proof of its key, to an actor."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from starlette.requests import HTTPConnection

from app.errors import Unauthenticated, WrongProof
from app.rules.actor import Actor
from app.rules.dpop import ALGORITHMS, SCHEME
from app.rules.tokens import AccessTokens, Claims, expired
from app.services import proofs, tokens
from app.store.clients import Standing
from app.store.database import Database

# Bearers that are remembered, about 1 KB each.
MOST_REMEMBERED = 10_000

_BEARER, _DPOP = "bearer", SCHEME.lower()
# Where a request keeps what was found out about its token.
_CLAIMS = "lantern.claims"


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
    def author_id(self) -> UUID:
        return self.actor.author_id

    @property
    def as_of(self) -> datetime:
        return self.actor.as_of

    @property
    def scopes(self) -> frozenset[str]:
        return self.actor.scopes


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows of who sends it, and what it asks for: proofs are made for one method and path."""

    authorization: Sequence[str] = field(repr=False)
    proofs: Sequence[str] = field(repr=False)
    method: str
    path: str

    @classmethod
    def by(cls, request: HTTPConnection) -> "Shown":
        """From the headers alone: URLs and bodies end up in logs."""
        named = request.headers.getlist
        # What opens a WebSocket is a GET.
        method = request.scope.get("method", "GET")
        return cls(named("authorization"), named(SCHEME), method, request.scope["path"])

    @classmethod
    def opening(cls, authorization: str, proof: str | None, path: str) -> "Shown":
        """By the first message of a WebSocket on this path, whose proof is for the GET that opened it."""
        return cls((authorization,), () if proof is None else (proof,), "GET", path)

    def token(self) -> tuple[str, str]:
        """The scheme in lower case, and the token.

        Raises: Unauthenticated.
        """
        if not self.authorization:
            raise Unauthenticated("Send an access token: `Authorization: Bearer …`, from POST /oauth/token.")
        scheme, _, token = self.authorization[0].partition(" ")
        if len(self.authorization) > 1 or scheme.lower() not in (_BEARER, _DPOP):
            raise Unauthenticated("Send one Authorization header, of the form `Bearer …` or `DPoP …`.")
        return scheme.lower(), token.strip(" ")


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
        # A proof counts once, and so it is checked once for a request that is authenticated again.
        claims: Claims | None = request.scope.get(_CLAIMS)
        if claims is None:
            claims = request.scope[_CLAIMS] = await self.check(Shown.by(request))
        return await self.behind(claims, anew=anew)

    async def check(self, shown: Shown) -> Claims:
        """What a token says that is ours, is good now, and comes as it has to.

        Raises: Unauthenticated; WrongProof if it is bound to a key and comes without the proof that this needs.
        """
        scheme, token = shown.token()
        as_of = self.clock()
        claims = self.access_tokens.check(token, as_of)
        if scheme == _DPOP:
            target = (shown.method, self.access_tokens.issuer + shown.path)
            await proofs.check_holder(self.database, (token, claims), shown.proofs, target, as_of)
        elif claims.bound_to is not None:
            raise WrongProof("This access token is bound to a key: send it as `Authorization: DPoP …`, with a proof.")
        return claims

    async def again(self, asking: Asking, *, anew: bool) -> Asking:
        """Whoever asked before and is still there, by what its token said then. Raises: as `behind`."""
        if asking.claims is None:
            raise expired()
        return await self.behind(asking.claims, anew=anew)

    async def behind(self, claims: Claims, *, anew: bool = False) -> Asking:
        """Whoever stands behind a token that was checked.

        Raises: Unauthenticated if it was revoked, its client disabled, or its time has come meanwhile.
        """
        as_of = self.clock()
        if claims.expires_at <= as_of:
            raise expired()
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


def challenge(error: Unauthenticated, authorization: str | None) -> str:
    """What a refusal says of how to come: both ways, and at the one that was tried what was wrong (RFC 6750, section 3,
    and RFC 9449, section 7.1)."""
    tried = None if authorization is None else authorization.partition(" ")[0].lower()
    if tried is None:
        bearer, bound = "Bearer", SCHEME
    elif tried == _DPOP:
        bearer, bound = "Bearer", f'{SCHEME} error="{_reason(error)}",'
    else:
        bearer, bound = 'Bearer error="invalid_token"', SCHEME
    return f'{bearer}, {bound} algs="{" ".join(ALGORITHMS)}"'


def _reason(error: Unauthenticated) -> str:
    return "invalid_dpop_proof" if isinstance(error, WrongProof) else "invalid_token"
