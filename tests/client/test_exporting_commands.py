"""What a participant may see as a file, from the exchange or from the replica; and how far these are."""

import csv
import json
import socket
import stat
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import stix2

from app.client import Exchange, operations
from app.client.cli import commands, exits
from app.client.outbox.outbox import FILE, Outbox
from app.client.replica.database import FILE as REPLICA
from app.rules.stix.names import id_of
from scripts.exchange_client import Exchange as Running
from scripts.exchange_client import free_port
from tests.client.asking import secret_of, until_told
from tests.client.command_line import CommandLine


@pytest.fixture
def lantern(running: Running, tmp_path: Path) -> CommandLine:
    return CommandLine.of(tmp_path / "home", running, "birch")


@pytest.fixture(scope="module")
def shared(running: Running) -> dict[str, str]:
    """Signals of Alder's, by value: one in clear, one that a spreadsheet would run, one person-level."""
    values = {f"invented {uuid4().hex}": "KEYWORD", f"={uuid4().hex}": "KEYWORD"}
    values[f"{uuid4().hex}@mail.example"] = "EMAIL_ADDRESS"
    drafts: Any = [
        {
            "type": type,
            "value": value,
            "violations": ["CSAM_SOLICITATION"],
            "severity": "LOW",
            "confidence": 50,
            **({"language": "en"} if type == "KEYWORD" else {}),
        }
        for value, type in values.items()
    ]
    with Exchange(running.url, secret_of(running, "alder")) as alder:
        rows = alder.ask(operations.upload(drafts))
    assert [row["problem"] for row in rows] == [None] * 3
    signals = {value: str(row["signalId"]) for value, row in zip(values, rows, strict=True)}
    with Exchange(running.url, secret_of(running, "birch")) as birch:
        until_told(birch, signals.values())
    return signals


def exported(lantern: CommandLine, file: Path, *options: str) -> tuple[Any, str]:
    done = lantern.json("export", str(file), *options)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    return done, file.read_text("utf-8")


@pytest.mark.parametrize("where", [(), ("--local",)], ids=["online", "local"])
def test_all_that_may_be_seen_is_written_in_each_format(
    lantern: CommandLine, shared: dict[str, str], tmp_path: Path, where: tuple[str, ...]
) -> None:
    lantern.run("sync")
    done, text = exported(lantern, tmp_path / "signals.jsonl", "--format", "jsonl", *where)
    lines = [json.loads(line) for line in text.splitlines()]
    ids = {line["id"] for line in lines}
    assert len(ids) == len(lines) == done["signals"]
    assert set(shared.values()) <= ids
    person = next(line for line in lines if line["id"] == list(shared.values())[2])
    assert person["value"] is None
    assert list(shared)[2] not in text

    done, text = exported(lantern, tmp_path / "signals.csv", "--format", "csv", *where)
    rows = {row["id"]: row for row in csv.DictReader(text.splitlines())}
    clear, formula, _ = shared
    assert rows[shared[clear]]["value"] == clear
    assert rows[shared[formula]]["value"] == f"'{formula}"
    assert rows.keys() == ids

    done, text = exported(lantern, tmp_path / "bundle.json", *where)
    bundle = stix2.parse(text, allow_custom=False)
    assert len([one for one in bundle.objects if one.type == "indicator"]) == done["signals"] == len(ids)


@pytest.mark.parametrize(
    ("name", "format"), [("a.csv", "csv"), ("a.JSONL", "jsonl"), ("a.json", "stix"), ("a", "stix")]
)
def test_a_file_is_written_as_it_is_called(lantern: CommandLine, tmp_path: Path, name: str, format: str) -> None:
    lantern.run("sync")
    assert exported(lantern, tmp_path / name, "--local")[0]["format"] == format


