"""Assertions by which clients authenticate with a key of theirs, `private_key_jwt` (RFC 7523)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.rules import client_keys, signed_jwts
from app.rules.public_keys import ED25519, P256, P384, RSA
from app.rules.signed_jwts import CLOCK_SKEW_SECONDS, NotGenuine

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = tuple(name for kind in (P256, P384, ED25519, RSA) for name in kind.algorithms)

# Seconds from now. Clients make one for each request; longer ones only give time to whoever gets hold of one.
MAX_AHEAD_SECONDS = 300

# Of JWTs for other purposes none can stand in for an assertion. The second name is that of RFC 7523bis.
_TYPES = (None, "JWT", "client-authentication+jwt")


class WrongAssertion(Exception):
    """What to change, told to whoever holds the key; to anybody else nothing is told."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


@dataclass(frozen=True, slots=True)
class Assertion:
    """A client has shown that it holds its key, if nobody has used this one before: that is what `digest` is for."""

    digest: bytes
    expires_at: datetime


def stated_name(assertion: str) -> str:
    """Whose it says it is, before anything is checked; empty where it says nothing."""
    try:
        name = signed_jwts.claims(signed_jwts.read(assertion)).get("sub")
    except NotGenuine:
        return ""
    return name if isinstance(name, str) else ""


def check(assertion: str, name: str, keys: Iterable[Mapping[str, str]], issuer: str, at: datetime) -> Assertion:
    """Whether the client of this name made it, with one of its keys, for us and for now.

    Raises: NotGenuine; WrongAssertion if it was signed by the client.
    """
    found = signed_jwts.read(assertion)
    kid = found.headers().get("kid")
    key = client_keys.named(keys, kid) if isinstance(kid, str) else None
    if key is None or "jwk" in found.headers():
        raise NotGenuine
    signed_jwts.check(found, key)
    if found.headers().get("typ") not in _TYPES:
        raise WrongAssertion("Its header `typ` must be `client-authentication+jwt` or `JWT`, or be left out.")
    return _checked(signed_jwts.claims(found), name, issuer, at)


def _checked(claims: Mapping[str, Any], name: str, issuer: str, at: datetime) -> Assertion:
    if claims.get("iss") != name or claims.get("sub") != name:
        raise WrongAssertion("Its claims `iss` and `sub` must both be the client_id.")
    # Alone: for whom else it is made could use it here.
    if claims.get("aud") not in (issuer, [issuer]):
        raise WrongAssertion("Its claim `aud` must be the issuer from the metadata, alone.")
    if not signed_jwts.is_id(claims.get("jti")):
        raise WrongAssertion(f"Its claim `jti` must be a text of 1 to {signed_jwts.MAX_ID_LENGTH} characters.")
    expires_at = signed_jwts.moment(claims.get("exp"))
    if expires_at is None or not at < expires_at <= at + timedelta(seconds=MAX_AHEAD_SECONDS):
        raise WrongAssertion(f"Its claim `exp` must be ahead of now, by at most {MAX_AHEAD_SECONDS} seconds.")
    for begin in ("iat", "nbf"):
        begins_at = signed_jwts.moment(claims[begin]) if begin in claims else at
        if begins_at is None or begins_at > at + timedelta(seconds=CLOCK_SKEW_SECONDS):
            raise WrongAssertion(f"Its claim `{begin}` lies in the future: set the clock.")
    return Assertion(signed_jwts.digest("client assertion", name, claims["jti"]), expires_at)
