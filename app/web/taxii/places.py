"""Where a page of the collection ends, as `next` says it: in the feed, or amid what one page could not hold."""

import re
from dataclasses import dataclass
from typing import Final

from app.errors import InvalidInput, Refusal

_UUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_AT_START: Final = re.compile(r"\.([0-9]{1,2})", re.ASCII)
_OBJECT: Final = rf"[a-z]{{1,20}}--{_UUID}"
_IN_FEED: Final = re.compile(rf"([A-Za-z0-9_-]{{1,200}})(?:\.(sig_[0-9a-f]{{32}})\.({_OBJECT}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Amid:
    """What a page owes of a signal that is told before the place: what comes after its object that was given last."""

    signal_id: str
    last: str


@dataclass(frozen=True, slots=True)
class Place:
    """After a cursor of the feed; or at its start, where so many of the standing objects, or of those that were asked
    for by id, were given."""

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
        after, signal_id, last = found.groups()
        return cls(after, 0, None if signal_id is None else Amid(signal_id, last))

    def __str__(self) -> str:
        if self.after is None:
            return f".{self.given}"
        return self.after if self.amid is None else f"{self.after}.{self.amid.signal_id}.{self.amid.last}"


def unusable() -> InvalidInput:
    return InvalidInput(
        "This `next` is none of this collection for you: use the one that you got last, or none to start.",
        field="next",
        reason=Refusal.BAD_CURSOR,
    )
