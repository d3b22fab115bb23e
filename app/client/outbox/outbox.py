"""What applications write reports to, and what it holds."""

import hashlib
import sqlite3
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from ..inputs import FeedbackInput
from . import reports
from .database import Database
from .reports import CheckedReport, InvalidReport

FILE = "outbox.db"
# Days for which the name of a report is remembered after it was delivered, and with it that it was: an application
# that puts the same again, after a failure of its own, does so sooner. Of what was in it nothing is kept.
KEPT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Standing:
    """What an outbox holds. `lag_seconds`: the age of the oldest report that waits or is under way."""

    pending: int
    in_flight: int
    parked: int
    delivered: int
    left_out: int
    lag_seconds: int
    last_delivery: str | None
    last_error: str | None
    last_error_at: str | None

    def as_record(self) -> dict[str, Any]:
        return asdict(self)


class Outbox:
    """A queue of reports in a file. Safe to share between threads, and to open in as many processes as there are."""

    def __init__(self, path: Path | str, clock: Callable[[], float] = time.time) -> None:
        """`clock`: seconds since 1970. Raises: Misconfigured, OutboxFailed."""
        self.database = Database(Path(path))
        self.clock = clock

    def put(self, report: FeedbackInput, id: str | None = None) -> bool:
        """Keep the report until the exchange has taken it; it is on the disk when this returns.

        With an `id` of the application's own, putting the same again does nothing more; the answer says whether it was
        new. What is put first about a signal is reported first.
        Raises: InvalidReport if the exchange would refuse it, or the id is that of another report; OutboxFailed.
        """
        made = reports.checked(report, datetime.fromtimestamp(self.clock(), UTC))
        name = None if id is None else reports.checked_name(id)
        with self.database.writing() as connection:
            mark = None if name is None else mark_of(connection, made)
            if name is not None and mark is not None and is_known(connection, name, mark):
                return False
            connection.execute(
                "INSERT INTO report (name, mark, signal, content, put_at) VALUES (?, ?, ?, ?, ?)",
                (name, mark, made.signal, made.content, self.clock()),
            )
        return True

    def standing(self) -> Standing:
        with self.database.reading() as connection:
            (tally,) = connection.execute("SELECT * FROM tally")
            (counts,) = connection.execute(
                """SELECT count(*) FILTER (WHERE batch IS NULL AND parked_at IS NULL) AS pending,
                    count(batch) AS in_flight, count(parked_at) AS parked,
                    min(put_at) FILTER (WHERE parked_at IS NULL) AS oldest
                FROM report"""
            )
        oldest = counts["oldest"]
        return Standing(
            pending=counts["pending"],
            in_flight=counts["in_flight"],
            parked=counts["parked"],
            delivered=tally["delivered"],
            left_out=tally["left_out"],
            lag_seconds=0 if oldest is None else max(0, int(self.clock() - oldest)),
            last_delivery=shown_moment(tally["last_delivery_at"]),
            last_error=tally["last_error"],
            last_error_at=shown_moment(tally["last_error_at"]),
        )

    def note_error(self, message: str) -> None:
        """Why delivery does not get on; gone with the next report that is delivered."""
        with self.database.writing() as connection:
            connection.execute("UPDATE tally SET last_error = ?, last_error_at = ?", (message, self.clock()))

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def mark_of(connection: sqlite3.Connection, made: CheckedReport) -> bytes:
    """By which a report is known again under its name: keyed, so that nobody finds words of it by trying."""
    (key,) = connection.execute("SELECT mark_key FROM tally").fetchone()
    return hashlib.blake2b(made.content, key=key, digest_size=16).digest()


def is_known(connection: sqlite3.Connection, name: str, mark: bytes) -> bool:
    """Whether this report was put under this name before.

    Raises: InvalidReport if another was: whoever uses a name twice would lose the second.
    """
    found = connection.execute(
        "SELECT mark FROM report WHERE name = :name UNION ALL SELECT mark FROM settled WHERE name = :name",
        {"name": name},
    ).fetchone()
    if found is not None and found["mark"] != mark:
        raise InvalidReport("Another report was put under this id: each needs its own.", "id", "ID_TAKEN")
    return found is not None


def shown_moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
