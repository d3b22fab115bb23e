"""The journal of one import: which batches were planned, what came of them, and the rows to mend.

SQLite, as what a batch ended in is several things that must be kept together or not at all: that it is done, its
counts, its rejected rows, and the ids that links will ask for. What is committed is on the disk.
"""

import dataclasses
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from .. import private_files
from ..answers import RowProblem
from ..reading.rows import Original, Place
from . import journal_sql
from .errors import AtWork, Unwritable
from .identity import FileState


class Phase(StrEnum):
    """What one passage through the file sends. Links come after all rows, as an end may stand further down."""

    ROWS = "rows"
    LINKS = "links"
    GUARD = "guard entries"


@dataclass(frozen=True, slots=True)
class Planned:
    """A batch of the journal: everything after the batch before it, up to and with `last`."""

    number: int
    last: Place
    is_done: bool


@dataclass(frozen=True, slots=True)
class RejectedRow:
    place: Place
    code: str
    field: str | None
    message: str
    original: Original = dataclasses.field(repr=False)

    @classmethod
    def of(cls, place: Place, problem: RowProblem, original: Original) -> "RejectedRow":
        """Under the word of `Refusal`, as the rows that readers reject are."""
        return cls(place, problem["reason"], problem["field"], problem["message"], original)


@dataclass(slots=True)
class Result:
    """What came of one batch, to be kept at once."""

    counts: dict[str, int] = field(default_factory=dict)
    rejected: list[RejectedRow] = field(default_factory=list)
    # By ref, the places and ids of the signals; None where there is none.
    refs: list[tuple[str, Place, str | None]] = field(default_factory=list)

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by


