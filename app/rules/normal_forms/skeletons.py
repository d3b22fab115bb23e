"""Skeletons: spellings that look alike become one (UTS 39, section 4)."""

from functools import cache
from unicodedata import category, normalize

from confusable_homoglyphs.confusables import confusables_data

from app.rules.normal_forms.text import folded

# The library marks right-to-left prototypes with this character, which is no part of them.
_LEFT_TO_RIGHT_MARK = "\u200e"


def skeleton(text: str) -> str:
    """The case-folded skeleton of `text`: equal for texts that look alike. Not for display."""
    visible = text if text.isascii() else _visible(text)
    return folded(normalize("NFD", visible.translate(_prototypes())))


def _visible(text: str) -> str:
    return "".join(char for char in normalize("NFD", text) if char.isascii() or category(char) != "Cf")


@cache
def _prototypes() -> dict[int, str]:
    """Every character that looks like another, with the one that stands for all of them.

    The library lists look-alikes both ways round. Those of one prototype form a star, so the prototype is the
    neighbour with most neighbours; between two, the longer (only a prototype can be a sequence), then ASCII.
    """
    table = {}
    for source, found in confusables_data.items():
        char = source.strip(_LEFT_TO_RIGHT_MARK)
        if len(char) != 1:
            continue
        hub = max((source, *(each["c"] for each in found)), key=_standing)
        table[ord(char)] = hub.strip(_LEFT_TO_RIGHT_MARK)
    return table


def _standing(node: str) -> tuple[int, int, bool, str]:
    text = node.strip(_LEFT_TO_RIGHT_MARK)
    return len(confusables_data[node]), len(text), text.isascii(), text
