"""The file that keeps an outbox: SQLite, private, for many threads and processes, on the disk when a call returns."""

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .. import private_files
from ..errors import Misconfigured, NotReady

# Seconds to wait for another that writes: the longest is a file of the spool that is being taken in.
_BUSY_SECONDS = 60.0

# By version, from 1: the statements that lead to it. What was released stays as it is; a change is one more entry.
_MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        # What is not settled yet, in the order in which it came. `content` is a report as it is sent, or, without a
        # signal, a line that has yet to be read as one. In a batch it is under way; with `parked_at`, out of it all.
        """CREATE TABLE report (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT UNIQUE,
            mark BLOB,
            signal TEXT,
            content BLOB NOT NULL,
            source TEXT,
            put_at REAL NOT NULL,
            batch INTEGER,
            parked_at REAL,
            code TEXT,
            reason TEXT,
            field TEXT,
            message TEXT
        )""",
        "CREATE INDEX report_unread ON report (seq) WHERE signal IS NULL AND parked_at IS NULL",
        "CREATE INDEX report_waiting ON report (seq) WHERE signal IS NOT NULL AND batch IS NULL AND parked_at IS NULL",
        "CREATE INDEX report_under_way ON report (batch, seq) WHERE batch IS NOT NULL",
        "CREATE INDEX report_signal ON report (signal, seq)",
        # One call: what it is sent with each time, and when it may be tried again.
        """CREATE TABLE batch (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL,
            tries INTEGER NOT NULL DEFAULT 0,
            not_before REAL NOT NULL DEFAULT 0
        )""",
        # The names that were used, for as long as an application may put the same again; and the files of the spool.
        "CREATE TABLE settled (name TEXT PRIMARY KEY, mark BLOB NOT NULL, at REAL NOT NULL)",
        "CREATE TABLE spooled (file BLOB PRIMARY KEY, at REAL NOT NULL)",
        # The last report that was delivered of each signal, while there are lines that may turn out to be older ones.
        "CREATE TABLE told (signal TEXT PRIMARY KEY, seq INTEGER NOT NULL)",
        # One row.
        """CREATE TABLE tally (
            mark_key BLOB NOT NULL,
            delivered INTEGER NOT NULL DEFAULT 0,
            left_out INTEGER NOT NULL DEFAULT 0,
            last_delivery_at REAL,
            last_error TEXT,
            last_error_at REAL
        )""",
    ),
)


class OutboxFailed(NotReady):
    """The file cannot be read or written: what was being put is not in it."""


class Database:
    """One connection for each process, in turns; after a fork the child opens its own. Where the file was removed or
    replaced, it is opened anew: what was put into the old one would be lost."""

    def __init__(self, path: Path) -> None:
        # Whoever goes to another directory means this file all the same.
        self.path = path.absolute()
        self._turn = threading.Lock()
        self._owner = 0
        self._opened: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        with self.reading():
            pass

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Raises: OutboxFailed, Misconfigured."""
        with self._turn, _told():
            yield self._connection()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, on the disk when the block ends; nothing of it if the block raises.

        Raises: OutboxFailed, Misconfigured.
        """
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def tidy(self) -> None:
        """Leave nothing of what was erased in the journal beside the file, as far as nobody is reading it."""
        with self.reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        with self._turn:
            if self._opened is not None and self._owner == os.getpid():
                self._opened.close()
            self._opened = None

    def _connection(self) -> sqlite3.Connection:
        file = private_files.identity(self.path)
        if self._opened is not None and self._owner == os.getpid() and self._file != file:
            self._opened.close()
            self._opened = None
        if self._opened is None or self._owner != os.getpid():
            self._opened, self._owner = _open(self.path), os.getpid()
            self._file = private_files.identity(self.path)
        return self._opened


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        raise OutboxFailed(f"The outbox cannot be used just now ({name}).") from None


def _open(path: Path) -> sqlite3.Connection:
    """Raises: Misconfigured if a newer program made the file."""
    # One at a time: turning the journal on does not wait for others.
    with private_files.locked(path.with_name(f"{path.name}.opening")):
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
            path.chmod(0o600)
        except OSError as error:
            raise OutboxFailed(f"{path} cannot be written: {error.strerror}.") from None
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.row_factory = sqlite3.Row
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                connection.execute(f"PRAGMA {pragma}")
            _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(_MIGRATIONS):
        raise Misconfigured(f"{path} was made by a newer version of this program: install that.")
    for number, statements in enumerate(_MIGRATIONS[version:], version + 1):
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        if number == 1:
            connection.execute("INSERT INTO tally (mark_key) VALUES (?)", (secrets.token_bytes(32),))
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
