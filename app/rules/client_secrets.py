"""Secrets of API clients: 256 random bits, of which only a keyed digest is kept."""

import hashlib
import hmac
import secrets

from app.rules.keyring import Keyring

# Lets scanners find a secret that went astray, in a repository or a log.
PREFIX = "lxs_"


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def digest(keyring: Keyring, secret: str) -> bytes:
    # A slow hash would add nothing: nobody tries out 256 bits.
    return hmac.digest(keyring.derived("client-secret"), secret.encode(), hashlib.sha256)


def is_right(keyring: Keyring, secret: str, kept: bytes | None) -> bool:
    """In constant time; without a kept digest it takes as long and is never right."""
    shown = digest(keyring, secret)
    return hmac.compare_digest(shown, bytes(len(shown)) if kept is None else kept) and kept is not None
