"""Lines of the spool that have yet to be read: each becomes a report, is left out by a rule, or is parked."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from . import batches, reports
from .decisions import Rules
from .outbox import Outbox, is_known, mark_of
from .reports import CheckedReport, InvalidReport

# Lines that are read in one transaction, so that applications get in between.
_AT_ONCE = 1_000
_REPORT_KEYS: Final = reports.KEYS | {"id"}


@dataclass(frozen=True, slots=True)
class ReadLine:
    """`made` is null where a rule leaves the decision out."""

    made: CheckedReport | None
    name: str | None = None
    # Which rule made it, if one did.
    rule: int | None = None


def read_all(outbox: Outbox, rules: Rules | None) -> int:
    """Read what has not been read. How many were parked."""
    parked = 0
    while True:
        with outbox.database.writing() as connection:
            unread = connection.execute(
                "SELECT seq, content FROM report WHERE signal IS NULL AND parked_at IS NULL ORDER BY seq LIMIT ?",
                (_AT_ONCE,),
            ).fetchall()
            for row in unread:
                parked += not _take(outbox, connection, row, rules)
        if len(unread) < _AT_ONCE:
            return parked


def read_line(line: bytes, rules: Rules | None, now: datetime) -> ReadLine:
    """A line with the keys of a report, and an `id` perhaps, is one; everything else is a decision.

    Raises: InvalidReport.
    """
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidReport("The line is not JSON.", None, "NOT_JSON") from None
    if not isinstance(found, dict):
        raise InvalidReport("The line is no JSON object.", None, "NOT_JSON")
    if rules is None or _is_report(found):
        if not found.keys() & {"signalId", "verdict"}:
            raise InvalidReport("A decision needs rules, and none are used: say with --rules which.", None, "NO_RULE")
        name = found.pop("id", None)
        return ReadLine(reports.checked(found, now), None if name is None else reports.checked_name(name))
    decided = rules.decide(found)
    if decided.report is None:
        return ReadLine(None, rule=decided.rule.number)
    name = None if decided.name is None else reports.checked_name(decided.name)
    return ReadLine(reports.checked(decided.report, now), name, decided.rule.number)


def _is_report(found: Mapping[str, Any]) -> bool:
    return found.keys() <= _REPORT_KEYS and {"signalId", "verdict"} <= found.keys()


def _take(outbox: Outbox, connection: sqlite3.Connection, row: sqlite3.Row, rules: Rules | None) -> bool:
    seq = row["seq"]
    try:
        read = read_line(row["content"], rules, datetime.fromtimestamp(outbox.clock(), UTC))
        if read.made is None:
            connection.execute("DELETE FROM report WHERE seq = ?", (seq,))
            connection.execute("UPDATE tally SET left_out = left_out + 1")
            return True
        mark = None if read.name is None else mark_of(connection, read.made)
        if read.name is not None and mark is not None and is_known(connection, read.name, mark):
            connection.execute("DELETE FROM report WHERE seq = ?", (seq,))
            return True
    except InvalidReport as error:
        batches.park(connection, outbox.clock(), seq, ("BAD_LINE", error.reason, error.field, error.message))
        return False
    if batches.is_overtaken(connection, read.made.signal, seq):
        batches.park(connection, outbox.clock(), seq, batches.OVERTAKEN)
        return False
    connection.execute(
        "UPDATE report SET name = ?, mark = ?, signal = ?, content = ? WHERE seq = ?",
        (read.name, mark, read.made.signal, read.made.content, seq),
    )
    return True
