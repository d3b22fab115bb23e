"""What applications put: checked at once, durable, private, and under its own name only once."""

import collections
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from app.client import InvalidReport, Misconfigured
from app.client.outbox import Outbox, batches, parking
from app.client.outbox.database import OutboxFailed
from app.client.outbox.outbox import KEPT_DAYS
from tests.client.outbox.world import report

SIGNAL = f"sig_{1:032x}"
SECRET = "hidden-word"
ATTESTED = {
    "verdict": "CONFIRMED_VIOLATION",
    "reviewStatus": "REVIEWED_MANUALLY",
    "reviewedAt": "2026-01-31T12:00:00Z",
    "reviewerRole": "Investigator",
    "policyReference": "Policy 2.3",
}
REMOVED = [{"action": "ACCOUNT_REMOVED", "count": 1}]


def settle_first(outbox: Outbox) -> None:
    batch = batches.next_due(outbox)
    assert batch is not None
    batches.settle(outbox, batch, [{"outcome": "CREATED", "feedbackId": "x", "problem": None} for _ in batch.members])


def test_a_put_report_is_there_for_whoever_opens_the_outbox_next(outbox: Outbox) -> None:
    assert outbox.put(report(SIGNAL))
    with Outbox(outbox.database.path) as again:
        assert again.standing().pending == 1


def test_nobody_else_on_the_machine_may_read_the_outbox(outbox: Outbox) -> None:
    outbox.put(report(SIGNAL))
    directory = outbox.database.path.parent
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    files = list(directory.iterdir())
    assert len(files) >= 3  # The file, and the journal beside it.
    assert all(stat.S_IMODE(file.stat().st_mode) & 0o077 == 0 for file in files)


def test_the_outbox_is_written_to_the_disk_before_put_returns(outbox: Outbox) -> None:
    with outbox.database.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert connection.execute("PRAGMA secure_delete").fetchone()[0] == 1


def test_a_report_that_is_put_twice_under_its_name_is_one(outbox: Outbox) -> None:
    assert outbox.put(report(SIGNAL), id="decision 1")
    assert not outbox.put(report(SIGNAL), id="decision 1")
    settle_first(outbox)
    assert not outbox.put(report(SIGNAL), id="decision 1")
    assert outbox.standing().pending == 0
    assert outbox.put(report(SIGNAL))
    assert outbox.put(report(SIGNAL), id="decision 2")
    assert outbox.standing().pending == 2


def test_another_report_under_a_used_name_is_refused_rather_than_lost(outbox: Outbox) -> None:
    outbox.put(report(SIGNAL), id="case 1")
    for _ in range(2):
        with pytest.raises(InvalidReport) as refused:
            outbox.put(report(SIGNAL, "another"), id="case 1")
        assert refused.value.reason == "ID_TAKEN"
        if outbox.standing().pending:
            settle_first(outbox)


def test_names_are_forgotten_after_their_days(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    with Outbox(tmp_path / "outbox.db", clock=lambda: now[0]) as outbox:
        outbox.put(report(SIGNAL), id="old")
        settle_first(outbox)
        now[0] += KEPT_DAYS * 86_400 + 1
        outbox.put(report(SIGNAL), id="new")
        settle_first(outbox)
        with outbox.database.reading() as connection:
            assert [name for (name,) in connection.execute("SELECT name FROM settled")] == ["new"]


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"signalId": None}, "signalId", "WRONG_TYPE"),
        ({"signalId": SECRET}, "signalId", "NOT_FOUND"),
        ({"signalId": f"con_{1:032x}"}, "signalId", "NOT_FOUND"),
        ({"verdict": None}, "verdict", "WRONG_TYPE"),
        ({"verdict": SECRET}, "verdict", "WRONG_TYPE"),
        ({"reason": SECRET}, "reason", "WRONG_TYPE"),
        ({"reason": "OTHER"}, "reason", "REASON_CONTRADICTS_VERDICT"),
        ({"verdict": "FALSE_POSITIVE", "reviewStatus": "REVIEWED_MANUALLY"}, "reason", "REASON_REQUIRED"),
        ({"verdict": "INCONCLUSIVE"}, "reviewStatus", "REVIEW_REQUIRED"),
        ({"reviewStatus": None}, "reviewStatus", "WRONG_TYPE"),
        ({"reviewedAt": SECRET}, "reviewedAt", "WRONG_TYPE"),
        ({"reviewedAt": "2026-01-31T12:00:00"}, "reviewedAt", "OFFSET_REQUIRED"),
        ({"reviewedAt": (datetime.now(UTC) + timedelta(days=1)).isoformat()}, "reviewedAt", "IN_THE_FUTURE"),
        ({"reviewerRole": "x" * 101}, "reviewerRole", "TOO_LONG"),
        ({"note": "\ud800"}, "note", "CONTROL_CHARACTER"),
        ({"note": 7}, "note", "WRONG_TYPE"),
        ({"actions": None}, "actions", "WRONG_TYPE"),
        ({"actions": [{"action": SECRET, "count": 1}]}, "actions", "WRONG_TYPE"),
        ({"actions": [{"action": "NO_ACTION", "count": True}]}, "actions", "WRONG_TYPE"),
        ({"actions": [{"action": "NO_ACTION", "count": 0}]}, "actions", "OUT_OF_RANGE"),
        ({"actions": [{"action": "NO_ACTION"}]}, "actions", "WRONG_TYPE"),
        ({"actions": REMOVED}, "verdict", "CONFIRMATION_REQUIRED"),
        ({**ATTESTED, "reviewStatus": "REVIEWED_AUTOMATICALLY", "actions": REMOVED}, "reviewStatus", None),
        ({**ATTESTED, "reviewerRole": None, "actions": REMOVED}, "reviewerRole", "ATTESTATION_REQUIRED"),
        ({**ATTESTED, "policyReference": None, "actions": REMOVED}, "policyReference", "ATTESTATION_REQUIRED"),
        ({SECRET: 1}, "report", "WRONG_TYPE"),
    ],
)
def test_what_is_sure_to_be_refused_is_refused_at_once_and_not_repeated(
    outbox: Outbox, changes: Mapping[str, Any], field: str, reason: str | None
) -> None:
    said: Any = {**report(SIGNAL), **changes}
    with pytest.raises(InvalidReport) as refused:
        outbox.put(said)
    assert refused.value.field == field
    assert reason in (None, refused.value.reason)
    assert SECRET not in str(refused.value)
    assert outbox.standing().pending == 0


