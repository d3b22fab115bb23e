"""Free text that people write: names, notes, contexts, purposes."""

import re

from ..errors import InvalidInput, Refusal

# Control characters but for line breaks and tabs, and lone surrogates: the database cannot keep NUL, and nobody can
# read the others.
_REFUSED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def checked(text: str, field: str, *, max_length: int, min_length: int = 1) -> str:
    """The text without white space at its ends.

    Raises: InvalidInput if it has control characters, or not `min_length` to `max_length` characters.
    """
    if len(text) > max_length:
        raise InvalidInput(f"This text is longer than {max_length:,} characters.", field=field, reason=Refusal.TOO_LONG)
    stripped = text.strip()
    if not stripped:
        raise InvalidInput("This text is empty.", field=field, reason=Refusal.EMPTY)
    if len(stripped) < min_length:
        raise InvalidInput(f"This text is shorter than {min_length} characters.", field=field, reason=Refusal.TOO_SHORT)
    if _REFUSED.search(stripped):
        raise InvalidInput(
            "This text holds a control character or half of a character.", field=field, reason=Refusal.CONTROL_CHARACTER
        )
    return stripped


def checked_optional(text: str | None, field: str, *, max_length: int) -> str | None:
    return None if text is None else checked(text, field, max_length=max_length)
