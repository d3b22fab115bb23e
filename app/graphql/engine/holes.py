"""Holes in the text that a statement answers, filled in Python with what the database cannot know or compute.

A hole stands between two U+0001: the two characters of its number, then what it is made of. JSON writes control
characters of texts as escapes, so no text can make a hole of its own, and none stands in another.
"""

from binascii import unhexlify
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeAlias, TypeVar
from uuid import UUID

from app.graphql.context import Context
from app.rules.keyring import Keyring
from app.rules.sealing import opener
from app.services.match_keys import MatchTagger

T = TypeVar("T")

EDGE: Final = "\x01"
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
    _open: Callable[[bytes], str] = field(init=False)

    def __post_init__(self) -> None:
        self._open = opener(self.keyring)

    def opened(self, sealed: bytes) -> str:
        """A sealed text behind the id that it is bound to, in hexadecimal; often asked for twice in a row."""
        if sealed != self._sealed:
            self._opened = self._open(unhexlify(sealed))
            self._sealed = sealed
        return self._opened


Hole: TypeAlias = Callable[[Filling, bytes], bytes]
"""From what the hole holds to the JSON that takes its place."""


# Contents of one hole for which what they make is kept.
_MOST_KEPT = 4_096


class Kept(dict[bytes, T]):
    """What is made of contents of holes that come in few variants and hold no value of anybody."""

    def __init__(self, make: Callable[[bytes], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, held: bytes) -> T:
        made = self._make(held)
        if len(self) < _MOST_KEPT:
            self[held] = made
        return made


def kept(write: Callable[[bytes], bytes]) -> Hole:
    """A hole with such contents."""
    written = Kept(write)
    return lambda _, held: written[held]


@lru_cache(maxsize=MAX_HOLES)
def number(place: int) -> str:
    return chr(_FIRST + place // 64) + chr(_FIRST + place % 64)


@lru_cache(maxsize=MAX_HOLES)
def _key(place: int) -> bytes:
    return number(place).encode()


def numbered(holes: Sequence[Hole]) -> dict[bytes, Hole]:
    return {_key(place): hole for place, hole in enumerate(holes)}


def filled(text: bytes, holes: Mapping[bytes, Hole], filling: Filling) -> bytes:
    """The text with JSON in the place of its holes, which are filled in their order."""
    parts = text.split(b"\x01")
    parts[1::2] = [holes[part[:2]](filling, part[2:]) for part in parts[1::2]]
    return b"".join(parts)


def uuid_of(text: bytes) -> UUID:
    return UUID(bytes=unhexlify(text))
