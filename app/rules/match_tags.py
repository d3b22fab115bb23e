"""Match tags, which both sides compute: so a participant joins its own users without uploading them (R14)."""

import hmac

from .normal_forms import Canonical

_SEPARATOR = b"\0"


def match_tag(match_key: bytes, normaliser_version: int, form: Canonical) -> str:
    """What a participant computes over its own users with its match key; 64 lower-case hex digits (R14)."""
    parts = (str(normaliser_version).encode(), form.type.encode(), form.identity.encode())
    return hmac.digest(match_key, _SEPARATOR.join(parts), "sha256").hex()
