"""The rows; `metadata` knows all tables."""

from app.store.tables import (
    case,
    contribution,
    feed,
    feedback,
    key_check,
    key_use,
    link,
    participant,
    person,
    record,
    signal,
)
from app.store.tables.row import metadata

__all__ = [
    "case",
    "contribution",
    "feed",
    "feedback",
    "key_check",
    "key_use",
    "link",
    "metadata",
    "participant",
    "person",
    "record",
    "signal",
]