def test_what_cannot_be_written_whole_leaves_the_file_as_it_was(lantern: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "signals.csv"
    file.write_text("before")
    lantern.run("export", str(file), "--local", code=6)
    nowhere = f"http://127.0.0.1:{free_port()}"
    lantern.environment |= {"EXCHANGE_URL": nowhere, "EXCHANGE_SECRET": "lxs_x"}
    lantern.run("export", str(tmp_path / "no" / "where.csv"), code=2)
    assert file.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["signals.csv"]


def test_the_status_tells_how_far_replica_and_outbox_are(lantern: CommandLine, shared: dict[str, str]) -> None:
    assert not {"replica", "outbox"} & lantern.json("status").keys()
    lantern.run("sync")
    with Outbox(lantern.home / "main" / FILE) as outbox:
        outbox.put({"signalId": next(iter(shared.values())), "verdict": "MATCHED"})
    found = lantern.json("status")
    assert (found["participant"], found["replica"]["complete"]) == ("birch", True)
    assert found["replica"]["signals"] >= len(shared)
    assert 0 <= found["replica"]["age_seconds"] < 600
    assert (found["outbox"]["pending"], found["outbox"]["parked"]) == (1, 0)
    assert "outbox pending" in lantern.run("status").stdout


def test_what_the_exchange_does_not_answer_hides_nothing_that_is_here(lantern: CommandLine) -> None:
    lantern.run("sync")
    done = lantern.run("--json", "status", code=3, EXCHANGE_SECRET="lxs_wrong")
    assert json.loads(done.stdout)["replica"]["complete"]
    assert "lxs_wrong" not in done.stdout + done.stderr


def test_what_is_damaged_hides_nothing_else(lantern: CommandLine) -> None:
    lantern.run("feedback", "status")
    (lantern.home / "main" / REPLICA).write_text("something else, for many a byte" * 100)
    found = json.loads(lantern.run("--json", "status", code=exits.NOT_READY).stdout)
    assert found["outbox"]["pending"] == 0
    assert found["participant"] == "birch"


def test_an_exchange_that_is_away_is_told_soon_and_by_its_address(lantern: CommandLine) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        done = lantern.run("status", code=4, EXCHANGE_URL=f"http://127.0.0.1:{port}")
    assert f"127.0.0.1:{port}/oauth/token. It was tried 3 times" in done.stderr


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_each_command_explains_itself(lantern: CommandLine, name: str) -> None:
    assert "Usage: lantern" in lantern.run(name, "--help").stdout


def test_a_bundle_has_every_link_of_what_it_holds_once(lantern: CommandLine, running: Running, tmp_path: Path) -> None:
    # More than a page of the feed gives with a signal, and in either direction.
    said: Any = {"violations": ["CSAM_SOLICITATION"], "severity": "LOW", "confidence": 50, "type": "DOMAIN"}
    with Exchange(running.url, secret_of(running, "alder")) as alder:
        hosts = ["hub.links.example", *(f"spoke{number}.links.example" for number in range(60))]
        rows = alder.ask(operations.upload([{**said, "value": host} for host in hosts]))
        hub, *spokes = (str(row["signalId"]) for row in rows)
        there: Any = [{"from": hub, "to": spoke, "relation": "REDIRECTS_TO"} for spoke in spokes[:55]]
        back: Any = [{"from": spoke, "to": hub, "relation": "DERIVED_FROM"} for spoke in spokes[55:]]
        assert {row["outcome"] for row in alder.ask(operations.link([*there, *back]))} == {"CREATED"}
    with Exchange(running.url, secret_of(running, "birch")) as birch:
        until_told(birch, (hub, *spokes))
    _, text = exported(lantern, tmp_path / "linked.json")
    bundle = stix2.parse(text, allow_custom=False)
    told = [(one.source_ref, one.target_ref) for one in bundle.objects if one.type == "relationship"]
    wanted = [tuple(id_of("indicator", link[end]) for end in ("from", "to")) for link in [*there, *back]]
    assert sorted(told) == sorted(wanted)
