"""Access tokens: the claims they carry, how they are signed, and how they are checked (RFC 9068)."""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, GuestProtocol
from joserfc.jwt import JWTClaimsRegistry

from app.errors import Unauthenticated
from app.rules.actor import SignedIn
from app.rules.frontends import client_id, client_name
from app.rules.ids import Prefix, read, shown
from app.rules.keyring import Keyring

# Seconds that a token is good for; the longest that the exchange allows.
LIFETIME_SECONDS = 600

# Characters. A token with every scope has about 1,000; anything longer is not ours and is not even parsed.
MAX_TOKEN_LENGTH = 4_096

# Tokens that are remembered to be ours, the latest used. A client uses one for minutes, and to check its signature
# takes longer than the queries of many a request.
MAX_REMEMBERED = 1_024

ALGORITHM = "ES256"
TYPE = "at+jwt"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: which client may do what, for whom, and until when."""

    client_id: UUID
    scopes: frozenset[str]
    token_id: str
    expires_at: datetime
    # Null where the client acts by itself.
    signed_in: SignedIn | None = None

    @property
    def bearer_id(self) -> UUID:
        """What the token stands on, as the database knows it."""
        return self.client_id if self.signed_in is None else self.signed_in.sign_in_id


class _Claims(JWTClaimsRegistry):
    def validate_iat(self, value: object) -> None:
        """Another process may have issued it by a clock that is slightly ahead; `exp` alone decides."""


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """Makes and checks the tokens of one issuer; the first key signs, all keys verify."""

    issuer: str
    keys: Mapping[str, ECKey] = field(repr=False)
    signing_key: ECKey = field(repr=False)
    # By digest, so that no token is kept.
    _remembered: OrderedDict[bytes, Claims] = field(default_factory=OrderedDict, repr=False, compare=False)

    @classmethod
    def of(cls, issuer: str, keyring: Keyring) -> Self:
        keys = [ECKey.import_key(dict(key)) for key in keyring.signing]
        return cls(issuer, {_name(key): key for key in keys}, keys[0])

    @property
    def audience(self) -> str:
        return f"{self.issuer}/graphql"

    def issue(self, client_id: UUID, scopes: Iterable[str], at: datetime, who: SignedIn | None = None) -> str:
        name = client_name(client_id)
        issued_at = int(at.timestamp())
        claims = {
            "iss": self.issuer,
            **_subject(name, who),
            "client_id": name,
            "aud": self.audience,
            "iat": issued_at,
            "exp": issued_at + LIFETIME_SECONDS,
            "jti": secrets.token_urlsafe(16),
            "scope": " ".join(sorted(scopes)),
        }
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": _name(self.signing_key)}
        return jwt.encode(header, claims, self.signing_key, algorithms=[ALGORITHM])

    def check(self, token: str, at: datetime) -> Claims:
        """Whether we issued the token for this exchange and it is good at this moment.

        Raises: Unauthenticated.
        """
        if len(token) > MAX_TOKEN_LENGTH:
            raise _refused()
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        claims = self._remembered.get(digest)
        if claims is None or claims.expires_at <= at:
            claims = self._checked(token, at)
        self._remember(digest, claims)
        return claims

    def _remember(self, digest: bytes, claims: Claims) -> None:
        self._remembered[digest] = claims
        self._remembered.move_to_end(digest)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)

    def _checked(self, token: str, at: datetime) -> Claims:
        try:
            decoded = jwt.decode(token, self._key_of, algorithms=[ALGORITHM])
            self._registry(at).validate(decoded.claims)
        except ExpiredTokenError as error:
            raise Unauthenticated("The access token has expired: get a new one.") from error
        except (JoseError, ValueError, TypeError) as error:
            # joserfc looks into the header without looking at its types: a `crit` of 5 is a TypeError.
            raise _refused() from error
        if decoded.header.get("typ") != TYPE:
            raise _refused()
        return _claims(decoded.claims)

    def jwks(self) -> dict[str, Any]:
        """The public keys, as a JWK set."""
        described = {"use": "sig", "alg": ALGORITHM}
        return {"keys": [key.as_dict(private=False) | described for key in self.keys.values()]}

    def _key_of(self, token: GuestProtocol) -> ECKey:
        """The key that the token names, of ours alone: a key that comes with a token proves nothing."""
        name = token.headers().get("kid")
        if not isinstance(name, str) or name not in self.keys:
            raise ValueError("unknown key")
        return self.keys[name]

    def _registry(self, at: datetime) -> JWTClaimsRegistry:
        return _Claims(
            now=int(at.timestamp()),
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.audience},
            exp={"essential": True},
            iat={"essential": True},
            jti={"essential": True},
            sub={"essential": True},
            client_id={"essential": True},
            scope={"essential": True, "allow_blank": True},
        )


def _subject(client: str, who: SignedIn | None) -> dict[str, str]:
    if who is None:
        return {"sub": client}
    return {"sub": shown(Prefix.PERSON, who.person_id), "sid": shown(Prefix.SIGN_IN, who.sign_in_id)}


def _claims(claims: Mapping[str, Any]) -> Claims:
    name, scope = claims["client_id"], claims["scope"]
    id = client_id(name) if isinstance(name, str) else None
    if id is None or not isinstance(scope, str):
        raise _refused()
    return Claims(
        client_id=id,
        scopes=frozenset(scope.split()),
        token_id=claims["jti"],
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        signed_in=None if claims["sub"] == name else _signed_in(claims["sub"], claims.get("sid")),
    )


def _signed_in(subject: Any, session: Any) -> SignedIn:
    if not isinstance(subject, str) or not isinstance(session, str):
        raise _refused()
    person_id, sign_in_id = read(Prefix.PERSON, subject), read(Prefix.SIGN_IN, session)
    if person_id is None or sign_in_id is None:
        raise _refused()
    return SignedIn(person_id, sign_in_id)


def _name(key: ECKey) -> str:
    return key.kid or key.thumbprint()


def _refused() -> Unauthenticated:
    return Unauthenticated("This is no access token of this exchange: get one from the token endpoint.")
