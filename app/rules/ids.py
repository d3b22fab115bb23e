"""Ids as clients see them: a prefix that tells the noun, and a random UUID that tells nothing (R3)."""

import re
from enum import StrEnum
from uuid import UUID

# Only the one spelling that `shown` writes: another would make two ids of one object.
_DIGITS = re.compile(r"[0-9a-f]{32}")


class Prefix(StrEnum):
    """Three letters in front of every id, by noun."""

    PARTICIPANT = "par"
    GROUP = "grp"
    CLIENT = "cli"
    PERSON = "per"
    SIGN_IN = "sin"
    SIGNAL = "sig"
    CONTRIBUTION = "con"
    LINK = "lnk"
    FEEDBACK = "fdb"
    CASE = "cas"
    NOTE = "not"
    EVENT = "evt"
    ACCESS_RECORD = "acc"
    VICTIM_REPORT = "vic"


def shown(prefix: Prefix, id: UUID) -> str:
    return f"{prefix}_{id.hex}"


def read(prefix: Prefix, text: str) -> UUID | None:
    """The UUID of an id with this prefix; null for any other text, which then stands for nothing that exists."""
    noun, _, digits = text.partition("_")
    return _uuid(digits) if noun == prefix else None


# Random ids are never zero, so this one is of nothing.
NOTHING = UUID(int=0)


def read_or_nothing(prefix: Prefix, text: str) -> UUID:
    """As `read`, but with an id that nothing has in place of null: whoever names it meets the same checks in the same
    order as with an id of something hidden, and then does not find it (R3)."""
    return read(prefix, text) or NOTHING


def noun_of(text: str) -> tuple[Prefix, UUID] | None:
    """The noun and UUID of any id; null where the text is none."""
    noun, _, digits = text.partition("_")
    uuid = _uuid(digits)
    return (Prefix(noun), uuid) if uuid and noun in set(Prefix) else None


def _uuid(digits: str) -> UUID | None:
    return UUID(int=int(digits, 16)) if _DIGITS.fullmatch(digits) else None
