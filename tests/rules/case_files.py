"""The shared case files, read where they lie beside the project; tests that need them are skipped without them."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from app.errors import InvalidInput
from app.rules.normal_forms import Hints, canonical
from app.rules.signal_types import SignalType

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"

TYPES = {
    "md5": SignalType.HASH_MD5,
    "sha1": SignalType.HASH_SHA1,
    "sha256": SignalType.HASH_SHA256,
    "pdq": SignalType.HASH_PDQ,
    "email": SignalType.EMAIL_ADDRESS,
    "phone": SignalType.PHONE_NUMBER,
    "ip": SignalType.IP_ADDRESS,
    "payment": SignalType.PAYMENT_HANDLE,
    "username": SignalType.USERNAME,
    "url": SignalType.URL,
    "domain": SignalType.DOMAIN,
    "keyword": SignalType.KEYWORD,
}

Row = dict[str, Any]


def path(name: str) -> Path:
    found = SHARED / name
    if not found.exists():
        pytest.skip(f"the shared case file {name} is not beside this project")
    return found


def rows(name: str) -> list[Row]:
    file = path(name)
    text = gzip.decompress(file.read_bytes()).decode() if file.suffix == ".gz" else file.read_text("utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def hints(row: Row) -> Hints:
    return Hints(
        platform=row.get("platform"), language=row.get("lang"), region=row.get("region"), scheme=row.get("scheme")
    )


def outcome(row: Row) -> str:
    """The canonical form of a row, or `ERROR`."""
    try:
        return canonical(TYPES[row["type"]], row["raw"], hints(row)).value
    except InvalidInput:
        return "ERROR"


def stated(row: Row) -> set[str]:
    """Every outcome that the row calls right."""
    first = "ERROR" if row.get("expected_error") else row.get("expected_normalised", "ERROR")
    return {first, *row.get("also_accept", ())}
