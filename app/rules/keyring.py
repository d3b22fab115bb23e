"""The keys of the exchange: versioned, made once, never in the database (R12)."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from joserfc.jwk import ECKey

# Bytes; AES-256 and HMAC-SHA256 both take 32.
KEY_BYTES = 32
# What the checked keys are for. Signing keys have no check: tokens last for minutes, and other keys sign the next.
ENCRYPTION, TAG, ROOT = "encryption", "tag", "root"
# The root key has no versions: all that is derived from it is kept for good.
ROOT_VERSION = 1


@dataclass(frozen=True, slots=True)
class VersionedKeys:
    """Keys by version; new work uses the current one, old work finds its own."""

    by_version: Mapping[int, bytes] = field(repr=False)
    # The version for new work, as the database says (`rules/key_use.py`); null before it does: the newest.
    in_use: int | None = field(default=None, compare=False)
    # Gets a key that was made after these were read; null where there is nowhere to look.
    find: Callable[[int], bytes | None] | None = field(default=None, compare=False, repr=False)

    @property
    def current(self) -> int:
        return self.newest if self.in_use is None else self.in_use

    @property
    def newest(self) -> int:
        return max(self.by_version)

    def __getitem__(self, version: int) -> bytes:
        """Raises: KeyError for a version that is not known here."""
        key = self.by_version.get(version)
        if key is None and self.find is not None:
            key = self.find(version)
        if key is None:
            raise KeyError(version)
        return key

    def older(self) -> list[int]:
        """The versions that are kept only to read what is there."""
        return sorted(version for version in self.by_version if version < self.current)

    def with_new(self) -> Self:
        """These and one more, which nothing uses yet."""
        return replace(self, by_version={**self.by_version, self.newest + 1: secrets.token_bytes(KEY_BYTES)})

    def without(self, versions: Iterable[int]) -> Self:
        gone = set(versions)
        return replace(self, by_version={v: key for v, key in self.by_version.items() if v not in gone})


@dataclass(frozen=True, slots=True)
class Keyring:
    """Everything secret that a server process holds; its `repr` shows nothing."""

    encryption: VersionedKeys = field(repr=False)
    tags: VersionedKeys = field(repr=False)
    root: bytes = field(repr=False)
    signing: tuple[dict[str, Any], ...] = field(repr=False)
    """Private EC P-256 keys as JWK; the first signs tokens, all verify."""

    @classmethod
    def generate(cls) -> Self:
        return cls(
            encryption=VersionedKeys({1: secrets.token_bytes(KEY_BYTES)}),
            tags=VersionedKeys({1: secrets.token_bytes(KEY_BYTES)}),
            root=secrets.token_bytes(KEY_BYTES),
            signing=(_signing_key(),),
        )

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose, 32 bytes, from the root key."""
        return hmac.digest(self.root, purpose.encode(), hashlib.sha256)

    def checks(self) -> dict[tuple[str, int], bytes]:
        """For each key, by purpose and version, 32 bytes that tell it from any other and say nothing about it."""
        return {(purpose, version): _check(key, purpose, version) for purpose, version, key in self._all()}

    def _all(self) -> Iterator[tuple[str, int, bytes]]:
        yield ROOT, ROOT_VERSION, self.root
        for purpose, keys in ((ENCRYPTION, self.encryption), (TAG, self.tags)):
            for version, key in keys.by_version.items():
                yield purpose, version, key

    def to_json(self) -> str:
        return json.dumps(
            {
                "encryption": _encoded(self.encryption),
                "tags": _encoded(self.tags),
                "root": base64.b64encode(self.root).decode(),
                "signing": list(self.signing),
            },
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises: ValueError for anything else; its message holds no key.
        """
        try:
            content = json.loads(text)
            return cls(
                encryption=_decoded(content["encryption"]),
                tags=_decoded(content["tags"]),
                root=base64.b64decode(content["root"], validate=True),
                signing=tuple(content["signing"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                "The key file is damaged: restore it from a backup; values cannot be read without it."
            ) from error


def _check(key: bytes, purpose: str, version: int) -> bytes:
    # No value, match key or derived key is tagged under these words.
    return hmac.digest(key, f"key-check\0{purpose}\0{version}".encode(), hashlib.sha256)


def _signing_key() -> dict[str, Any]:
    key = ECKey.generate_key("P-256", auto_kid=True)
    return dict(key.as_dict(private=True))


def _encoded(keys: VersionedKeys) -> dict[str, str]:
    return {str(version): base64.b64encode(key).decode() for version, key in keys.by_version.items()}


def _decoded(content: Mapping[str, str]) -> VersionedKeys:
    keys = {int(version): base64.b64decode(key, validate=True) for version, key in content.items()}
    if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
        raise ValueError
    return VersionedKeys(keys)
