"""The file of rejected rows: as they stood in the source, with what is wrong, to be mended and imported in its turn."""

import csv
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TextIO

import orjson

from ..errors import Misconfigured
from ..reading.formats import Format, Source
from ..reading.json_lines import PROBLEM
from .errors import Unwritable
from .journal import Journal, RejectedRow

# What reading passes over when the file is imported in its turn.
COLUMNS: Final = ("problem_code", "problem_field", "problem_message")
# Only if there are lines that could not be taken apart; never a column of their own file, so that no such line can be
# taken for a value.
LINE: Final = "problem_line"
_AGAIN: Final = re.compile(r"\.rejected(-[0-9]+)?$")


def write(source: Source, journal: Journal, asked: Path | None) -> Path | None:
    """Write all rejected rows of the journal at once; None if there are none. Doing it again gives the same file.

    Raises: Unwritable; Misconfigured if the file that was asked for is another's.
    """
    if next(journal.rejected(), None) is None:
        return None
    path = journal.rejected_path
    if path is None:
        path = checked(asked) if asked else free(source)
        journal.choose_rejected_path(path)
    try:
        _replace(path, lambda file: _written(source, journal.rejected, file))
    except OSError as error:
        raise Unwritable(
            f"{path}: the rejected rows cannot be written ({error.strerror}). They are kept: make room, and run the "
            "same command again."
        ) from None
    return path


def checked(path: Path) -> Path:
    """Raises: Misconfigured."""
    if path.exists():
        raise Misconfigured(f"{path} is there already, and may hold rows that somebody mends: name another file.")
    return path.absolute()


def free(source: Source) -> Path:
    """Beside the source; a number is added where there is such a file."""
    suffix = "csv" if source.columns else "jsonl"
    name = source.path.name.removesuffix(".gz")
    # What is mended was itself such a file.
    stem = _AGAIN.sub("", name.rpartition(".")[0] or name)
    names = (f"{stem}.rejected{f'-{number}' if number > 1 else ''}.{suffix}" for number in range(1, 1_000_000))
    return next(path for name in names if not (path := source.path.absolute().with_name(name)).exists())


def _replace(path: Path, fill: Callable[[TextIO], None]) -> None:
    """With mode 0600, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _written(source: Source, rows: Callable[[], Iterator[RejectedRow]], file: TextIO) -> None:
    if source.columns:
        _write_csv(source, rows, file)
    else:
        # A line of a plain list is all value; any other is none, and must not be taken for one.
        file.writelines(_json_lines(rows(), "value" if source.format is Format.PLAIN else "line"))


def _write_csv(source: Source, rows: Callable[[], Iterator[RejectedRow]], file: TextIO) -> None:
    columns = [column for column in source.columns if column not in (*COLUMNS, LINE)] + list(COLUMNS)
    if any(isinstance(row.original, str) for row in rows()):
        columns.append(LINE)
    written = csv.DictWriter(file, columns, delimiter=source.delimiter, extrasaction="ignore", lineterminator="\n")
    written.writeheader()
    for row in rows():
        said: dict[str, Any] = {LINE: row.original} if isinstance(row.original, str) else dict(row.original or {})
        told = dict(zip(COLUMNS, (row.code, row.field, row.message), strict=True))
        written.writerow(said | told)


def _json_lines(rows: Iterable[RejectedRow], key: str) -> Iterator[str]:
    for row in rows:
        said = {key: row.original} if isinstance(row.original, str) else dict(row.original or {})
        told = {"code": row.code, "field": row.field, "message": row.message, "row": row.place.number}
        yield orjson.dumps(said | {PROBLEM: told}).decode() + "\n"
