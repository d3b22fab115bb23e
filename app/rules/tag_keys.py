"""Match tags as keys of the federation: texts by which a participant's own subgraph names a signal (R14)."""

import re
from dataclasses import dataclass
from typing import Self

# Only the one spelling that `str` writes.
_TEXT = re.compile(r"([1-9][0-9]{0,8}):([1-9][0-9]{0,4}):([0-9a-f]{64})")
# Of the digits of a tag, those that are kept to find it by: 8 bytes.
_PREFIX_DIGITS = 16


@dataclass(frozen=True, slots=True)
class TagKey:
    """A match tag with what it was computed with, so that one of before is refused and not silently missed."""

    epoch: int
    normaliser: int
    tag: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Null for any other text, which then stands for nothing that exists."""
        found = _TEXT.fullmatch(text)
        return None if found is None else cls(int(found[1]), int(found[2]), found[3])

    def __str__(self) -> str:
        return f"{self.epoch}:{self.normaliser}:{self.tag}"


def prefix_of(tag: str) -> int:
    """What a tag is found by, as the database keeps it: a signed number of 8 bytes."""
    return int.from_bytes(bytes.fromhex(tag[:_PREFIX_DIGITS]), signed=True)
