"""Holes in the text that a statement answers, filled in Python with what the database cannot know or compute.

A hole begins with U+0001 and the two characters of its number, holds what it is made of, and ends with U+0002. JSON
writes control characters of texts as escapes, so no text can make a hole of its own.
"""

from binascii import unhexlify
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeAlias
from uuid import UUID

from app.graphql.context import Context
from app.rules.keyring import Keyring
from app.rules.sealing import opened_of
from app.services.match_keys import MatchTagger

BEGIN: Final = "\x01"
END: Final = "\x02"
BETWEEN: Final = b"\x1f"
# Two characters each from a range of 64 that JSON and SQL write as they are.
_FIRST: Final = 0x30
MAX_HOLES: Final = 64 * 64


@dataclass(slots=True)
class Filling:
    """One answer on its way: who asks, and what was found on the way."""

    context: Context
    keyring: Keyring
    # What the arguments of this call gave for holes that need no column.
    given: dict[str, Any] = field(default_factory=dict)
    taggers: list[MatchTagger] = field(default_factory=list)
    links_asked: int = 0
    networks_asked: int = 0
    _sealed: bytes = b""
    _opened: str = ""

    def opened(self, sealed: bytes) -> str:
        """A sealed text behind the id that it is bound to, in hexadecimal; often asked for twice in a row."""
        if sealed != self._sealed:
            raw = unhexlify(sealed)
            self._opened = opened_of(self.keyring, raw[16:], raw[:16])
            self._sealed = sealed
        return self._opened


Hole: TypeAlias = Callable[[Filling, bytes], bytes]
"""From what the hole holds to the JSON that takes its place."""


# Contents of one hole for which its JSON is kept.
_MOST_KEPT = 4_096


def kept(write: Callable[[bytes], bytes]) -> Hole:
    """A hole whose contents come in few variants and hold no value of anybody: what is written is kept."""
    written: dict[bytes, bytes] = {}

    def fill(_: Filling, held: bytes) -> bytes:
        json = written.get(held)
        if json is None:
            json = write(held)
            if len(written) < _MOST_KEPT:
                written[held] = json
        return json

    return fill


@lru_cache(maxsize=MAX_HOLES)
def number(place: int) -> str:
    return chr(_FIRST + place // 64) + chr(_FIRST + place % 64)


@lru_cache(maxsize=MAX_HOLES)
def _key(place: int) -> bytes:
    return number(place).encode()


def numbered(holes: Sequence[Hole]) -> dict[bytes, Hole]:
    return {_key(place): hole for place, hole in enumerate(holes)}


def filled(text: bytes, holes: Mapping[bytes, Hole], filling: Filling) -> bytes:
    parts = text.split(b"\x01")
    if len(parts) == 1:
        return text
    written = [parts[0]]
    for part in parts[1:]:
        held, _, rest = part.partition(b"\x02")
        written.append(holes[held[:2]](filling, held[2:]))
        written.append(rest)
    return b"".join(written)


def uuid_of(text: bytes) -> UUID:
    return UUID(bytes=unhexlify(text))
