"""What a source's marks of the Traffic Light Protocol mean for the handling of a draft."""

from collections.abc import Iterable, Mapping
from typing import Final

from ...rules.signal_types import Level, SignalType, facts

# From the strictest on.
_STRICTNESS: Final = ("RED", "AMBER_STRICT", "AMBER", "GREEN", "CLEAR")

# By the mark in lower case, without `tlp:`. Another name for CLEAR is that of TLP 1.
_MARKS: Final[Mapping[str, str]] = {
    "red": "RED",
    "amber+strict": "AMBER_STRICT",
    "amber": "AMBER",
    "green": "GREEN",
    "clear": "CLEAR",
    "white": "CLEAR",
}


def marked(mark: str) -> str | None:
    """The handling that a mark asks for, such as `tlp:amber+strict`; None if it is no such mark."""
    return _MARKS.get(mark.strip().lower().removeprefix("tlp:"))


def strictest(handlings: Iterable[str | None]) -> str | None:
    given = set(handlings)
    return next((handling for handling in _STRICTNESS if handling in given), None)


def fitted(handling: str | None, type: str | None) -> str | None:
    """What points at a person is never as open as a source may mark it."""
    if handling in ("GREEN", "CLEAR") and type and facts(SignalType(type)).level is Level.PERSON:
        return "AMBER"
    return handling
