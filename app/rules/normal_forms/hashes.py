"""Hashes of files and pictures: lower-case hexadecimal digits of exactly the type's length."""

import re
from typing import Final

from ...errors import Refusal
from ..signal_types import SignalType
from .forms import Canonical, Hints, MatchKey
from .refusals import refuse
from .text import trimmed_ascii

_DIGITS: Final = {
    SignalType.HASH_MD5: re.compile(r"[0-9a-fA-F]{32}"),
    SignalType.HASH_SHA1: re.compile(r"[0-9a-fA-F]{40}"),
    SignalType.HASH_SHA256: re.compile(r"[0-9a-fA-F]{64}"),
    SignalType.HASH_PDQ: re.compile(r"[0-9a-fA-F]{64}"),
}

# MD5, SHA-1 and SHA-256 of no bytes at all.
_OF_NOTHING: Final = frozenset(
    {
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }
)

# Of 100. Below it PDQ says little about a picture. Source: README of the PDQ reference implementation.
PDQ_MIN_QUALITY: Final = 50

# RFC 6838, section 4.2: two restricted names of at most 127 characters each.
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")


def canonical(type: SignalType, raw: str, hints: Hints) -> Canonical:
    text = trimmed_ascii(raw)
    if not _DIGITS[type].fullmatch(text):
        raise refuse(Refusal.NOT_A_HASH)
    return Canonical(type, text.lower())


def admit(form: Canonical, hints: Hints) -> None:
    if form.value in _OF_NOTHING:
        raise refuse(Refusal.HASH_OF_NOTHING)
    if form.value == form.value[0] * len(form.value):
        raise refuse(Refusal.DEGENERATE_HASH)
    if hints.quality is not None:
        _admit_quality(form.type, hints.quality)


def check_media_type(media_type: str) -> None:
    """Raises: InvalidInput unless it has the form of one; it may be of any file, hashed or at a URL."""
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise refuse(Refusal.NOT_A_MEDIA_TYPE, "mediaType")


def match_keys(form: Canonical) -> tuple[MatchKey, ...]:
    """None: near-equal pictures are found by `pdq_probes`."""
    return ()


def _admit_quality(type: SignalType, quality: int) -> None:
    if not 0 <= quality <= 100:
        raise refuse(Refusal.NOT_A_QUALITY, "quality")
    if type is SignalType.HASH_PDQ and quality < PDQ_MIN_QUALITY:
        raise refuse(Refusal.LOW_QUALITY, "quality")
