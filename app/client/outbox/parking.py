"""What is parked: reports that the exchange refused and lines that are none, until a person decides about them."""

from collections.abc import Iterable
from typing import Any, Final

from . import batches
from .outbox import Outbox, shown_moment

# Of a report nothing is shown but what it is about and why it was refused.
COLUMNS: Final = ("id", "signalId", "source", "put_at", "parked_at", "code", "reason", "field", "message")


def parked(outbox: Outbox) -> list[dict[str, Any]]:
    """In the order in which they were put, under the names of `COLUMNS`."""
    with outbox.database.reading() as connection:
        rows = connection.execute("SELECT * FROM report WHERE parked_at IS NOT NULL ORDER BY seq").fetchall()
    return [
        {
            "id": row["seq"],
            "signalId": row["signal"],
            "source": row["source"],
            "put_at": shown_moment(row["put_at"]),
            "parked_at": shown_moment(row["parked_at"]),
            **{name: row[name] for name in ("code", "reason", "field", "message")},
        }
        for row in rows
    ]


def retry(outbox: Outbox, ids: Iterable[int] | None = None) -> list[int]:
    """Let these, or all, be sent or read again; what was overtaken and whole files stay. Which were taken up."""
    retried = []
    with outbox.database.writing() as connection:
        found = connection.execute(
            "SELECT seq FROM report WHERE parked_at IS NOT NULL AND code NOT IN ('OVERTAKEN', 'BAD_FILE')"
        )
        may = [seq for (seq,) in found.fetchall()]
        for seq in may if ids is None else sorted(set(ids) & set(may)):
            connection.execute(
                "UPDATE report SET parked_at = NULL, code = NULL, reason = NULL, field = NULL, message = NULL"
                " WHERE seq = ?",
                (seq,),
            )
            retried.append(seq)
    return retried


def drop(outbox: Outbox, ids: Iterable[int]) -> list[int]:
    """Give these up for good; their names stay used. Which were parked."""
    dropped = []
    with outbox.database.writing() as connection:
        for seq in ids:
            found = connection.execute("SELECT 1 FROM report WHERE seq = ? AND parked_at IS NOT NULL", (seq,))
            if found.fetchone():
                batches.forget(connection, outbox.clock(), seq)
                dropped.append(seq)
    return dropped
