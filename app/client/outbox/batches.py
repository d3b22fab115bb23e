"""What is sent together: a batch is kept with its key before it is sent, and sent the same until it is answered."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..answers import RecordedRow
from ..errors import Refused
from ..operations import MAX_ROWS, new_key
from .outbox import KEPT_DAYS, Outbox

# Bytes of the reports of one call; the exchange takes 5 MB.
MAX_BYTES = 4 * 1024 * 1024
# How many waiting reports are looked through for one call: where many are about few signals, most have to wait.
_LOOKED_AT = 10_000
_DAY_SECONDS = 86_400.0
OVERTAKEN: Final = (
    "OVERTAKEN",
    None,
    None,
    "A later report on the same signal has been delivered; this one would take its place.",
)


@dataclass(frozen=True, slots=True)
class Member:
    seq: int
    signal: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """One call, with no signal twice. `tries`: how often the exchange failed on it."""

    id: int
    key: str
    tries: int
    members: Sequence[Member]

    @property
    def rows(self) -> list[Any]:
        return [json.loads(member.content) for member in self.members]


def next_due(outbox: Outbox) -> Batch | None:
    """The batch to send now: one that is not answered yet, else a new one of what waits; null if there is nothing."""
    with outbox.database.writing() as connection:
        # A clock that was set back since does not keep it waiting.
        due = connection.execute(
            "SELECT * FROM batch WHERE not_before <= :now OR not_before > :now + :day ORDER BY not_before, id LIMIT 1",
            {"now": outbox.clock(), "day": _DAY_SECONDS},
        ).fetchone()
        if due is None:
            members = _waiting(connection)
            if not members:
                return None
            return _begun(connection, members, tries=0)
        return Batch(due["id"], due["key"], due["tries"], _members(connection, due["id"]))


def seconds_until_due(outbox: Outbox) -> float | None:
    """Until the first batch that was put off may be sent again; null if there is none."""
    with outbox.database.reading() as connection:
        (first,) = connection.execute("SELECT min(not_before) FROM batch").fetchone()
    return None if first is None else max(0.0, first - outbox.clock())


def settle(outbox: Outbox, batch: Batch, answered: Sequence[RecordedRow]) -> int:
    """Take the answer: what was recorded goes, what was rejected is parked. How many were parked."""
    rejected = 0
    with outbox.database.writing() as connection:
        connection.execute("DELETE FROM told WHERE NOT EXISTS (SELECT 1 FROM report WHERE signal IS NULL)")
        for member, row in zip(batch.members, answered, strict=True):
            if row["outcome"] == "REJECTED":
                rejected += 1
                problem = row["problem"] or {"code": "REJECTED", "field": None, "reason": "REJECTED", "message": ""}
                why = (problem["code"], problem["reason"], problem["field"], problem["message"])
                park(connection, outbox.clock(), member.seq, why)
            else:
                _overtake(connection, outbox.clock(), member)
                _tell(connection, member)
                forget(connection, outbox.clock(), member.seq)
        connection.execute("DELETE FROM batch WHERE id = ?", (batch.id,))
        connection.execute(
            "UPDATE tally SET delivered = delivered + ?, last_delivery_at = ?, last_error = NULL, last_error_at = NULL",
            (len(answered) - rejected, outbox.clock()),
        )
        for table in ("settled", "spooled"):
            outdated = outbox.clock() - KEPT_DAYS * _DAY_SECONDS
            connection.execute(f"DELETE FROM {table} WHERE at < ?", (outdated,))  # noqa: S608 - one of two constants
    return rejected


def put_off(outbox: Outbox, batch: Batch, seconds: float) -> None:
    with outbox.database.writing() as connection:
        connection.execute(
            "UPDATE batch SET tries = tries + 1, not_before = ? WHERE id = ?", (outbox.clock() + seconds, batch.id)
        )


def isolate(outbox: Outbox, batch: Batch, refused: Refused) -> int:
    """Send each half by itself, as one report may have broken the call; park it once it is alone. How many were."""
    with outbox.database.writing() as connection:
        connection.execute("DELETE FROM batch WHERE id = ?", (batch.id,))
        if len(batch.members) == 1:
            why = (refused.code, refused.reason, refused.field, refused.message)
            park(connection, outbox.clock(), batch.members[0].seq, why)
            return 1
        middle = len(batch.members) // 2
        for half in (batch.members[:middle], batch.members[middle:]):
            _begun(connection, half, batch.tries)
    return 0


def renew_key(outbox: Outbox, batch: Batch) -> None:
    """Under a new key the same is recorded, or found to have been recorded: no other report on its signals was sent."""
    with outbox.database.writing() as connection:
        connection.execute("UPDATE batch SET key = ?, tries = tries + 1 WHERE id = ?", (new_key(), batch.id))


def park(
    connection: sqlite3.Connection, at: float, seq: int, why: tuple[str, str | None, str | None, str | None]
) -> None:
    connection.execute(
        "UPDATE report SET batch = NULL, parked_at = ?, code = ?, reason = ?, field = ?, message = ? WHERE seq = ?",
        (at, *why, seq),
    )


def forget(connection: sqlite3.Connection, at: float, seq: int) -> None:
    """Erase a report that is settled; of one with a name remember that it is."""
    connection.execute(
        "INSERT INTO settled (name, mark, at) SELECT name, mark, ? FROM report WHERE seq = ? AND name IS NOT NULL",
        (at, seq),
    )
    connection.execute("DELETE FROM report WHERE seq = ?", (seq,))


def _waiting(connection: sqlite3.Connection) -> list[Member]:
    """The oldest reports that wait, one of each signal that has none under way."""
    taken = {signal for (signal,) in connection.execute("SELECT signal FROM report WHERE batch IS NOT NULL")}
    members, size = list[Member](), 0
    waiting = connection.execute(
        "SELECT seq, signal, content FROM report"
        " WHERE signal IS NOT NULL AND batch IS NULL AND parked_at IS NULL ORDER BY seq LIMIT ?",
        (_LOOKED_AT,),
    )
    for row in waiting:
        if row["signal"] in taken:
            continue
        size += len(row["content"])
        if len(members) == MAX_ROWS or (members and size > MAX_BYTES):
            break
        taken.add(row["signal"])
        members.append(Member(*row))
    return members


def _begun(connection: sqlite3.Connection, members: Sequence[Member], tries: int) -> Batch:
    key = new_key()
    id = connection.execute("INSERT INTO batch (key, tries) VALUES (?, ?)", (key, tries)).lastrowid
    assert id is not None  # noqa: S101 - one row was inserted
    connection.executemany("UPDATE report SET batch = ? WHERE seq = ?", [(id, member.seq) for member in members])
    return Batch(id, key, tries, members)


def _members(connection: sqlite3.Connection, batch: int) -> list[Member]:
    rows = connection.execute("SELECT seq, signal, content FROM report WHERE batch = ? ORDER BY seq", (batch,))
    return [Member(*row) for row in rows]


def _tell(connection: sqlite3.Connection, member: Member) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO told (signal, seq)"
        " SELECT ?, ? WHERE EXISTS (SELECT 1 FROM report WHERE signal IS NULL)",
        (member.signal, member.seq),
    )


def is_overtaken(connection: sqlite3.Connection, signal: str, seq: int) -> bool:
    """Whether a report that was put after this line about the same signal has been delivered."""
    return bool(connection.execute("SELECT 1 FROM told WHERE signal = ? AND seq > ?", (signal, seq)).fetchone())


def _overtake(connection: sqlite3.Connection, at: float, member: Member) -> None:
    """What was put before this about the same signal and is not delivered would, later, take the place of this."""
    connection.execute(
        "UPDATE report SET parked_at = coalesce(parked_at, ?), code = ?, reason = ?, field = ?, message = ?"
        " WHERE signal = ? AND seq < ? AND batch IS NULL",
        (at, *OVERTAKEN, member.signal, member.seq),
    )
