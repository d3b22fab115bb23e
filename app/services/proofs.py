"""Proofs of keys that come with requests (RFC 9449): each counts once, whichever process it comes to."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.errors import Unauthenticated, WrongProof
from app.rules import dpop
from app.rules.dpop import SCHEME
from app.rules.tokens import Claims
from app.store import used_jwts
from app.store.database import Database

Target = tuple[str, str]
"""The method and the URL of a request."""


def shown_key(session: Session, proofs: Sequence[str], target: Target, at: datetime) -> str:
    """The thumbprint of the key that whoever sends a request holds. Synchronous, as Authlib's core is.

    Raises: WrongProof.
    """
    proof = dpop.check(_only(proofs), target, at)
    if not used_jwts.use(session, proof.digest, proof.expires_at):
        raise _used()
    return proof.thumbprint


async def check_holder(
    database: Database, shown: tuple[str, Claims], proofs: Sequence[str], target: Target, at: datetime
) -> None:
    """Whether the one who sends a token, `shown` before what it says, holds the key to which it is bound.

    Raises: WrongProof; Unauthenticated if the token is bound to none.
    """
    token, claims = shown
    if claims.bound_to is None:
        raise Unauthenticated("This access token is bound to no key: send it as `Authorization: Bearer …`.")
    proof = dpop.check(_only(proofs), target, at, token)
    if proof.thumbprint != claims.bound_to:
        raise WrongProof(f"The {SCHEME} proof is signed with another key than the one to which the token is bound.")
    if not await used_jwts.use_at_once(database.reader, proof.digest, proof.expires_at):
        raise _used()


def _only(proofs: Sequence[str]) -> str:
    if len(proofs) != 1:
        raise WrongProof(f"Send one {SCHEME} header, with a proof that was made for this request.")
    return proofs[0]


def _used() -> WrongProof:
    return WrongProof(f"The {SCHEME} proof was used before, by its claim `jti`: make one for each request.")
