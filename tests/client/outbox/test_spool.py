"""The spool: each complete file is taken in once and as a whole, and no line of it is lost."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from app.client.errors import NotReady
from app.client.outbox import Outbox, lines, parking, rule_file, spool
from app.client.outbox.decisions import Rules
from app.client.outbox.stopping import Stop
from tests.client.outbox.world import World, report

SIGNAL = f"sig_{1:032x}"


def drop(directory: Path, name: str, rows: Iterable[Any]) -> Path:
    """As programs do: written elsewhere, then renamed."""
    directory.mkdir(exist_ok=True)
    written = directory / f".{name}"
    written.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return written.rename(directory / name)


def take(outbox: Outbox, directory: Path, rules: Rules | None = None) -> None:
    spool.take_in(outbox, directory)
    lines.read_all(outbox, rules)


def contents(outbox: Outbox) -> list[Any]:
    with outbox.database.reading() as connection:
        rows = connection.execute("SELECT content FROM report WHERE signal IS NOT NULL ORDER BY seq")
        return [json.loads(content) for (content,) in rows]


def test_a_file_is_taken_in_and_removed(outbox: Outbox, tmp_path: Path) -> None:
    drop(tmp_path / "spool", "a.jsonl", [report(SIGNAL, "1"), "\n", report(SIGNAL, "2")])
    take(outbox, tmp_path / "spool")
    assert contents(outbox) == [report(SIGNAL, "1"), report(SIGNAL, "2")]
    assert list((tmp_path / "spool").iterdir()) == []


def test_files_are_taken_in_the_order_in_which_they_were_written(outbox: Outbox, tmp_path: Path) -> None:
    for number, name in enumerate(["z", "a", "m"]):
        os.utime(drop(tmp_path / "spool", name, [report(SIGNAL, name)]), ns=(number, number))
    take(outbox, tmp_path / "spool")
    assert [one["note"] for one in contents(outbox)] == ["z", "a", "m"]


def test_files_that_are_left_when_it_is_to_stop_stay_there(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Stop()
    for number in range(3):
        os.utime(drop(tmp_path / "spool", str(number), [report(SIGNAL, str(number))]), ns=(number, number))
    taken = spool._take_file

    def asked_to_stop_meanwhile(outbox: Outbox, file: Path) -> None:
        taken(outbox, file)
        stop.wish()

    monkeypatch.setattr(spool, "_take_file", asked_to_stop_meanwhile)
    spool.take_in(outbox, tmp_path / "spool", stop)
    assert {file.name for file in (tmp_path / "spool").iterdir()} == {"1", "2"}
    stop.close()


def test_what_is_still_being_written_is_left_alone(outbox: Outbox, tmp_path: Path) -> None:
    directory = tmp_path / "spool"
    names = [drop(directory, name, [report(SIGNAL)]).name for name in ("a.tmp", "b.part", ".c")]
    elsewhere = drop(tmp_path, "elsewhere", [report(SIGNAL)])
    (directory / "link").symlink_to(elsewhere)
    os.mkfifo(directory / "pipe")
    take(outbox, directory)
    assert contents(outbox) == []
    assert {file.name for file in directory.iterdir()} == {*names, "link", "pipe"}


class Killed(BaseException):
    """As if the process had ended there."""


def test_a_file_that_was_taken_in_but_not_removed_is_not_taken_again(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_: Path, **how: Any) -> None:
        raise Killed

    drop(tmp_path / "spool", "a", [report(SIGNAL), "no report\n"])
    with monkeypatch.context() as between:
        between.setattr(Path, "unlink", killed)
        with pytest.raises(Killed):
            take(outbox, tmp_path / "spool")
    assert len(list((tmp_path / "spool").iterdir())) == 1
    take(outbox, tmp_path / "spool")
    assert contents(outbox) == [report(SIGNAL)]
    assert outbox.standing().parked == 1
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_file_of_which_half_was_taken_in_is_taken_in_whole(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = spool._lines

    def killed(opened: Any) -> Any:
        yield next(iter(real(opened)))
        raise Killed

    drop(tmp_path / "spool", "a", [report(SIGNAL, "1"), report(SIGNAL, "2")])
    with monkeypatch.context() as between:
        between.setattr(spool, "_lines", killed)
        with pytest.raises(Killed):
            take(outbox, tmp_path / "spool")
    assert outbox.standing().pending == 0
    take(outbox, tmp_path / "spool")
    assert [one["note"] for one in contents(outbox)] == ["1", "2"]


def test_the_same_file_dropped_once_more_says_the_same_once_more(outbox: Outbox, tmp_path: Path) -> None:
    for _ in range(2):
        drop(tmp_path / "spool", "a", [report(SIGNAL)])
        take(outbox, tmp_path / "spool")
    assert contents(outbox) == [report(SIGNAL)] * 2


def test_a_line_with_an_id_is_one_report_whichever_file_it_comes_in(outbox: Outbox, tmp_path: Path) -> None:
    for name in ("a", "b"):
        drop(tmp_path / "spool", name, [{**report(SIGNAL), "id": "decision 1"}])
    take(outbox, tmp_path / "spool")
    assert contents(outbox) == [report(SIGNAL)]
    assert not outbox.put(report(SIGNAL), id="decision 1")


def test_a_bad_line_is_parked_with_its_place_and_reason_and_can_be_read_again(outbox: Outbox, tmp_path: Path) -> None:
    decision = {"decision": "account_removed", "signal": SIGNAL}
    rows = [report(SIGNAL), "{ no json\n", "[1]\n", "\udcff\n".encode("utf-8", "surrogateescape").decode("latin-1")]
    drop(tmp_path / "spool", "a", [*rows, {**report(SIGNAL), "verdict": "GUILTY"}, decision])
    take(outbox, tmp_path / "spool")
    assert contents(outbox) == [report(SIGNAL)]
    assert [(one["source"], one["code"], one["reason"]) for one in parking.parked(outbox)] == [
        ("a:2", "BAD_LINE", "NOT_JSON"),
        ("a:3", "BAD_LINE", "NOT_JSON"),
        ("a:4", "BAD_LINE", "NOT_JSON"),
        ("a:5", "BAD_LINE", "WRONG_TYPE"),
        ("a:6", "BAD_LINE", "NO_RULE"),
    ]
    rules = rule_file.parse(
        '[[rule]]\nwhen = {decision = "account_removed"}\nverdict = "MATCHED"\nsignal_id="$.signal"'
    )
    assert len(parking.retry(outbox)) == 5
    take(outbox, tmp_path / "spool", rules)
    assert contents(outbox) == [report(SIGNAL), {"signalId": SIGNAL, "verdict": "MATCHED"}]
    assert outbox.standing().parked == 4


def test_a_file_that_is_no_lines_is_kept_aside_as_it_is(outbox: Outbox, tmp_path: Path) -> None:
    drop(tmp_path / "spool", "a", [report(SIGNAL), "x" * (spool.MAX_LINE_BYTES + 1)])
    take(outbox, tmp_path / "spool")
    assert contents(outbox) == []
    (kept,) = (tmp_path / "spool" / "rejected").iterdir()
    assert kept.stat().st_size > spool.MAX_LINE_BYTES
    (parked,) = parking.parked(outbox)
    assert (parked["code"], parked["source"]) == ("BAD_FILE", "a")
    assert str(kept) in parked["message"]


def test_a_file_that_cannot_be_read_keeps_no_other_from_being_taken(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def closed(file: Path, *how: Any) -> Any:
        if file.name == "a":
            raise PermissionError
        return real(file, *how)

    for name in ("a", "b"):
        drop(tmp_path / "spool", name, [report(SIGNAL, name)])
    monkeypatch.setattr(Path, "open", closed)
    take(outbox, tmp_path / "spool")
    assert [one["note"] for one in contents(outbox)] == ["b"]
    assert [one["reason"] for one in parking.parked(outbox)] == ["UNREADABLE"]
    assert parking.retry(outbox) == []


def test_a_file_whose_name_is_no_text_is_taken_in_like_any_other(outbox: Outbox, tmp_path: Path) -> None:
    names = [os.fsdecode(b"caf\xe9.jsonl"), os.fsdecode(b"long\xe9.jsonl")]
    drop(tmp_path / "spool", names[0], [report(SIGNAL, "1"), "nothing\n"])
    drop(tmp_path / "spool", names[1], ["x" * (spool.MAX_LINE_BYTES + 1)])
    take(outbox, tmp_path / "spool")
    assert contents(outbox) == [report(SIGNAL, "1")]
    assert {one["source"] for one in parking.parked(outbox)} == {"caf\\udce9.jsonl:2", "long\\udce9.jsonl"}


def test_a_bad_file_with_a_long_name_keeps_no_other_from_being_taken(outbox: Outbox, tmp_path: Path) -> None:
    drop(tmp_path / "spool", "ü" * 126, ["x" * (spool.MAX_LINE_BYTES + 1)])
    drop(tmp_path / "spool", "b", [report(SIGNAL, "b")])
    take(outbox, tmp_path / "spool")
    assert [one["note"] for one in contents(outbox)] == ["b"]
    (parked,) = parking.parked(outbox)
    (moved,) = (tmp_path / "spool" / spool.REJECTED).iterdir()
    assert str(moved) in parked["message"]


def test_a_file_that_was_taken_back_keeps_no_other_from_being_taken(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = drop(tmp_path / "spool", "b", [report(SIGNAL, "b")])
    monkeypatch.setattr(spool, "_files", lambda directory: [directory / "a", kept])
    take(outbox, tmp_path / "spool")
    assert [one["note"] for one in contents(outbox)] == ["b"]
    assert parking.parked(outbox) == []


def test_a_spool_that_is_no_directory_of_ours_is_told(outbox: Outbox, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file")
    with pytest.raises(NotReady):
        take(outbox, tmp_path / "spool")


def test_what_the_spool_held_arrives_at_the_exchange(shared: World, outbox: Outbox, tmp_path: Path) -> None:
    signals = shared.signals(3)
    drop(tmp_path / "spool", "a", [report(signal, note) for note in ("1", "2") for signal in signals])
    assert shared.deliver(outbox, spool=tmp_path / "spool").parked == 0
    assert shared.history(signals) == {signal: ["1", "2"] for signal in signals}
