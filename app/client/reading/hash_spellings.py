"""Hashes that a source writes in base64 or base32: in hexadecimal digits, where only one reading is left."""

import base64
import re
from collections.abc import Callable
from typing import Final

# Bytes of a hash by its type.
_BYTES: Final = {"HASH_MD5": 16, "HASH_SHA1": 20, "HASH_SHA256": 32, "HASH_PDQ": 32}

_HEX = re.compile(r"[0-9a-fA-F]+")


def hexadecimal(type: str, text: str) -> str:
    """The hash in hexadecimal digits if its length and digits leave no other reading for its type; else as it was.

    An MD5 in hexadecimal digits may be valid base32 of a SHA-1, so what could be digits stays as it is.
    """
    size = _BYTES.get(type)
    bare = text.strip()
    if size is None or len(bare) >= 2 * size + 1 or _HEX.fullmatch(bare):
        return text
    for encoded, decoded in _CODECS:
        if len(bare) in _lengths(encoded, size):
            digest = _decoded(bare, encoded, decoded, size)
            return digest.hex() if digest is not None else text
    return text


def _lengths(encoded: Callable[[bytes], bytes], size: int) -> set[int]:
    padded = encoded(bytes(size))
    return {len(padded), len(padded.rstrip(b"="))}


def _decoded(
    text: str, encoded: Callable[[bytes], bytes], decoded: Callable[[bytes], bytes], size: int
) -> bytes | None:
    """None unless writing the bytes again gives the same text, so that no bit is guessed."""
    bare = text.rstrip("=").encode()
    try:
        digest = decoded(bare + b"=" * (-len(bare) % 8))
    except ValueError:
        return None
    return digest if len(digest) == size and encoded(digest).rstrip(b"=") == bare else None


_CODECS: Final[tuple[tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]], ...]] = (
    (base64.b64encode, base64.b64decode),
    (base64.b32encode, base64.b32decode),
)
