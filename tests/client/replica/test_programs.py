"""`lantern sync`, `match`, `keys` and `reveal` as a participant runs them, against a served exchange."""

import json
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.client import operations, private_files
from app.client.cli import exits
from app.client.replica.store import Store
from tests.client.asking import until_told
from tests.client.importing.gateway import Answer, gateway
from tests.client.replica.processes import CHECKOUT, Machine, patient, served, share
from tests.client.replica.test_kills import everything
from tests.client.restartable import Restartable
from tests.waiting import until

EMAIL, URL = ("EMAIL_ADDRESS", "canary@mail.example"), ("URL", "https://files.example/a-page")


@pytest.fixture(scope="module")
def server() -> Iterator[Restartable]:
    with served() as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def shared(server: Restartable) -> list[str]:
    """The signals of what Alder shares, which the feed tells of."""
    with patient(server, "alder") as alder, patient(server, "birch") as birch:
        signals = [signal for _, signal in share(alder, [EMAIL, URL])]
        until_told(birch, signals)
        return signals


@pytest.fixture
def machine(server: Restartable, tmp_path: Path) -> Machine:
    return Machine(tmp_path, server)


def own(machine: Machine, name: str, text: str) -> str:
    file = machine.home / name
    file.write_text(text)
    return str(file)


