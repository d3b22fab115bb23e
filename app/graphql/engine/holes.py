"""Holes in the text that a statement answers, filled in Python with what the database cannot know or compute.

A hole is its number between two U+0001, then what it is made of, and a third. JSON writes control characters of texts
as escapes, so no text can make a hole of its own, and none stands in another.
"""

from binascii import unhexlify
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeVar
from uuid import UUID

import orjson

from app.graphql.context import Context
from app.rules.keyring import Keyring
from app.rules.normal_forms import Canonical
from app.rules.sealing import opener
from app.rules.signal_types import SignalType
from app.services.match_keys import MatchTagger

T = TypeVar("T")

EDGE: Final = "\x01"
BETWEEN: Final = b"\x1f"
# By how the database writes them.
_TYPES: Final = {orjson.dumps(one): one for one in SignalType}
# In one statement.
MAX_HOLES: Final = 4_096


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
    # By what changes them, sealed texts and what became of them: the same signal often stands in an answer many times.
    changed: dict[tuple[Any, bytes], bytes] = field(default_factory=dict)
    _sealed: bytes = b""
    _opened: str = ""
    _held: bytes = b""
    _form: tuple[Canonical, int] | None = None
    _open: Callable[[bytes], str] = field(init=False)

    def __post_init__(self) -> None:
        self._open = opener(self.keyring)

    def opened(self, sealed: bytes) -> str:
        """A sealed text behind the id that it is bound to, in hexadecimal; often asked for twice in a row."""
        if sealed != self._sealed:
            self._opened = self._open(unhexlify(sealed))
            self._sealed = sealed
        return self._opened

    def form(self, held: bytes) -> tuple[Canonical, int]:
        """The canonical form of a signal, and its version, from the sealed value, type, qualifier and version; often
        asked for twice in a row, for tags of different kinds."""
        if self._form is None or held != self._held:
            sealed, type_, qualifier, normaliser = held.split(BETWEEN)
            form = Canonical(_TYPES[type_], self.opened(sealed), orjson.loads(qualifier))
            self._held, self._form = held, (form, int(normaliser))
        return self._form


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


def numbered(holes: Sequence[Hole]) -> dict[bytes, Hole]:
    return {b"%d" % place: hole for place, hole in enumerate(holes)}


def filled(text: bytes, holes: Mapping[bytes, Hole], filling: Filling) -> bytes:
    """The text with JSON in the place of its holes, which are filled in their order."""
    parts = text.split(b"\x01")
    numbers, contents = parts[1::3], parts[2::3]
    parts[1::3] = [holes[number](filling, held) for number, held in zip(numbers, contents, strict=True)]
    del parts[2::3]
    return b"".join(parts)


def uuid_of(text: bytes) -> UUID:
    return UUID(bytes=unhexlify(text))
