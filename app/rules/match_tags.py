"""Match tags, which both sides compute: so a participant joins its own users without uploading them (R14)."""

import hmac

from .normal_forms import Canonical, match_keys

_SEPARATOR = b"\0"


def match_tag(match_key: bytes, normaliser_version: int, form: Canonical) -> str:
    """What a participant computes over its own users with its match key; 64 lower-case hex digits (R14)."""
    return _tag(match_key, str(normaliser_version), form.type, form.identity)


def near_match_tags(match_key: bytes, normaliser_version: int, form: Canonical) -> list[str]:
    """The same over each looser spelling: values with one in common are nearly equal. Empty where there is none.

    No version begins with a letter, so none of these is a match tag.
    """
    return [
        _tag(match_key, "near", str(normaliser_version), form.type, key.kind, key.value)
        for key in match_keys(form, normaliser_version)
    ]


def _tag(match_key: bytes, *parts: str) -> str:
    """Unambiguous, as only the last part can hold a NUL."""
    return hmac.digest(match_key, _SEPARATOR.join(part.encode() for part in parts), "sha256").hex()