class Journal:
    """Opened by one process at a time. Close it, or use it in a `with` statement."""

    def __init__(self, path: Path) -> None:
        """Raises: AtWork, Unwritable."""
        private_files.directory(path.parent)
        try:
            path.touch(mode=0o600)
        except OSError as error:
            raise Unwritable(f"The journal of the import cannot be written: {error.strerror}.") from None
        self._path = path
        self._database = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            with usable(path):
                self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
                self._database.execute("PRAGMA journal_mode = WAL")
                self._database.execute("PRAGMA synchronous = FULL")
                # Values that were rejected do not outlast the import.
                self._database.execute("PRAGMA secure_delete = ON")
                self._database.execute("BEGIN IMMEDIATE")
                if not self._one("SELECT count(*) FROM sqlite_schema"):
                    for statement in journal_sql.TABLES.split(";"):
                        self._database.execute(statement)
                self._database.execute("COMMIT")
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The run

    @property
    def key(self) -> bytes | None:
        """What the idempotency keys of this run are made with; None before one begins."""
        found: bytes | None = self._one("SELECT key FROM run")
        return found

    @property
    def file_state(self) -> FileState:
        row = self._database.execute("SELECT size, modified_ns, ends FROM run").fetchone()
        return FileState(*row)

    @property
    def is_finished(self) -> bool:
        return bool(self._one("SELECT is_finished FROM run"))

    def begin(self, path: Path) -> None:
        """Forget what was, and begin the import of the file as it now is.

        Raises: OSError.
        """
        key = secrets.token_bytes(32)
        state = FileState.of(path, key)
        with self._transaction():
            for table in ("run", "batches", "counts", "rejected", "said", "refs"):
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - of these
            self._database.execute(
                "INSERT INTO run (key, size, modified_ns, ends) VALUES (?, ?, ?, ?)",
                (key, state.size, state.modified_ns, state.ends),
            )

    def finish(self) -> None:
        """Keep the counts and where the rejected rows are; values, ids and plans go."""
        with self._transaction():
            for table in ("batches", "rejected", "said", "refs"):
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - of these
            self._database.execute("UPDATE run SET is_finished = 1")
        with usable(self._path):
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # What the file overrides itself

    @property
    def is_looked_through(self) -> bool:
        return bool(self._one("SELECT is_looked_through FROM run"))

    def keep_said(self, said: Iterable[tuple[Place, bytes, bytes]]) -> None:
        """What the rows say whose value is there more than once: where, about what, and what in JSON."""
        with self._transaction():
            self._database.executemany(
                "INSERT INTO said (number, offset, part, subject, body) VALUES (?, ?, ?, ?, ?)",
                ((place.number, place.offset, place.part, subject, body) for place, subject, body in said),
            )
            self._database.execute(journal_sql.LAST_DECIDES)
            self._database.execute("UPDATE run SET is_looked_through = 1")

    @property
    def has_repeated(self) -> bool:
        return bool(self._one("SELECT EXISTS (SELECT 1 FROM said)"))

    def decided(self, place: Place) -> bytes | None:
        """What the row of this place is to say, if several rows are about the same."""
        at = (place.number, place.offset, place.part)
        found = self._database.execute(journal_sql.DECIDED, at).fetchone()
        return None if found is None else found[0]

    # Batches

    def planned(self, phase: Phase) -> list[Planned]:
        rows = self._database.execute(
            "SELECT number, last_number, last_offset, last_part, is_done FROM batches WHERE phase = ? ORDER BY number",
            (phase,),
        )
        return [Planned(number, Place(*last), bool(is_done)) for number, *last, is_done in rows]

    def plan(self, phase: Phase, number: int, last: Place) -> None:
        """Keep what belongs to a batch before it is sent; one that was planned before stays as it is."""
        with self._transaction():
            self._database.execute(
                "INSERT INTO batches (phase, number, last_number, last_offset, last_part)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (phase, number, last.number, last.offset, last.part),
            )

    def settle(self, phase: Phase, number: int, result: Result) -> None:
        """Keep what came of a batch, all of it once."""
        with self._transaction():
            self._database.execute("UPDATE batches SET is_done = 1 WHERE phase = ? AND number = ?", (phase, number))
            self._database.executemany(
                "INSERT INTO counts (name, count) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET count = count + excluded.count",
                result.counts.items(),
            )
            self._database.executemany(
                "INSERT INTO rejected VALUES (?, ?, ?, ?, ?, ?, ?)", map(_rejected_columns, result.rejected)
            )
            self._database.executemany(
                "INSERT INTO refs VALUES (?, ?, ?, ?)",
                ((ref, place.number, place.part, signal_id) for ref, place, signal_id in result.refs),
            )

    @property
    def counts(self) -> Mapping[str, int]:
        return dict(self._database.execute("SELECT name, count FROM counts"))

    # What the end of the import needs

    def signals(self, refs: Sequence[str]) -> dict[str, list[str | None]]:
        """The signals of these refs; a ref that the file does not have is left out."""
        found: dict[str, list[str | None]] = {}
        for ref in set(refs):
            rows = self._database.execute("SELECT signal_id FROM refs WHERE ref = ? ORDER BY number, part", (ref,))
            if ids := [signal_id for (signal_id,) in rows]:
                found[ref] = ids
        return found

    def rejected(self) -> Iterator[RejectedRow]:
        """In the order of the file."""
        rows = self._database.execute("SELECT * FROM rejected ORDER BY number, offset, part")
        for number, offset, part, code, field_name, message, original in rows:
            yield RejectedRow(Place(number, offset, part), code, field_name, message, orjson.loads(original))

    @property
    def rejected_path(self) -> Path | None:
        found = self._one("SELECT rejected_path FROM run")
        return None if found is None else Path(found)

    def choose_rejected_path(self, path: Path) -> None:
        with self._transaction():
            self._database.execute("UPDATE run SET rejected_path = ?", (str(path),))

    def _one(self, query: str) -> Any:
        row = self._database.execute(query).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Raises: Unwritable."""
        with usable(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """Raises: AtWork, Unwritable in the place of SQLite's own errors."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise  # That is a fault of ours.
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise AtWork("This file is being imported by another process: wait until that ends.") from None
        if error.sqlite_errorcode in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise Unwritable(
                f"The journal of the import is damaged: delete {path}, and import the file again; what is there already"
                " stays unchanged."
            ) from None
        raise Unwritable(f"The journal of the import cannot be written: {error}.") from None


def _rejected_columns(row: RejectedRow) -> tuple[object, ...]:
    place, original = row.place, orjson.dumps(row.original)
    return place.number, place.offset, place.part, row.code, row.field, row.message, original
