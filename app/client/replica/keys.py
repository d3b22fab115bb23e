"""What signals are looked up by in a replica: the participant's own match tags, or digests of values in clear."""

import base64
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final

from ...rules.match_tags import match_tag, near_match_tags
from ...rules.normal_forms import Canonical, match_keys
from ...rules.signal_types import FACTS, Level, SignalType
from ..answers import ChangedSignal

# Of a digest; only values that the replica has in clear are looked up by one, so it hides nothing.
_BYTES: Final = 16

CONTENT: Final = frozenset(type for type, facts in FACTS.items() if facts.level is Level.CONTENT)
# Whose tags are told only to clients that may reveal values.
ENUMERABLE: Final = frozenset(type for type, facts in FACTS.items() if facts.is_enumerable)

Keys = tuple[bytes | None, list[bytes]]
"""What equals have in common, if it is known, and what near-equals have."""


def of_told(told: ChangedSignal, normaliser: int) -> Keys:
    """Of a signal as the feed told it. A type that this program does not know cannot be looked up."""
    if (value := told["value"]) is None:
        tag = told.get("matchTag")
        near = told.get("nearMatchTags") or ()
        return (None if tag is None else bytes.fromhex(tag["tag"])), list(map(bytes.fromhex, near))
    try:
        form = Canonical(SignalType(told["type"]), value, told["qualifier"] or "")
    except ValueError:
        return None, []
    return _in_clear(form, normaliser)


def of_own(forms: Mapping[int, Canonical], match_key: bytes | None) -> tuple[set[bytes], set[bytes]]:
    """Of a value of the participant's own, as each version spells it. Person-level ones take the match key."""
    exact: set[bytes] = set()
    near: set[bytes] = set()
    for version, form in forms.items():
        if form.type in CONTENT:
            key, looser = _in_clear(form, version)
            exact.update(() if key is None else (key,))
            near.update(looser)
        elif match_key is not None:
            exact.add(bytes.fromhex(match_tag(match_key, version, form)))
            near.update(map(bytes.fromhex, near_match_tags(match_key, version, form)))
    return exact, near


def key_bytes(key: str) -> bytes:
    """Of a match key as the exchange shows it, in base64url without padding.

    Raises: ValueError unless it is one.
    """
    found = base64.b64decode(key + "=" * (-len(key) % 4), altchars=b"-_", validate=True)
    if len(found) != 32:
        raise ValueError("not 32 bytes")
    return found


def _in_clear(form: Canonical, version: int) -> Keys:
    near = [_digest(("near", form.type, key.kind, key.value)) for key in match_keys(form, version)]
    return _digest((form.type, form.identity)), near


def _digest(parts: Iterable[str]) -> bytes:
    return blake2b("\0".join(parts).encode(), digest_size=_BYTES).digest()
