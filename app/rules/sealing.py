"""Sealed text: AES-256-GCM under the current key, bound to the row that it belongs to (R12)."""

import secrets
import struct
from functools import lru_cache
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.rules.keyring import Keyring

# Layout: key version (2 bytes, big endian), nonce (12 bytes), ciphertext with its tag (text + 16 bytes).
_VERSION = struct.Struct(">H")
_NONCE_BYTES = 12
_START = _VERSION.size + _NONCE_BYTES


def seal(keyring: Keyring, text: str, owner: UUID) -> bytes:
    """Encrypt `text`; only `opened` with the same `owner` (the row's id) reads it again."""
    version = keyring.encryption.current
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = _cipher(keyring.encryption[version]).encrypt(nonce, text.encode(), owner.bytes)
    return _VERSION.pack(version) + nonce + sealed


def opened(keyring: Keyring, sealed: bytes, owner: UUID) -> str:
    """Raises: InvalidTag if the bytes were changed or moved to another row; KeyError for an unknown key version."""
    return opened_of(keyring, sealed, owner.bytes)


def opened_of(keyring: Keyring, sealed: bytes, owner: bytes) -> str:
    """The same where the owner's id is at hand as its 16 bytes."""
    cipher = _cipher(keyring.encryption[key_version(sealed)])
    return cipher.decrypt(sealed[2:_START], sealed[_START:], owner).decode()


def key_version(sealed: bytes) -> int:
    """Which key sealed it."""
    (version,) = _VERSION.unpack_from(sealed)
    return int(version)


def seal_optional(keyring: Keyring, text: str | None, owner: UUID) -> bytes | None:
    return None if text is None else seal(keyring, text, owner)


def opened_optional(keyring: Keyring, sealed: bytes | None, owner: UUID) -> str | None:
    return None if sealed is None else opened(keyring, sealed, owner)


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)
