"""Short JWTs that clients sign, such as assertions and proofs: opened within bounds, by algorithms that we allow."""

import hashlib
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jws import CompactSignature, JWSRegistry

from app.rules.public_keys import PublicKey

MAX_LENGTH = 4_096
# Characters of an identifier; libraries write about 22 to 48.
MAX_ID_LENGTH = 128
# Seconds by which the clock of a client may be ahead of ours.
CLOCK_SKEW_SECONDS = 30

# What says where a key is to be had, or how else the rest is to be understood.
_REFUSED_HEADERS = frozenset({"jku", "x5u", "x5c", "crit", "b64"})


class NotGenuine(Exception):
    """It cannot be told who signed it, or it was not signed by the key that it should be."""


class _Registry(JWSRegistry):
    """`algorithms` are those of one key, so that none is looked for that somebody else names."""

    # Characters in base64url: with a key in it, an ordinary one has about 300.
    max_header_length = 1_024
    max_payload_length = MAX_LENGTH

    def get_alg(self, name: str) -> Any:
        # The library's own also warns of the older name for Ed25519 signatures.
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError("not of this key")
        return self.algorithms[name]


_READING = _Registry()


def read(text: str) -> CompactSignature:
    """What it says, whoever wrote it.

    Raises: NotGenuine.
    """
    if len(text) > MAX_LENGTH:
        raise NotGenuine
    try:
        found = jws.extract_compact(text.encode(), registry=_READING)
        header = found.headers()
    except (JoseError, ValueError, TypeError, RecursionError, AttributeError) as error:
        raise NotGenuine from error
    if not isinstance(header, dict) or not _REFUSED_HEADERS.isdisjoint(header):
        raise NotGenuine
    return found


def claims(of: CompactSignature) -> Mapping[str, Any]:
    """What it claims, which only counts once it is checked.

    Raises: NotGenuine.
    """
    try:
        claimed = orjson.loads(of.payload or b"")
    except ValueError as error:
        raise NotGenuine from error
    if not isinstance(claimed, dict):
        raise NotGenuine
    return claimed


def check(of: CompactSignature, key: PublicKey) -> None:
    """Raises: NotGenuine unless this key signed it, by an algorithm of its kind."""
    try:
        genuine = jws.validate_compact(of, key.key, registry=_Registry(algorithms=key.kind.algorithms))
    except (JoseError, ValueError, TypeError) as error:
        raise NotGenuine from error
    if not genuine:
        raise NotGenuine


def moment(value: object) -> datetime | None:
    """A NumericDate (RFC 7519); null for what is none, or is out of all bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def is_id(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= MAX_ID_LENGTH


def digest(kind: str, signer: str, id: str) -> bytes:
    """What is kept of an identifier that may be used once, of one signer and for one kind of JWT."""
    return hashlib.sha256("\0".join((kind, signer, id)).encode(errors="surrogatepass")).digest()
