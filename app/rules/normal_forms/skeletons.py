"""Skeletons: spellings that look alike become one (UTS 39, section 4)."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final, TypeAlias
from unicodedata import category, normalize

import orjson

from .text import folded

# The library marks right-to-left prototypes with this character, which is no part of them.
_LEFT_TO_RIGHT_MARK = "\u200e"


def skeleton(text: str) -> str:
    """The case-folded skeleton of `text`: equal for texts that look alike. Not for display."""
    visible = text if text.isascii() else _visible(text)
    return folded(normalize("NFD", visible.translate(_PROTOTYPES)))


def _visible(text: str) -> str:
    return "".join(char for char in normalize("NFD", text) if char.isascii() or category(char) != "Cf")


_LookAlikes: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]


def _prototypes() -> dict[int, str]:
    """Every character that looks like another, with the one that stands for all of them.

    The library lists look-alikes both ways round. Those of one prototype form a star, so the prototype is the
    neighbour with most neighbours; between two, the longer (only a prototype can be a sequence), then ASCII.
    Its own module would keep the whole list in memory, ten times as large.
    """
    listed: _LookAlikes = orjson.loads(files("confusable_homoglyphs").joinpath("confusables.json").read_bytes())
    table = {}
    for source, found in listed.items():
        char = source.strip(_LEFT_TO_RIGHT_MARK)
        if len(char) != 1:
            continue
        hub = max((source, *(each["c"] for each in found)), key=lambda node: _standing(listed, node))
        table[ord(char)] = hub.strip(_LEFT_TO_RIGHT_MARK)
    return table


def _standing(listed: _LookAlikes, node: str) -> tuple[int, int, bool, str]:
    text = node.strip(_LEFT_TO_RIGHT_MARK)
    return len(listed[node]), len(text), text.isascii(), text


_PROTOTYPES: Final = _prototypes()