def test_a_participant_matches_its_own_values_in_both_ways(machine: Machine) -> None:
    machine.run("keys", "issue")
    (said,) = machine.run("sync")
    assert (said["signals"], said["removed"]) == (2, 0)
    lines = [
        {"type": type, "value": value.upper() if type == "EMAIL_ADDRESS" else value} for type, value in (EMAIL, URL)
    ]
    jsonl = own(machine, "own.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    rows = "type,value\n" + "".join(f"{line['type']},{line['value']}\n" for line in lines)
    online, offline = machine.run("match", jsonl), machine.run("match", "--local", jsonl)
    assert online == offline
    assert [(row["line"], row["kind"], row["type"]) for row in offline] == [
        (1, "EXACT", EMAIL[0]),
        (2, "EXACT", URL[0]),
    ]
    table = machine.run("match", "--local", own(machine, "own.csv", rows))
    assert [row["line"] for row in table] == [2, 3]
    listed = machine.run("match", "--local", "--type", "URL", "-", given=f"{URL[1]}\n\nhttps://b.example/x\n".encode())
    assert [row["line"] for row in listed] == [1]
    assert "canary" not in json.dumps([online, offline, table, listed])
    assert "1 of 2 values matched" in machine.said


def test_values_that_are_none_are_told_without_repeating_them(machine: Machine) -> None:
    machine.run("sync")
    (row,) = machine.run(
        "match", "--local", "--type", "URL", "-", given=b"canary-that-is-none\n", code=exits.SOME_REJECTED
    )
    assert (row["line"], row["problem"]) == (1, "This is not an absolute URL under the URL standard.")
    machine.run("match", "--local", "-", given=b"canary-without-type\n", code=exits.USAGE)
    assert "canary" not in machine.said


@pytest.mark.parametrize("text", ["\ufeffid;type;value\n7;URL;{}\n", '\ufeff"id"\t"type"\t"value"\n7\tURL\t{}\n'])
def test_a_table_as_spreadsheets_write_it_is_matched(machine: Machine, text: str) -> None:
    machine.run("sync")
    file = own(machine, "own.csv", text.format(URL[1]))
    assert [row["line"] for row in machine.run("match", "--local", file)] == [2]
    (row,) = machine.run("match", "--local", "-", given=text.format(URL[1]).encode())
    assert row["maskedValue"]


def test_a_type_that_is_none_is_told_those_that_are(machine: Machine) -> None:
    file = own(machine, "own.txt", "canary@mail.example\n")
    machine.run("match", "--type", "EMAIL", file, code=exits.USAGE)
    assert "--type is one of EMAIL_ADDRESS, " in machine.said
    machine.run("match", str(machine.home / "absent.txt"), code=exits.USAGE)
    assert "absent.txt cannot be read: No such file" in machine.said


def test_match_is_not_ready_without_a_replica_or_its_key(machine: Machine) -> None:
    machine.run("match", "--local", "--type", "URL", "-", given=b"https://a.example/\n", code=exits.NOT_READY)
    machine.run("keys", "issue")
    machine.run("sync")
    (machine.home / "main" / "secrets.json").unlink()
    machine.run("match", "--local", "--type", EMAIL[0], "-", given=b"someone@mail.example\n", code=exits.NOT_READY)
    assert "lantern keys add" in machine.said


def test_a_match_key_is_brought_to_another_machine_and_never_printed(machine: Machine, tmp_path: Path) -> None:
    (issued,) = machine.run("keys", "issue")
    epoch, file = str(issued["epoch"]), tmp_path / "match.key"
    machine.run("keys", "write", epoch, "--file", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    machine.run("keys", "write", str(issued["epoch"] + 1), "--file", str(file), code=exits.NOT_READY)
    key = file.read_text().strip()
    other = Machine(tmp_path / "other", machine.server)
    assert other.run("keys", "list")[0] == {"epoch": issued["epoch"], "on_this_machine": False}
    other.run("keys", "add", epoch, given=b"not a key\n", code=exits.USAGE)
    other.run("keys", "add", epoch, given=f"{key}\n".encode())
    other.run("keys", "add", epoch, "--file", str(file))
    assert other.run("keys", "list")[0] == {"epoch": issued["epoch"], "on_this_machine": True}
    other.run("sync")
    (row,) = other.run("match", "--local", "--type", EMAIL[0], "-", given=f"{EMAIL[1]}\n".encode())
    assert row["kind"] == "EXACT"
    assert key not in json.dumps([issued, other.said, machine.said])


def test_a_revealed_value_is_kept_and_printed_only_when_asked(machine: Machine, shared: list[str]) -> None:
    email, why = shared[0], ("--purpose", "MATCH_REVIEW", "--text", "to test what is printed")
    machine.run("reveal", email, *why, code=exits.NOT_READY)
    machine.run("sync")
    (row,) = machine.run("reveal", email, *why)
    assert row.keys() == {"signal", "record"}
    connection = sqlite3.connect(machine.file)
    assert connection.execute("SELECT value FROM shared WHERE id = ?", (email,)).fetchone() == (EMAIL[1],)
    connection.close()
    (shown,) = machine.run("reveal", email, *why, "--show")
    assert shown["value"] == EMAIL[1]
    machine.run("reveal", f"sig_{'0' * 32}", *why, code=exits.SOME_REJECTED)
    machine.run("reveal", email, "--purpose", "CURIOSITY", "--text", "to test", code=exits.USAGE)


def test_a_cursor_of_another_exchange_is_read_anew(machine: Machine, shared: list[str]) -> None:
    """As after the exchange was restored from a backup."""
    machine.run("sync")
    store = Store.open(machine.file)
    state = store.state
    assert state is not None
    store._database.execute("UPDATE state SET said = replace(said, ?, 'AAAA')", (str(state.cursor)[:4],))
    store._database.execute("UPDATE signal SET id = 'sig_of_another' WHERE type = 'URL'")
    store.close()
    (said,) = machine.run("sync")
    assert (said["signals"], said["read_anew"]) == (2, 1)
    connection = sqlite3.connect(machine.file)
    assert {id for (id,) in connection.execute("SELECT id FROM signal")} == set(shared)
    connection.close()


def test_a_replica_of_another_client_is_refused(machine: Machine) -> None:
    machine.run("sync")
    other = Machine(machine.home, machine.server, "cedar")
    other.run("sync", code=exits.NOT_READY)
    assert "use another profile" in other.said


def test_two_at_once_are_refused(machine: Machine) -> None:
    machine.run("sync")
    with private_files.claimed(machine.file.with_suffix(".lock"), ""):
        machine.run("sync", code=exits.NOT_READY)
    assert "Another process" in machine.said


def test_a_follower_learns_what_comes_and_goes(machine: Machine) -> None:
    process = machine.begin("sync", "--follow", "--every", "1")
    try:
        with patient(machine.server, "alder") as alder:
            ((contribution, signal),) = share(alder, [("URL", "https://files.example/for-a-while")])
            until(lambda: signal in _ids(machine.file))
            alder.ask(operations.retract([contribution], "ERROR"))
            until(lambda: signal not in _ids(machine.file))
        assert process.poll() is None
    finally:
        process.terminate()
        process.communicate()
    assert b"for-a-while" not in b"".join(file.read_bytes() for file in machine.file.parent.glob("replica.db*"))


@pytest.mark.parametrize(
    "page",
    [
        {"items": [{"signalId": 5, "removed": True, "signal": None}], "endCursor": "x", "caughtUp": True},
        {"items": [{"signalId": "sig_1", "removed": False, "signal": {"type": "URL"}}], "endCursor": "x"}
        | {"caughtUp": True},
        {"items": [], "endCursor": 5, "caughtUp": False},
    ],
)
def test_a_page_of_another_shape_is_told_and_changes_nothing(machine: Machine, page: dict[str, Any]) -> None:
    told = json.dumps({"data": {"changes": {**page, "normaliserVersion": 1, "matchKeyEpoch": None}}}).encode()
    spoilt = False

    def instead(path: str, body: bytes, number: int) -> Answer | None:
        return Answer(200, {"Content-Type": "application/json"}, told) if spoilt and b"changes(" in body else None

    with gateway(machine.server.url, instead) as before:
        machine.environment |= {"EXCHANGE_URL": before.url, "EXCHANGE_ISSUER": machine.server.url}
        machine.run("sync")
        held = everything(machine.file)
        spoilt = True
        machine.run("sync", code=exits.REFUSED)
    assert "lacks what the schema promises" in machine.said
    assert everything(machine.file) == held != [[], []]


def test_a_follower_outlives_what_a_proxy_answers_meanwhile(machine: Machine) -> None:
    page = Answer(500, {"Content-Type": "text/html"}, b"<html>Sorry</html>")
    calls: list[int] = []

    def instead(path: str, body: bytes, number: int) -> Answer | None:
        calls.append(number)
        return page if path == "/graphql" and 5 <= number <= 7 else None

    with gateway(machine.server.url, instead) as before:
        machine.environment |= {"EXCHANGE_URL": before.url, "EXCHANGE_ISSUER": machine.server.url}
        process = machine.begin("sync", "--follow", "--every", "1")
        try:
            until(lambda: max(calls, default=0) > 9)
            assert process.poll() is None
        finally:
            process.terminate()
            process.communicate()


def _ids(file: Path) -> set[str]:
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            return {id for (id,) in connection.execute("SELECT id FROM signal")}
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return set()  # Not there yet.


def test_who_follows_waits_for_an_exchange_that_is_not_there_yet(machine: Machine) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        environment = {**machine.environment, "EXCHANGE_URL": f"http://127.0.0.1:{bound.getsockname()[1]}"}
        command = [sys.executable, "-m", "app.client.cli.main", "sync", "--follow"]
        with subprocess.Popen(command, cwd=CHECKOUT, env=environment, stderr=subprocess.PIPE, text=True) as following:
            try:
                assert following.stderr is not None
                assert "does not answer" in following.stderr.readline()
                # What it does next is to wait for half a minute.
                with pytest.raises(subprocess.TimeoutExpired):
                    following.wait(2)
            finally:
                following.kill()
