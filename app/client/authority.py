"""In whose name a client asks, and how it gets tokens: with a secret, with a key of its own, or for a person."""

import base64
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

import httpx
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from . import retry_after
from .errors import Busy, Misconfigured, NotSignedIn, Unexpected

TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
# Seconds before its end in which a token is not used any more, so that none ends on its way.
MARGIN_SECONDS = 30.0
# Seconds for which an assertion is good; the exchange takes up to five minutes.
_ASSERTION_SECONDS = 60
# Of what the token endpoint says why it gives none.
_MOST_CHARACTERS = 2_000
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# The algorithms that the exchange takes, by kind of key, and for elliptic curves by curve.
_ALGORITHMS = {"P-256": "ES256", "P-384": "ES384", "Ed25519": "Ed25519", "RSA": "PS256"}


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What to send to the token endpoint."""

    form: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """`until` counts as `time.monotonic` does."""

    text: str = field(repr=False)
    until: float

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() < self.until


class Authority(Protocol):
    """Whoever asks. One object serves one client of one exchange."""

    def request(self, issuer: str) -> TokenRequest:
        """What to ask for the next token with."""

    def took(self, answer: Mapping[str, object]) -> None:
        """What came with the token may have to be kept."""

    def turn(self) -> AbstractContextManager[object] | None:
        """Held from `request` to `took`, where other processes may ask with the same thing; null while one does."""


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A program with a secret (`client_secret_basic`)."""

    client_id: str
    secret: str = field(repr=False)

    def request(self, issuer: str) -> TokenRequest:
        pair = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        return TokenRequest({"grant_type": "client_credentials"}, {"Authorization": f"Basic {pair}"})

    def took(self, answer: Mapping[str, object]) -> None:
        """Nothing of it outlasts the token."""

    def turn(self) -> AbstractContextManager[object]:
        return nullcontext()


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A program that signs an assertion with a key of its own (`private_key_jwt`, RFC 7523)."""

    client_id: str
    key: ECKey | OKPKey | RSAKey = field(repr=False)

    @classmethod
    def read(cls, client_id: str, text: str) -> "ClientKey":
        """A private key as a JSON Web Key with its `kid`, by which the exchange knows the public part.

        Raises: Misconfigured.
        """
        try:
            key = JWKRegistry.import_key(_json(text))
        except (JoseError, ValueError, TypeError, KeyError):
            raise Misconfigured("The key file holds no private JSON Web Key.") from None
        if not isinstance(key, ECKey | OKPKey | RSAKey) or not key.is_private or not key.kid:
            raise Misconfigured("The key file has to hold a private key (EC, OKP or RSA) with its `kid`.")
        if _kind(key) not in _ALGORITHMS:
            raise Misconfigured(f"The exchange takes keys of these kinds: {', '.join(_ALGORITHMS)}.")
        return cls(client_id, key)

    def request(self, issuer: str) -> TokenRequest:
        now = int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": issuer,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
            "jti": str(uuid4()),
        }
        algorithm = _ALGORITHMS[_kind(self.key)]
        header = {"alg": algorithm, "kid": self.key.kid, "typ": "JWT"}
        assertion = jwt.encode(header, claims, self.key, algorithms=[algorithm])
        return TokenRequest(
            {
                "grant_type": "client_credentials",
                "client_assertion_type": _ASSERTION_TYPE,
                "client_assertion": assertion,
            }
        )

    def took(self, answer: Mapping[str, object]) -> None:
        """Nothing of it outlasts the token."""

    def turn(self) -> AbstractContextManager[object]:
        return nullcontext()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person, signed in at a program that keeps no secret. Each refresh token is good once, so the one that follows
    is kept before the token is used; whoever shares the place where it is kept takes turns."""

    client_id: str
    load: Callable[[], str | None] = field(repr=False)
    keep: Callable[[str], None] = field(repr=False)
    take_turn: Callable[[], AbstractContextManager[object] | None] = field(repr=False)

    def request(self, issuer: str) -> TokenRequest:
        """Raises: NotSignedIn."""
        refresh_token = self.load()
        if refresh_token is None:
            raise NotSignedIn("Nobody is signed in: run `lantern login`.")
        return TokenRequest(
            {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": self.client_id}
        )

    def took(self, answer: Mapping[str, object]) -> None:
        follower = answer.get("refresh_token")
        if isinstance(follower, str):
            self.keep(follower)

    def turn(self) -> AbstractContextManager[object] | None:
        return self.take_turn()


def read_token(answer: httpx.Response) -> tuple[IssuedToken, Mapping[str, object]]:
    """The token in the answer of the token endpoint, with all that came with it.

    Raises: NotSignedIn, Busy, Unexpected.
    """
    if answer.status_code == 429 or answer.status_code >= 500:
        raise Busy("The exchange gives no token just now.", retry_after.seconds(answer))
    try:
        said = orjson.loads(answer.content)
        if answer.status_code >= 400:
            why = str(said.get("error_description") or said["error"])[:_MOST_CHARACTERS]
            raise NotSignedIn(f"The exchange gives no token: {why}")
        token = IssuedToken(str(said["access_token"]), time.monotonic() + float(said["expires_in"]) - MARGIN_SECONDS)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unexpected(f"The answer to a request for a token, with status {answer.status_code}, is none.") from None
    return token, said


def _kind(key: ECKey | OKPKey | RSAKey) -> str:
    return "RSA" if isinstance(key, RSAKey) else str(key.as_dict(private=False)["crv"])


def _json(text: str) -> dict[str, Any]:
    """Raises: ValueError unless it is an object."""
    found = orjson.loads(text)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found
