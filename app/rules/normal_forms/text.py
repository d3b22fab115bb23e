"""How text is read before any type looks at it: bounds, characters that never count, and folding."""

import re
from typing import Final
from unicodedata import normalize

from ...errors import Refusal
from .refusals import refuse

# Code points of a raw value; a longer one is refused before anything reads it.
RAW_LIMIT: Final = 8192

# Code points of a raw name or word, four times the canonical limit: ordering combining marks takes quadratic time.
NAME_LIMIT: Final = 1024

# Code points of a platform or a scheme.
QUALIFIER_LIMIT: Final = 64

# Folding settles in at most two rounds for every code point and every tested combination.
_FOLDING_ROUNDS: Final = 8

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ASCII_SPACE: Final = " \t\n\r\f\v"


def check_text(raw: str, limit: int = RAW_LIMIT, field: str = "value") -> None:
    """Raises: InvalidInput for what is too long to look at, or not Unicode text (half a surrogate pair)."""
    if len(raw) > limit:
        raise refuse(Refusal.TOO_LONG, field)
    if not raw.isascii():
        try:
            raw.encode()
        except UnicodeEncodeError:
            raise refuse(Refusal.NOT_UNICODE, field) from None


def check_no_control(text: str, field: str = "value") -> None:
    """Raises: InvalidInput if `text` holds a control character, a NUL among them."""
    # Printable texts hold none, and are told apart ten times as fast.
    if not text.isprintable() and _CONTROL.search(text):
        raise refuse(Refusal.CONTROL_CHARACTER, field)


def trimmed_ascii(raw: str) -> str:
    return raw.strip(_ASCII_SPACE)


def folded(text: str) -> str:
    """NFKC(casefold(NFKC)), repeated until it changes nothing, so that folding twice is folding once."""
    if text.isascii():
        return text.lower()
    for _ in range(_FOLDING_ROUNDS):
        before, text = text, normalize("NFKC", normalize("NFKC", text).casefold())
        if text == before:
            break
    return text


def read_qualifier(raw: str | None, field: str, missing: Refusal, advice: str = "") -> str:
    """A platform or a scheme, trimmed and folded.

    Raises: InvalidInput if it is absent (with `advice`), empty, over `QUALIFIER_LIMIT` code points or not clean text.
    """
    if raw is None:
        raise refuse(missing, field, advice)
    check_text(raw, limit=4 * QUALIFIER_LIMIT, field=field)
    text = " ".join(folded(raw).split())
    check_no_control(text, field)
    if not text:
        raise refuse(missing, field, advice)
    if len(text) > QUALIFIER_LIMIT:
        raise refuse(Refusal.TOO_LONG, field)
    return text
