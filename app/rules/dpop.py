"""Proofs that whoever sends a token holds the key to which it is bound, DPoP (RFC 9449)."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ada_url

from app.errors import WrongProof
from app.rules import public_keys, signed_jwts
from app.rules.public_keys import ED25519, P256, PublicKey, UnfitKey
from app.rules.signed_jwts import CLOCK_SKEW_SECONDS, NotGenuine

SCHEME = "DPoP"
TYPE = "dpop+jwt"

# Clients make a key for this alone, so there need not be many kinds: these take the least time to check, which each
# request costs.
KINDS = (P256, ED25519)
ALGORITHMS = tuple(name for kind in KINDS for name in kind.algorithms)

# Seconds for which a proof is good. It is made for one request; what is older was kept by somebody.
PROOF_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Proof:
    """The key was there, for this request and now, if nobody has used this proof before: `digest` is for that."""

    thumbprint: str
    digest: bytes
    expires_at: datetime


def check(proof: str, target: tuple[str, str], at: datetime, token: str | None = None) -> Proof:
    """Whether it was made for a request to `target`, a method and a URL, now and together with this token.

    Raises: WrongProof.
    """
    try:
        found = signed_jwts.read(proof)
        claims = signed_jwts.claims(found)
        key = _key_of(found.headers())
        expires_at = _expiry_of(claims, at)
        _check_request(claims, target)
        if token is not None and claims.get("ath") != hash_of(token):
            raise WrongProof("The DPoP proof is for another access token, by its claim `ath`.")
        signed_jwts.check(found, key)
    except NotGenuine:
        raise WrongProof("The DPoP proof is no JWT that was signed with the key in it.") from None
    thumbprint = key.thumbprint()
    return Proof(thumbprint, signed_jwts.digest("DPoP proof", thumbprint, claims["jti"]), expires_at)


def hash_of(token: str) -> str:
    digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _key_of(header: Mapping[str, Any]) -> PublicKey:
    if header.get("typ") != TYPE:
        raise WrongProof(f"The DPoP proof must have the type {TYPE}.")
    try:
        key = public_keys.read(header.get("jwk"))
    except UnfitKey as unfit:
        raise WrongProof(f"The key in the DPoP proof {unfit.why}.") from None
    if key.kind not in KINDS:
        raise WrongProof(f"The DPoP proof must be signed with {', '.join(ALGORITHMS)}.")
    return key


def _expiry_of(claims: Mapping[str, Any], at: datetime) -> datetime:
    if not signed_jwts.is_id(claims.get("jti")):
        raise WrongProof(f"The claim `jti` of a DPoP proof is a text of 1 to {signed_jwts.MAX_ID_LENGTH} characters.")
    made_at = signed_jwts.moment(claims.get("iat"))
    earliest = at - timedelta(seconds=PROOF_SECONDS)
    if made_at is None or not earliest < made_at <= at + timedelta(seconds=CLOCK_SKEW_SECONDS):
        raise WrongProof(f"The DPoP proof was not made within the last {PROOF_SECONDS} seconds: make one per request.")
    return made_at + timedelta(seconds=PROOF_SECONDS)


def _check_request(claims: Mapping[str, Any], target: tuple[str, str]) -> None:
    method, url = target
    stated = claims.get("htu")
    if claims.get("htm") != method:
        raise WrongProof("The DPoP proof is for another method, by its claim `htm`.")
    if not isinstance(stated, str) or (stated != url and _plain(stated) != _plain(url)):
        raise WrongProof(f"The DPoP proof is for another URL, by its claim `htu`: this one is {url}.")


def _plain(url: str) -> str | None:
    """The URL in its one spelling, without query and fragment, which do not count; null for what is none."""
    try:
        read = ada_url.URL(url)
    except ValueError:
        return None
    read.search = read.hash = ""
    return str(read.href)
