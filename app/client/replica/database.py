"""The file of a replica: its tables, how it is opened, and what is overwritten when something goes."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .. import private_files
from ..errors import NotReady

FILE = "replica.db"
# Raised with every change of the tables; a replica is read anew rather than moved on.
FORMAT = 1
# Seconds that a writer waits for another, and kilobytes of the file that it keeps at hand.
_BUSY_SECONDS = 30
_CACHE_KB = 64 * 1024

# `exact` is what equal values have in common, and `near.key` what nearly equal ones have: see `keys`. The rest of what
# the feed told is JSON. A `sample` is a value in clear with its match tag: it shows whether a key is the right one. The
# first page of a signal gives it its number, which no other signal ever gets.
_TABLES = """
CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), said TEXT NOT NULL) STRICT;
CREATE TABLE signal (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    exact BLOB,
    told TEXT NOT NULL
) STRICT;
CREATE TABLE near (
    key BLOB NOT NULL,
    signal INTEGER NOT NULL REFERENCES signal (number) ON DELETE CASCADE
) STRICT;
CREATE TABLE revealed (
    signal INTEGER PRIMARY KEY REFERENCES signal (number) ON DELETE CASCADE,
    value TEXT NOT NULL,
    record TEXT NOT NULL
) STRICT;
CREATE TABLE sample (
    signal INTEGER PRIMARY KEY REFERENCES signal (number) ON DELETE CASCADE,
    tag BLOB NOT NULL,
    normaliser INTEGER NOT NULL
) STRICT;
CREATE VIEW shared AS SELECT
    id, type, told ->> 'level' AS level, told ->> 'qualifier' AS qualifier, told ->> 'maskedValue' AS masked_value,
    coalesce(told ->> 'value', revealed.value) AS value, told ->> 'severity' AS severity,
    told ->> 'confidence' AS confidence, told ->> 'handling' AS handling, told -> 'violations' AS violations,
    told -> 'annotations' AS annotations, told -> 'contributors' AS contributors,
    told ->> '$.feedbackSummary.opinion' AS opinion, told -> '$.feedbackSummary.verdicts' AS verdicts,
    told ->> 'createdAt' AS created_at, told ->> 'updatedAt' AS updated_at, hex(exact) AS match_tag
FROM signal LEFT JOIN revealed ON revealed.signal = number;
"""

# Made once all is read: while pages fill the tables, they would be written again and again.
_INDEXES = {
    "signal_exact": "signal (exact) WHERE exact IS NOT NULL",
    "signal_picture": "signal (number) WHERE type = 'HASH_PDQ'",
    "near_key": "near (key, signal)",
}
# For removals, which take it at once.
_NEAR_SIGNAL = "near_signal"


def written(path: Path) -> sqlite3.Connection:
    """The file, made with mode 0600 unless it is there, for one writer; transactions are begun by whoever writes.

    Raises: NotReady if it is of another format, or none of ours.
    """
    private_files.directory(path.parent)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise NotReady(f"{path} cannot be written: {error.strerror}.") from None
    with _ours(path):
        database = _opened(f"file:{path}")
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", f"cache_size = -{_CACHE_KB}"):
            database.execute(f"PRAGMA {pragma}")
        # What is deleted or replaced is overwritten with zeros.
        database.execute("PRAGMA secure_delete = ON")
        database.execute("PRAGMA foreign_keys = ON")
        with transaction(database):
            if not database.execute("SELECT 1 FROM sqlite_schema").fetchone():
                for statement in _TABLES.split(";\n"):
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {FORMAT}")
        _check_format(database, path)
    return database


def read(path: Path) -> sqlite3.Connection:
    """The file, for reading beside a writer.

    Raises: NotReady if there is none, or of another format.
    """
    if not path.exists():
        raise NotReady("There is no replica here yet: run `lantern sync`.")
    with _ours(path):
        database = _opened(f"file:{path}?mode=ro")
        _check_format(database, path)
    return database


def make_indexes(database: sqlite3.Connection) -> None:
    for name, definition in _INDEXES.items():
        database.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {definition}")
    make_index_for_removals(database)


def make_index_for_removals(database: sqlite3.Connection) -> None:
    database.execute(f"CREATE INDEX IF NOT EXISTS {_NEAR_SIGNAL} ON near (signal)")


def drop_indexes(database: sqlite3.Connection) -> None:
    for name in (*_INDEXES, _NEAR_SIGNAL):
        database.execute(f"DROP INDEX IF EXISTS {name}")


@contextmanager
def transaction(database: sqlite3.Connection, how: str = "IMMEDIATE") -> Iterator[None]:
    """All of the block, or nothing of it."""
    database.execute(f"BEGIN {how}")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        roll_back(database)
        raise


def roll_back(database: sqlite3.Connection) -> None:
    """SQLite may have done so itself, as where the disk is full."""
    if database.in_transaction:
        database.execute("ROLLBACK")


@contextmanager
def usable() -> Iterator[None]:
    """Raises: NotReady in the place of SQLite's own errors."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        raise NotReady(
            f"The replica cannot be used just now ({name}): is the disk full, or another at work? If it is damaged,"
            " delete it, and run `lantern sync`."
        ) from None


def scrubbed(database: sqlite3.Connection) -> bool:
    """Bring the log into the file and cut it, so that it holds nothing of what was overwritten there; whether it could,
    as somebody may be reading still."""
    busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _opened(address: str) -> sqlite3.Connection:
    # Used from several threads, one at a time.
    return sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _check_format(database: sqlite3.Connection, path: Path) -> None:
    (found,) = database.execute("PRAGMA user_version").fetchone()
    if found != FORMAT:
        raise NotReady(f"{path} is of another version of this program: delete it, and run `lantern sync`.")


@contextmanager
def _ours(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise NotReady(f"{path} cannot be opened as a replica ({error.sqlite_errorname}).") from None
