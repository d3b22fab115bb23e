"""Which format a file is in, and its rows, from the beginning or from where an import stopped."""

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import dropwhile
from pathlib import Path
from typing import BinaryIO, Final, cast

from . import csv_rows, json_lines, misp_event, misp_warninglist, plain_list, stix_bundle, threatexchange_csv
from .defaults import Defaults, Options, UnusableInstruction
from .drafting import REQUIRED, Instructions, standing_defaults
from .lines import BYTE_ORDER_MARK
from .mapping import ColumnMapping
from .rows import Item, Place, UnreadableFile

_GZIP: Final = b"\x1f\x8b"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")

# Bytes at the beginning of a file, as unpacked, by which formats are told apart.
_HEAD: Final = 4096


class Format(StrEnum):
    CSV = "csv"
    JSON_LINES = "jsonl"
    PLAIN = "plain"
    MALTRAIL = "maltrail"
    STIX = "stix"
    MISP = "misp"
    WARNING_LIST = "misp-warninglist"
    WARNING_LIST_VALUES = "misp-warninglist-values"
    THREATEXCHANGE = "threatexchange-csv"


_Reader = Callable[[BinaryIO, Instructions, Place | None], Iterator[Item]]

_READERS: Final[Mapping[Format, _Reader]] = {
    Format.CSV: csv_rows.read,
    Format.JSON_LINES: json_lines.read,
    Format.PLAIN: plain_list.read,
    Format.MALTRAIL: plain_list.read_maltrail,
    Format.STIX: stix_bundle.read,
    Format.MISP: misp_event.read,
    Format.WARNING_LIST: misp_warninglist.read,
    Format.WARNING_LIST_VALUES: misp_warninglist.read_values,
    Format.THREATEXCHANGE: threatexchange_csv.read,
}

_BY_EXTENSION: Final[Mapping[str, Format]] = {
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".jsonl": Format.JSON_LINES,
    ".ndjson": Format.JSON_LINES,
    ".txt": Format.PLAIN,
    ".list": Format.PLAIN,
}

# What tells JSON documents apart: a key that only one kind of them has, near its beginning.
_KEYS: Final[tuple[tuple[bytes, Format], ...]] = (
    (b'"spec_version"', Format.STIX),
    (b'"bundle"', Format.STIX),
    (b'"objects"', Format.STIX),
    (b'"Event"', Format.MISP),
    (b'"Attribute"', Format.MISP),
    (b'"matching_attributes"', Format.WARNING_LIST),
    (b'"list"', Format.WARNING_LIST),
)


# What the exchange needs and files of a format never say. A mapping may find violations in labels and tags.
_UNSAID: Final[Mapping[Format, tuple[str, ...]]] = {
    Format.PLAIN: ("violations", "severity", "confidence"),
    Format.MALTRAIL: ("violations", "severity", "confidence"),
    Format.STIX: ("violations", "severity"),
    Format.MISP: ("violations", "severity", "confidence"),
    Format.WARNING_LIST_VALUES: ("violations", "severity", "confidence"),
    Format.THREATEXCHANGE: ("violations",),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be read, as often as wanted."""

    path: Path
    format: Format
    instructions: Instructions
    # Of CSV: the columns, what separates them, and those from which nothing is taken.
    columns: tuple[str, ...] = ()
    delimiter: str = ","
    unread_columns: tuple[str, ...] = ()

    def rows(self, after: Place | None = None) -> Iterator[Item]:
        """What stands in the file in its order, or what comes after the item of that place.

        Raises: UnreadableFile, also after items that could be read; OSError.
        """
        with _unpacked(self.path) as file:
            items = _READERS[self.format](file, self.instructions, after)
            yield from items if after is None else dropwhile(lambda item: item.place <= after, items)


def open_source(
    path: Path,
    format: Format | None = None,
    defaults: Defaults | None = None,
    mapping: ColumnMapping | None = None,
    options: Options | None = None,
) -> Source:
    """Recognise a file and check that it can be read as asked.

    Raises: UnreadableFile; UnusableInstruction; OSError.
    """
    standing = standing_defaults(defaults or Defaults(), mapping)
    instructions = Instructions(standing, mapping, options or Options())
    with _unpacked(path) as file:
        head = file.read(_HEAD)
        if head.startswith(_UTF_16):
            raise UnreadableFile("This file is UTF-16 text: save it as UTF-8.")
        format = format or _recognised(path, head)
        if format is Format.JSON_LINES:
            _check_json_lines(head)
        header = _header(file, format, instructions)
    _check_said(format, header, instructions)
    if header is None:
        return Source(path, format, instructions)
    return Source(path, format, instructions, header.columns, header.delimiter, header.unread)


def _header(file: BinaryIO, format: Format, instructions: Instructions) -> csv_rows.Header | None:
    if format is Format.THREATEXCHANGE:
        return csv_rows.read_header(file, threatexchange_csv.fields)
    if format is Format.CSV:
        return csv_rows.read_header(file, lambda columns: csv_rows.fields_named(columns, instructions))
    return None


def _check_said(format: Format, header: csv_rows.Header | None, instructions: Instructions) -> None:
    """Else every row would have the same problem. Raises: UnusableInstruction."""
    unsaid: tuple[str, ...] = _UNSAID.get(format, ())
    if header and format is Format.CSV:
        unsaid = tuple(field for field in REQUIRED if field not in header.fields.values())
    if instructions.mapping and instructions.mapping.words.get("violations"):
        unsaid = tuple(field for field in unsaid if field != "violations")
    missing = [field for field in unsaid if field not in instructions.defaults.fields]
    if missing:
        raise UnusableInstruction(
            f"This file does not say {', '.join(missing)} of its rows: give a default, by an option "
            "or among the `values` of a mapping."
        )


def _recognised(path: Path, head: bytes) -> Format:
    """By the name of the file, and where that leaves a choice by its first bytes.

    Raises: UnusableInstruction if neither tells.
    """
    extension = next((one for one in reversed(path.suffixes) if one.lower() != ".gz"), "").lower()
    found = _BY_EXTENSION.get(extension)
    if found is Format.PLAIN and b"Maltrail" in head:
        return Format.MALTRAIL
    if found is Format.CSV and b"td_raw_indicator" in head.partition(b"\n")[0]:
        return Format.THREATEXCHANGE
    if extension in (".json", ".stix") or (found is None and head.lstrip()[:1] in (b"{", b"[")):
        found = next((format for key, format in _KEYS if key in head), None)
    if found is None:
        raise UnusableInstruction(f"Name the format of this file: {', '.join(Format)}.")
    return found


def _check_json_lines(head: bytes) -> None:
    """A document of another kind would else be a problem for each of its lines."""
    first = head.removeprefix(BYTE_ORDER_MARK).lstrip()[:1]
    if first not in (b"", b"{"):
        raise UnreadableFile("Line 1: expected a JSON object on each line, beginning with `{`.")


@contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO]:
    """Raises: UnreadableFile if it ends early or is damaged."""
    with path.open("rb") as packed:
        is_packed = packed.read(len(_GZIP)) == _GZIP
        packed.seek(0)
        try:
            yield cast(BinaryIO, gzip.GzipFile(fileobj=packed)) if is_packed else packed
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise UnreadableFile("The compressed file is damaged, or ends before its time: fetch it again.") from None
