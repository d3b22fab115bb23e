"""Where a page of the collection ends, as `next` says it: in the feed, or amid what one page could not hold."""

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson

from app.errors import InvalidInput, Refusal
from app.rules.keyring import Keyring

_AT_START: Final = re.compile(r"\.([0-9]{1,2})", re.ASCII)
_IN_FEED: Final = re.compile(
    r"([A-Za-z0-9_-]{1,200})(?:\.([0-9]{1,9})\.(sig_[0-9a-f]{32})\.([A-Za-z0-9_-]{22}))?", re.ASCII
)
_SEAL_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Amid:
    """What a page owes of a signal that is told before the place: all but those given, as long as `seal` holds."""

    signal_id: str
    given: int
    seal: str


@dataclass(frozen=True, slots=True)
class Place:
    """After a cursor of the feed; or at its start, where so many of the standing objects were given."""

    after: str | None = None
    given: int = 0
    amid: Amid | None = None

    @classmethod
    def read(cls, text: str | None) -> "Place":
        """Raises: InvalidInput for what cannot be a place; the feed judges the cursor."""
        if text is None:
            return cls()
        if start := _AT_START.fullmatch(text):
            return cls(None, int(start[1]))
        found = _IN_FEED.fullmatch(text)
        if found is None:
            raise unusable()
        after, given, signal_id, seal = found.groups()
        return cls(after, 0, None if signal_id is None else Amid(signal_id, int(given), seal))

    def __str__(self) -> str:
        if self.after is None:
            return f".{self.given}"
        if self.amid is None:
            return self.after
        return f"{self.after}.{self.amid.given}.{self.amid.signal_id}.{self.amid.seal}"


def unusable() -> InvalidInput:
    return InvalidInput(
        "This `next` is none of this collection for you: use the one that you got last, or none to start.",
        field="next",
        reason=Refusal.BAD_CURSOR,
    )


def seal(keyring: Keyring, signal: Mapping[str, Any]) -> str:
    """The same only for a signal that is told in the same way; keyed, as a plain hash would tell of it (R12)."""
    digest = hmac.digest(keyring.derived("taxii-place"), orjson.dumps(signal, option=orjson.OPT_SORT_KEYS), sha256)
    return base64.urlsafe_b64encode(digest[:_SEAL_BYTES]).decode().rstrip("=")
