"""Files that participants might have, and what is read out of them."""

import gzip
from pathlib import Path
from typing import Any

from app.client.reading.defaults import Defaults
from app.client.reading.formats import Source, open_source
from app.client.reading.rows import Draft, Item, SourceRow

# What a file says nothing of.
LABELS = Defaults.of({"violations": "SEXTORTION_FINANCIAL", "severity": "MEDIUM", "confidence": 50})


def written(path: Path, content: str | bytes) -> Path:
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def source(path: Path, content: str | bytes, **asked: Any) -> Source:
    return open_source(written(path, content), **{"defaults": LABELS, **asked})


def items(path: Path, content: str | bytes, **asked: Any) -> list[Item]:
    return list(source(path, content, **asked).rows())


def drafts(found: list[Item]) -> list[Draft]:
    return [item.draft for item in found if isinstance(item, SourceRow) and item.draft]


def codes(found: list[Item]) -> list[str | None]:
    """The code of each row's problem, None for drafts."""
    return [item.problem and item.problem.code for item in found if isinstance(item, SourceRow)]
