"""The keys by which a client authenticates: what may be registered, and what is kept of it."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import orjson

from app.errors import InvalidInput, Refusal
from app.rules import public_keys
from app.rules.public_keys import PublicKey, UnfitKey

# Characters of a set as JSON; five RSA keys of 4,096 bits have 4,000.
MAX_SET_LENGTH = 16 * 1024
# One in use, one that comes after it, and room for hosts that have one each.
MAX_KEYS = 5
MAX_KEY_ID_LENGTH = 128

FIELD = "publicKeys"

KeptKey: TypeAlias = dict[str, str]
"""What makes the public key, and its name, as a JSON Web Key."""


def parse(text: str) -> list[KeptKey]:
    """Read a JWK Set (RFC 7517, section 5), in its order; nothing is kept but what makes the keys.

    Raises: InvalidInput.
    """
    if len(text) > MAX_SET_LENGTH:
        raise _refused(f"The set is longer than {MAX_SET_LENGTH:,} characters.", Refusal.TOO_LONG)
    try:
        set = orjson.loads(text)
    except ValueError:
        raise _refused('This is no JSON: send a JWK Set, which begins with `{"keys": [`.') from None
    keys = set.get("keys") if isinstance(set, dict) else None
    if not isinstance(keys, list):
        raise _refused("This is no JWK Set: send an object with the list `keys`.")
    if not 1 <= len(keys) <= MAX_KEYS:
        raise _refused(f"A client has 1 to {MAX_KEYS} keys.", Refusal.OUT_OF_RANGE)
    kept = [_kept(key, f"Key {number}") for number, key in enumerate(keys, 1)]
    if len({key["kid"] for key in kept}) < len(kept):
        raise _refused("Two keys have the same `kid`.", Refusal.DUPLICATE_IN_BATCH)
    return kept


def names(kept: Iterable[Mapping[str, str]] | None) -> list[str]:
    return [key["kid"] for key in kept or ()]


def named(kept: Iterable[Mapping[str, str]], name: str) -> PublicKey | None:
    """The key with this name, of those that are kept."""
    return next((public_keys.read(key) for key in kept if key["kid"] == name), None)


def _kept(jwk: Any, which: str) -> KeptKey:
    try:
        key = public_keys.read(jwk)
    except UnfitKey as unfit:
        reason = Refusal.PRIVATE_KEY if unfit.is_private else Refusal.NOT_A_PUBLIC_KEY
        raise _refused(f"{which} {unfit.why}.", reason) from None
    name = jwk.get("kid")
    if not isinstance(name, str) or not 1 <= len(name) <= MAX_KEY_ID_LENGTH or not name.isprintable():
        raise _refused(f"{which} needs a `kid` of 1 to {MAX_KEY_ID_LENGTH} printable characters.")
    return {**key.members, "kid": name}


def _refused(message: str, reason: Refusal = Refusal.NOT_A_PUBLIC_KEY) -> InvalidInput:
    return InvalidInput(message, field=FIELD, reason=reason)
