"""What TAXII tells of the exchange before any object: its API root and its collection."""

from typing import Any, Final

from app.rules import limits
from app.rules.scopes import Scope
from app.web.authenticate import Asking
from app.web.taxii.media import MEDIA_TYPE, STIX_MEDIA_TYPE

DISCOVERY_PATH: Final = "/taxii2/"
ROOT: Final = "exchange"
ALIAS: Final = "signals"
# The standard wants a UUID; paths may name the alias as well.
COLLECTION_ID: Final = "0f4e7f0c-3a5b-4d0e-8f0a-5d6b1c2e9a71"

_NEEDED: Final = frozenset({str(Scope.FEED_READ), str(Scope.SIGNALS_READ)})


def discovery(issuer: str) -> dict[str, Any]:
    root = f"{issuer}{DISCOVERY_PATH}{ROOT}/"
    return {
        "title": "The Lantern exchange",
        "description": "Child-safety signals that were shared with you. A signal is a clue, never proof.",
        "default": root,
        "api_roots": [root],
    }


def api_root() -> dict[str, Any]:
    return {
        "title": "The Lantern exchange",
        "description": "Everything there is to read here.",
        "versions": [MEDIA_TYPE],
        "max_content_length": limits.MAX_BODY_BYTES,
    }


def collection(asking: Asking) -> dict[str, Any]:
    return {
        "id": COLLECTION_ID,
        "title": "Signals",
        "description": "Your change feed: what came into your sight, changed or, revoked, went out of it. Keep the last"
        " `next` and go on from it later; `added_after` alone misses what comes into your sight or goes out of it.",
        "alias": ALIAS,
        "can_read": asking.scopes >= _NEEDED,
        "can_write": False,
        "media_types": [STIX_MEDIA_TYPE],
    }
