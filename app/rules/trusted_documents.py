"""Trusted documents: what each is known by, and what becomes of those that are registered and retired."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

# As the appendix "Persisted Documents" of GraphQL over HTTP has it; other kinds of ids are not given out.
_ID = re.compile(r"sha256:[0-9a-f]{64}")


class RetireOutcome(StrEnum):
    RETIRED = "RETIRED"
    NOT_FOUND = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A document that could run and holds no value."""

    document_id: str
    text: str = field(repr=False)
    operation_names: tuple[str, ...]


def id_of(text: str) -> str:
    """A plain hash, as clients compute it: a trusted document holds no value that it could tell of."""
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None
