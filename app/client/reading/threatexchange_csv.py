"""Descriptors of ThreatExchange as CSV, by the names of its API, and of the files that its pages give and take."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

from . import csv_rows
from .drafting import Instructions, draft_of, translated
from .handlings import fitted, marked
from .mapping import REF
from .problems import Trouble, bad
from .rows import Draft, Item, Place

# By field, what its columns are called. `tags`, `status` and `privacy` are no fields of ours.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "value": ("td_raw_indicator", "raw_indicator", "indicator"),
    "type": ("td_indicator_type", "indicator_type", "type"),
    "context": ("td_description", "description"),
    "severity": ("td_severity", "severity"),
    "confidence": ("td_confidence", "confidence"),
    "handling": ("td_share_level", "share_level"),
    "review_status": ("td_review_status", "review_status"),
    "observed_at": ("td_last_active", "last_active"),
    "expires_at": ("td_expire_time", "expire_time", "expired_on"),
    "status": ("td_status", "status"),
    "privacy": ("td_visibility", "privacy_type"),
    "tags": ("td_subjective_tags", "tags"),
    REF: ("td_id", "id"),
}

_TYPES: Final[Mapping[str, str]] = {
    "URI": "URL",
    "HASH_VIDEO_MD5": "HASH_MD5",
    **{
        type: type
        for type in ("DOMAIN", "EMAIL_ADDRESS", "IP_ADDRESS", "HASH_MD5", "HASH_SHA1", "HASH_SHA256", "HASH_PDQ")
    },
}

# IMMINENT_HARM takes the urgent lane, so only a person says it; what is UNKNOWN says nothing.
_SEVERITIES: Final[Mapping[str, str | None]] = {
    "UNKNOWN": None,
    "INFO": "INFO",
    "WARNING": "LOW",
    "SUSPICIOUS": "MEDIUM",
    "SEVERE": "HIGH",
    "APOCALYPSE": "HIGH",
}


def read(file: BinaryIO, instructions: Instructions, start: Place | None) -> Iterator[Item]:
    return csv_rows.rows(file, csv_rows.read_header(file, fields), start, lambda said: _draft(said, instructions))


def fields(columns: tuple[str, ...]) -> dict[int, str]:
    """Which field each column says. Raises: UnreadableFile."""
    found = {}
    for field, names in COLUMNS.items():
        present = next((name for name in names if name in columns), None)
        if present:
            found[columns.index(present)] = field
    csv_rows.require({"value", "type", "status"}, found, "td_raw_indicator, td_indicator_type and td_status")
    return found


def _draft(said: dict[str, Any], instructions: Instructions) -> Draft:
    """Raises: BadRow."""
    if _word(said.pop("status", None)) == "NON_MALICIOUS":
        raise bad(Trouble.NON_MALICIOUS)
    privacy = _word(said.pop("privacy", None))
    if privacy not in ("", "VISIBLE") and "audience_groups" not in instructions.defaults.fields:
        raise bad(Trouble.AUDIENCE_REQUIRED, "audienceGroups")
    type = _TYPES.get(_word(said.get("type")))
    if type is None:
        raise bad(Trouble.UNSUPPORTED_TYPE, "type")
    tags = re.split(r"[,;|]", said.pop("tags", None) or "")
    return draft_of(
        {
            **said,
            "type": type,
            "violations": translated("violations", tags, instructions),
            "severity": _severity(said.get("severity")),
            "confidence": _confidence(said.get("confidence")),
            "handling": fitted(_handling(said.get("handling")), type),
            "review_status": None if _word(said.get("review_status")) == "UNKNOWN" else said.get("review_status"),
        },
        instructions,
    )


def _word(said: str | None) -> str:
    return (said or "").strip().upper()


def _severity(said: str | None) -> str | None:
    if said is None:
        return None
    if _word(said) not in _SEVERITIES:
        raise bad(Trouble.UNKNOWN_WORD, "severity")
    return _SEVERITIES[_word(said)]


def _confidence(said: str | None) -> str | None:
    """0 and 100 are what a clue never is."""
    return {"0": "1", "100": "99"}.get(said.strip(), said) if said else None


def _handling(said: str | None) -> str | None:
    """Raises: BadRow, as a share level that is not understood may be a strict one."""
    found = marked(said) if said else None
    if said and found is None:
        raise bad(Trouble.UNKNOWN_WORD, "handling")
    return found
