"""The spool: a directory into which programs drop files of lines, each taken into the outbox once and as a whole."""

import hashlib
import os
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Final

from .. import private_files
from ..errors import NotReady
from .outbox import Outbox
from .stopping import Stop

# What is still being written is called so; everything else was renamed into the spool when it was complete.
_UNFINISHED: Final = (".tmp", ".part")
# Where files go that cannot be taken in, as they are, until a person looks after them.
REJECTED: Final = "rejected"
# Bytes of a line. No report or decision is as long; a file that has such a line is something else.
MAX_LINE_BYTES = 1024 * 1024


class _NotLines(ValueError):
    """The file has a line longer than any."""


def take_in(outbox: Outbox, spool: Path, stop: Stop | None = None) -> None:
    """Take in every file that is there, the oldest first, and remove it: all of it is in the outbox then. Once it is to
    stop, those that are left stay where they are.

    Raises: NotReady if the directory does not allow it.
    """
    try:
        for file in _files(private_files.directory(spool)):
            if stop is not None and stop.wished:
                return
            _take_file(outbox, file)
    except OSError as error:
        raise NotReady(f"Files of {spool} cannot be taken away ({type(error).__name__}).") from None


def _files(spool: Path) -> list[Path]:
    found = []
    with os.scandir(spool) as entries:
        for entry in entries:
            is_finished = not entry.name.startswith(".") and not entry.name.endswith(_UNFINISHED)
            if is_finished and entry.is_file(follow_symlinks=False):
                found.append((entry.stat(follow_symlinks=False).st_mtime_ns, entry.name))
    return [spool / name for _, name in sorted(found)]


def _take_file(outbox: Outbox, file: Path) -> None:
    try:
        with file.open("rb") as opened:
            _take_lines(outbox, opened, file.name)
    except _NotLines:
        _reject(outbox, file, "TOO_LONG", f"A line has more than {MAX_LINE_BYTES:,} bytes")
    except FileNotFoundError:
        return  # Whoever dropped it took it back.
    except OSError:
        _reject(outbox, file, "UNREADABLE", "The file cannot be read")
    else:
        file.unlink(missing_ok=True)


def _take_lines(outbox: Outbox, opened: BufferedReader, name: str) -> None:
    identity = _identity(opened)
    with outbox.database.writing() as connection:
        # It is there if a run ended after it had been taken in, and before it was removed.
        if connection.execute("SELECT 1 FROM spooled WHERE file = ?", (identity,)).fetchone():
            return
        connection.execute("INSERT INTO spooled (file, at) VALUES (?, ?)", (identity, outbox.clock()))
        connection.executemany(
            "INSERT INTO report (content, source, put_at) VALUES (?, ?, ?)",
            ((line, f"{_shown(name)}:{number}", outbox.clock()) for number, line in _lines(opened)),
        )


def _reject(outbox: Outbox, file: Path, reason: str, why: str) -> None:
    """Keep the file as it is, and say so among what is parked; twice rather than never, if it is killed meanwhile."""
    # A longer name could not take the number.
    place = private_files.directory(file.parent / REJECTED) / f"{file.name[:50]}.{file.lstat().st_ino}"
    now, message = outbox.clock(), f"{why}: nothing of it was taken; it is {place} now."
    with outbox.database.writing() as connection:
        connection.execute(
            "INSERT INTO report (content, source, put_at, parked_at, code, reason, message)"
            " VALUES ('', ?, ?, ?, 'BAD_FILE', ?, ?)",
            (_shown(file.name), now, now, reason, _shown(message)),
        )
    os.replace(file, place)


def _shown(name: str) -> str:
    """The name of a file is bytes; those that are no text are told as they are written in Python."""
    return name.encode(errors="backslashreplace").decode()


def _identity(opened: BufferedReader) -> bytes:
    """Of this very file: another with the same name and content is another, which says the same once more."""
    about = os.fstat(opened.fileno())
    digest = hashlib.file_digest(opened, "sha256")
    digest.update(f"{about.st_dev} {about.st_ino} {about.st_mtime_ns}".encode())
    return digest.digest()


def _lines(opened: BufferedReader) -> Iterator[tuple[int, bytes]]:
    opened.seek(0)
    number = 0
    while line := opened.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise _NotLines
        if stripped := line.strip():
            yield number, stripped
