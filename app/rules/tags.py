"""Keyed tags: how values are found, joined and compared without being shown (R12, R14, R19)."""

import hmac
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import orjson
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from app.rules.key_use import TagVersion
from app.rules.keyring import Keyring
from app.rules.normal_forms import Canonical, Forms, MatchKey, match_keys
from app.rules.signal_types import SignalType

_SEPARATOR = b"\0"


def signal_tag(keyring: Keyring, form: Canonical, version: int | None = None) -> bytes:
    """The internal tag of a signal, 32 bytes, under the current tag key or the given one; never shown."""
    key = keyring.tags[keyring.tags.current if version is None else version]
    return _digest(key, _SEPARATOR.join((form.type.encode(), form.identity.encode())))


def loose_tag(keyring: Keyring, type: SignalType, key: MatchKey, version: int | None = None) -> bytes:
    """The internal tag of a match key, apart from every signal tag by its prefix."""
    tag_key = keyring.tags[keyring.tags.current if version is None else version]
    message = _SEPARATOR.join((b"match-key", type.encode(), key.kind.encode(), key.value.encode()))
    return _digest(tag_key, message)


def signal_tags(keyring: Keyring, versions: Iterable[TagVersion], forms: Forms) -> list[bytes]:
    """The tags that the signal of one value may have, in the order of the versions."""
    return [signal_tag(keyring, forms[v.normaliser], v.key) for v in versions if v.normaliser in forms]


def loose_tags(keyring: Keyring, versions: Iterable[TagVersion], forms: Forms) -> list[bytes]:
    """The tags that the match keys of one value may have."""
    return [
        loose_tag(keyring, forms[v.normaliser].type, key, v.key)
        for v in versions
        if v.normaliser in forms
        for key in match_keys(forms[v.normaliser], v.normaliser)
    ]


def guard_tags(keyring: Keyring, entries: Iterable[tuple[str, str]]) -> list[bytes]:
    """The stored forms of entries in the operator's guard lists, each given after the name of its list."""
    key = keyring.derived("guard-list")
    messages = (_SEPARATOR.join((guard_list.encode(), entry.encode())) for guard_list, entry in entries)
    return [hmac.digest(key, message, "sha256") for message in messages]


def fingerprint(keyring: Keyring, content: Any) -> bytes:
    """A keyed fingerprint of canonical input, so an idempotency record holds no value (R19)."""
    canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hmac.digest(keyring.derived("fingerprint"), canonical, "sha256")


def _digest(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 under a tag key. What depends on the key alone is done once, as it takes longer than the rest."""
    begun = _begun(key).copy()
    begun.update(message)
    return begun.finalize()


@lru_cache(maxsize=16)
def _begun(key: bytes) -> HMAC:
    return HMAC(key, SHA256())
