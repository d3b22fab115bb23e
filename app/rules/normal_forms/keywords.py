"""Keywords: folded words and phrases in a language."""

import re
from typing import Final
from unicodedata import category, name

from ...errors import Refusal
from ..signal_types import SignalType
from .forms import Canonical, Hints, MatchKey
from .refusals import refuse
from .skeletons import skeleton
from .text import NAME_LIMIT, check_no_control, check_text, folded

# Code points of the canonical form: a word or a phrase. Longer text is a conversation, which is never shared.
KEYWORD_LIMIT: Final = 256

# Letters of these scripts come in words; fewer than three of them match almost any text.
_SHORT_LIMIT: Final = 3
_SHORT_SCRIPTS: Final = ("LATIN ", "GREEK ", "CYRILLIC ")

# What is written instead of a letter. `1`, `!` and `|` stand for i as well as for l, so these meet.
_LEET: Final = str.maketrans("013457@$!|i", "oleastaslll")

# RFC 5646, section 2.1 without the irregular tags: language, script, region, variants, extensions, private use.
_LANGUAGE = re.compile(
    r"(?P<language>[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?P<rest>(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?)"
)
LANGUAGE_LIMIT: Final = 64
# Codes that the registry replaced.
_REPLACED: Final = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro"}


def canonical(type: SignalType, raw: str, hints: Hints) -> Canonical:
    """May be empty, which `admit` refuses: nothing matches it."""
    language = language_tag(hints.language)
    check_text(raw, NAME_LIMIT)
    word = " ".join(folded(raw).split())
    check_no_control(word)
    if len(word) > KEYWORD_LIMIT:
        raise refuse(Refusal.TOO_LONG)
    return Canonical(type, word, language)


def admit(form: Canonical, hints: Hints) -> None:
    if not form.value:
        raise refuse(Refusal.EMPTY)
    visible = [char for char in form.value if not char.isspace() and category(char)[0] not in "CM"]
    if len(visible) < _SHORT_LIMIT and all(map(_is_alphabetic_or_ascii, visible)):
        raise refuse(Refusal.SHORT_KEYWORD)


def match_keys(form: Canonical) -> tuple[MatchKey, ...]:
    """One key for all languages: look-alikes are used across them."""
    key = skeleton(form.value.translate(_LEET)).translate(_LEET)
    return (MatchKey("KEYWORD_SKELETON", key),) if key else ()


def language_tag(hint: str | None) -> str:
    """A BCP 47 tag in its usual case (`pt-BR`, `zh-Hant`); `und` where none is given.

    Raises: InvalidInput if it is not well-formed.
    """
    if hint is None:
        return "und"
    check_text(hint, limit=LANGUAGE_LIMIT, field="language")
    found = _LANGUAGE.fullmatch(hint.strip().replace("_", "-").lower()) if hint.isascii() else None
    if found is None:
        raise refuse(Refusal.UNKNOWN_LANGUAGE, "language")
    language = _REPLACED.get(found["language"], found["language"])
    parts = (language, (found["script"] or "").title(), (found["region"] or "").upper())
    return "-".join(part for part in parts if part) + found["rest"]


def _is_alphabetic_or_ascii(char: str) -> bool:
    return char.isascii() or name(char, "").startswith(_SHORT_SCRIPTS)
