"""Sealed text: AES-256-GCM under the current key, bound to the row that it belongs to (R12)."""

import secrets
import struct
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.rules.keyring import Keyring

# Layout: key version (2 bytes, big endian), nonce (12 bytes), ciphertext with its tag (text + 16 bytes).
_VERSION = struct.Struct(">H")
_NONCE_BYTES = 12
# Behind the id of the row it belongs to.
_OWNER_BYTES = 16
_NONCE_AT = _OWNER_BYTES + _VERSION.size
_TEXT_AT = _NONCE_AT + _NONCE_BYTES


def seal(keyring: Keyring, text: str, owner: UUID) -> bytes:
    """Encrypt `text`; only `opened` with the same `owner` (the row's id) reads it again."""
    version = keyring.encryption.current
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = _cipher(keyring.encryption[version]).encrypt(nonce, text.encode(), owner.bytes)
    return _VERSION.pack(version) + nonce + sealed


def opened(keyring: Keyring, sealed: bytes, owner: UUID) -> str:
    """Raises: InvalidTag if the bytes were changed or moved to another row; KeyError for an unknown key version."""
    return opener(keyring)(owner.bytes + sealed)


def opener(keyring: Keyring) -> Callable[[bytes], str]:
    """What opens many texts, each given behind the 16 bytes of its owner's id. It raises as `opened` does."""
    decrypt_by: dict[bytes, Callable[[bytes, bytes, bytes], bytes]] = {}

    def opened(bound: bytes) -> str:
        version = bound[_OWNER_BYTES:_NONCE_AT]
        decrypt = decrypt_by.get(version)
        if decrypt is None:
            decrypt = decrypt_by[version] = _cipher(keyring.encryption[key_version(version)]).decrypt
        return decrypt(bound[_NONCE_AT:_TEXT_AT], bound[_TEXT_AT:], bound[:_OWNER_BYTES]).decode()

    return opened


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
