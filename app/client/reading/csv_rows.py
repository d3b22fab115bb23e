"""CSV with a header, separated by commas, semicolons or tabs."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from ...errors import Refusal
from .defaults import FIELD_NAMES
from .drafting import Instructions, draft_of
from .lines import LINE_LIMIT, Line, lines
from .mapping import REF
from .problems import BadRow, Trouble, bad, problem
from .rows import Draft, Item, Place, RowProblem, SourceRow, UnreadableFile

DELIMITERS: Final = ",;\t"


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a file, where they end, and which field each of them says."""

    columns: tuple[str, ...]
    delimiter: str
    after: Place
    # By the number of the column, from 0; `ref` among the fields.
    fields: Mapping[int, str]

    @property
    def unread(self) -> tuple[str, ...]:
        """Columns from which nothing is taken."""
        return tuple(name for index, name in enumerate(self.columns) if index not in self.fields)


def read_header(file: BinaryIO, fields: Callable[[tuple[str, ...]], Mapping[int, str]]) -> Header:
    """`fields` says which field each column says.

    Raises: UnreadableFile.
    """
    records = _Records(lines(file))
    delimiter = _delimiter(file)
    try:
        names = next(csv.reader(records, strict=True, delimiter=delimiter), None)
    except (csv.Error, BadRow):
        names = None
    if names is None or records.last is None:
        raise UnreadableFile("Line 1: expected the names of the columns, as UTF-8 text.")
    columns = tuple(name.strip() for name in names)
    if len(set(columns)) != len(columns):
        raise UnreadableFile("Line 1: expected the names of the columns, each of them once.")
    after = Place(records.last.number + 1, records.last.end)
    return Header(columns, delimiter, after, fields(columns))


def _delimiter(file: BinaryIO) -> str:
    """The one that stands most often in the header, outside quotes."""
    first = next(lines(file), None)
    text = first.data.decode(errors="replace") if first and first.data else ""
    bare = "".join(text.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


def fields_named(columns: tuple[str, ...], instructions: Instructions) -> dict[int, str]:
    """The fields by the mapping, or by their own names. Raises: UnreadableFile."""
    if instructions.mapping is None or not instructions.mapping.columns:
        named = {index: _field(name) for index, name in enumerate(columns)}
        found = {index: field for index, field in named.items() if field}
        require({"value"}, found, "`value`; a mapping can say which column that is")
        return found
    asked = instructions.mapping.columns
    missing = [column for column in asked.values() if column not in columns]
    if missing:
        raise UnreadableFile(f"Line 1: the header has no column `{missing[0]}`, which the mapping names.")
    return {columns.index(column): field for field, column in asked.items()}


def require(needed: set[str], found: Mapping[int, str], names: str) -> None:
    """Raises: UnreadableFile if a field is in no column."""
    if not needed <= set(found.values()):
        raise UnreadableFile(f"Line 1: expected the names of the columns, among them {names}.")


def _field(name: str) -> str | None:
    return REF if name == REF else FIELD_NAMES.get(name)


class _Records:
    """Lines as text for the csv module, and which of them the record came from that it read last."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._lines = source
        self.texts: list[str] = []
        self.first: Line | None = None
        self.last: Line | None = None
        self._size = 0

    def begin(self) -> None:
        self.texts.clear()
        self.first = None
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.last = next(self._lines)
        self.first = self.first or line
        if line.data is None:
            raise bad(Refusal.TOO_LONG)
        self._size += len(line.data)
        self.texts.append(line.data.decode(errors="replace"))
        if self._size > LINE_LIMIT:
            raise bad(Refusal.TOO_LONG)
        try:
            return line.data.decode()
        except UnicodeDecodeError:
            raise bad(Refusal.NOT_UNICODE) from None


def read(file: BinaryIO, instructions: Instructions, start: Place | None) -> Iterator[Item]:
    header = read_header(file, lambda columns: fields_named(columns, instructions))
    return rows(file, header, start, lambda said: draft_of(said, instructions))


def rows(
    file: BinaryIO, header: Header, start: Place | None, draft: Callable[[dict[str, Any]], Draft]
) -> Iterator[Item]:
    """The rows below the header; `draft` makes one of what the columns say, by field, or raises BadRow."""
    records = _Records(lines(file, start or header.after))
    reader = csv.reader(records, strict=True, delimiter=header.delimiter)
    while True:
        records.begin()
        cells: list[str] | None = None
        wrong: RowProblem | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except BadRow as error:
            wrong = error.problem
        except csv.Error:
            wrong = problem(Refusal.MALFORMED)
        # Spreadsheets write rows of nothing but separators where somebody emptied them.
        if records.first is None or (cells is not None and not any(map(str.strip, cells))):
            continue
        yield _row(_Record(records.first.place(), cells, wrong, "".join(records.texts)), header, draft)


@dataclass(frozen=True, slots=True)
class _Record:
    place: Place
    # None if something is wrong with it.
    cells: list[str] | None
    wrong: RowProblem | None
    text: str


def _row(record: _Record, header: Header, draft: Callable[[dict[str, Any]], Draft]) -> SourceRow:
    if record.cells is None:
        return SourceRow(record.place, None, record.wrong, None, record.text.rstrip("\r\n") or None)
    if len(record.cells) != len(header.columns):
        text = record.text.rstrip("\r\n")
        return SourceRow(record.place, None, problem(Trouble.UNEVEN_ROW), None, text)
    original = dict(zip(header.columns, record.cells, strict=True))
    said: dict[str, Any] = {field: record.cells[index] or None for index, field in header.fields.items()}
    ref = said.pop(REF, None)
    try:
        return SourceRow(record.place, draft(said), None, ref, original)
    except BadRow as error:
        return SourceRow(record.place, None, error.problem, ref, original)