def test_a_report_with_everything_is_taken(outbox: Outbox) -> None:
    said: Any = {**report(SIGNAL), **ATTESTED, "reason": None, "actions": REMOVED}
    outbox.put(said)
    batch = batches.next_due(outbox)
    assert batch is not None
    assert batch.rows == [
        {**{key: value for key, value in said.items() if value}, "reviewedAt": "2026-01-31T12:00:00+00:00"}
    ]


def test_many_threads_put_at_once(outbox: Outbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: outbox.put(report(f"sig_{n + 1:032x}"), id=str(n % 50)), range(50)))
        again = list(pool.map(lambda n: outbox.put(report(f"sig_{n + 1:032x}"), id=str(n)), range(50)))
    assert taken == [True] * 50
    assert again == [False] * 50
    assert outbox.standing().pending == 50


def _put_some(path: Path, first: int) -> None:
    with Outbox(path) as mine:
        for number in range(20):
            mine.put(report(f"sig_{first + number:032x}"))


def test_many_processes_put_into_an_outbox_that_none_of_them_made(tmp_path: Path) -> None:
    made = get_context("spawn")
    processes = [made.Process(target=_put_some, args=(tmp_path / "new" / "outbox.db", 100 * n)) for n in range(1, 4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    with Outbox(tmp_path / "new" / "outbox.db") as outbox:
        assert outbox.standing().pending == 60


def test_a_child_of_a_fork_puts_through_a_connection_of_its_own(tmp_path: Path) -> None:
    program = f"""
import os
from app.client import Outbox
outbox = Outbox({str(tmp_path / "outbox.db")!r})
report = {{"signalId": {SIGNAL!r}, "verdict": "MATCHED"}}
outbox.put(report)
if (child := os.fork()) == 0:
    outbox.put(report)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
outbox.put(report)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    with Outbox(tmp_path / "outbox.db") as outbox:
        assert outbox.standing().pending == 3


def test_an_outbox_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(Misconfigured, match="newer version"):
        Outbox(path)


def test_a_full_disk_is_told_to_the_application(outbox: Outbox) -> None:
    with outbox.database.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1")
    said = report(SIGNAL, "x" * 4_000)
    with pytest.raises(OutboxFailed, match="SQLITE_FULL"):
        collections.deque((outbox.put(said) for _ in range(100)), maxlen=0)


def test_what_is_listed_of_parked_reports_holds_neither_note_nor_policy(outbox: Outbox) -> None:
    outbox.put({**report(SIGNAL, SECRET), "policyReference": SECRET})  # type: ignore[typeddict-item]
    with outbox.database.writing() as connection:
        connection.execute("UPDATE report SET parked_at = 0, code = 'NOT_FOUND'")
    (parked,) = parking.parked(outbox)
    assert SECRET not in str(parked)
    assert parked["signalId"] == SIGNAL


def test_an_application_may_go_to_another_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with Outbox("outbox.db") as outbox:
        outbox.put(report(SIGNAL, "1"))
        monkeypatch.chdir(tmp_path / "elsewhere")
        outbox.put(report(SIGNAL, "2"))
        assert outbox.standing().pending == 2
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_is_put_once_the_file_was_removed_is_kept_too(tmp_path: Path) -> None:
    with Outbox(tmp_path / "outbox.db") as outbox:
        outbox.put(report(SIGNAL, "before"))
        for file in tmp_path.glob("outbox.db*"):
            file.unlink()
        outbox.put(report(SIGNAL, "after"))
        with Outbox(tmp_path / "outbox.db") as another:
            assert another.standing().pending == outbox.standing().pending == 1
