"""What makes an import the same one again, and how a changed file is noticed without reading it once more."""

import hashlib
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from ..errors import Misconfigured
from ..reading.formats import Source

# Bytes at the beginning and at the end of a file that are looked at beside its size and time.
_ENDS = 65_536


@dataclass(frozen=True, slots=True)
class FileState:
    """As it was when its import began. Whoever changes a file without this changing means to deceive himself."""

    size: int
    modified_ns: int
    # Keyed, as the ends of a short file are its values.
    ends: bytes

    @classmethod
    def of(cls, path: Path, key: bytes) -> "FileState":
        """Raises: OSError."""
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            ends = hashlib.blake2b(file.read(_ENDS), key=key, digest_size=32)
            file.seek(max(0, found.st_size - _ENDS))
            ends.update(file.read(_ENDS))
        return cls(found.st_size, found.st_mtime_ns, ends.digest())


def name_of(url: str, client_id: str, source: Source) -> str:
    """The name of the journal: another exchange, client, file, format, mapping or default is another import.

    Raises: Misconfigured for a file whose own name cannot be kept.
    """
    told = {
        "url": url,
        "client": client_id,
        "path": _text_of(source.path),
        "format": source.format,
        "instructions": asdict(source.instructions),
    }
    said = orjson.dumps(told, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=_plain)
    return hashlib.sha256(said).hexdigest()[:32]


def _text_of(path: Path) -> str:
    """Raises: Misconfigured."""
    text = str(path.resolve())
    if not text.isascii() and text.encode(errors="ignore").decode() != text:
        raise Misconfigured("The name of this file, or of a directory above it, is not UTF-8: rename it.")
    return text


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(value)
    return repr(value)
