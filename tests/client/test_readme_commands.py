"""The commands of the README's section on the command line, pasted into a shell as they are written."""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.client import Exchange, operations, settings
from scripts.exchange_client import Exchange as Running
from scripts.exchange_client import own_exchange, read_settings
from tests.client.asking import secret_of, until_told
from tests.client.installed import ROOT
from tests.connecting.platform import pasted

README = (ROOT / "README.md").read_text()
LABELS = {"violations": ["SEXTORTION_FINANCIAL"], "severity": "LOW", "confidence": 50}
DOMAIN = "linked.shop.example"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with own_exchange() as running:
        yield running


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return str(found)


def files(directory: Path, signal: str) -> None:
    """What the commands name."""
    (directory / "hosts.txt").write_text("one[.]bad[.]example\ntwo.bad.example\n")
    (directory / "signals.csv").write_text("indicator,kind,remark\nthree.bad.example,host,seen twice\n")
    (directory / "mapping.toml").write_text(block("toml mapping"))
    (directory / "rules.toml").write_text(block("toml rules"))
    decisions = [
        {"id": "d1", "decision": "account_removed", "queue": "grooming", "lantern": {"signalId": signal}}
        | {"review": {"at": "2026-07-01T12:00:00Z", "role": "Child safety investigator"}},
        {"id": "d2", "decision": "duplicate", "lantern": {"signalId": signal}},
    ]
    (directory / "decisions.jsonl").write_text("".join(json.dumps(one) + "\n" for one in decisions))
    (directory / "users.jsonl").write_text(
        json.dumps({"type": "EMAIL_ADDRESS", "value": " Shared@MAIL.example "}) + "\n"
    )
    at = "2026-07-01T00:00:00.000Z"
    made = {"spec_version": "2.1", "created": at, "modified": at}
    ids = [f"indicator--00000000-0000-4000-8000-00000000000{number}" for number in (1, 2)]
    patterns = [f"[domain-name:value = '{DOMAIN}']", f"[url:value = 'https://{DOMAIN}/a']"]
    indicators = [
        {
            "type": "indicator",
            "id": id,
            "pattern": pattern,
            "pattern_type": "stix",
            "valid_from": made["created"],
            **made,
        }
        for id, pattern in zip(ids, patterns, strict=True)
    ]
    link = {"type": "relationship", "id": "relationship--00000000-0000-4000-8000-000000000003", **made}
    link |= {"relationship_type": "related-to", "source_ref": ids[0], "target_ref": ids[1]}
    bundle = {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000004", "objects": [*indicators, link]}
    (directory / "incident.stix.json").write_text(json.dumps(bundle))


def test_the_commands_run_as_they_are_written(running: Running, installed: Path, tmp_path: Path) -> None:
    with Exchange(running.url, secret_of(running, "alder")) as alder:
        shared = [{**LABELS, "type": "EMAIL_ADDRESS", "value": "shared@mail.example"}]
        (row,) = alder.ask(operations.upload(shared))  # type: ignore[arg-type]
    signal = str(row["signalId"])
    files(tmp_path, signal)
    birch = running.clients["birch"]
    environment = {
        "EXCHANGE_HOME": str(tmp_path / "home"),
        "EXCHANGE_URL": running.url,
        "EXCHANGE_CLIENT": birch.client_id,
        "EXCHANGE_SECRET": birch.secret,
        "SIGNAL": signal,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    imports, sync, rest = block("sh lantern").partition("lantern sync ")
    told = pasted(imports, tmp_path, installed / "bin", **environment)
    with Exchange(running.url, secret_of(running, "birch")) as exchange:
        hosts = [f"{name}.bad.example" for name in ("one", "two", "three")]
        until_told(exchange, [signal, *hosts, DOMAIN, f"https://{DOMAIN}/a"])
    told += pasted(f"lantern keys issue\n{sync}{rest}", tmp_path, installed / "bin", **environment)
    assert "shared@mail.example" in told, "revealed"
    assert "Shared@MAIL" not in told, "only matched"
    assert json.loads(next(line for line in told.splitlines() if line.startswith('{"')))["delivered"] == 1
    assert "<table" in (tmp_path / "impact.html").read_text()
    exported = json.loads((tmp_path / "shared.json").read_text())["objects"]
    assert {"indicator", "relationship", "sighting", "opinion"} <= {one["type"] for one in exported}
    with sqlite3.connect(tmp_path / "home" / "main" / "replica.db") as replica:
        assert replica.execute("SELECT count(*) FROM shared").fetchone()[0] >= 6


def test_operators_commands_run_as_they_are_written(running: Running, installed: Path, tmp_path: Path) -> None:
    assert running.directory
    demo = read_settings(running.directory / "demo.env")
    environment = {
        "EXCHANGE_HOME": str(tmp_path / "home"),
        "EXCHANGE_URL": running.url,
        "EXCHANGE_CLIENT": demo["OPERATOR_CLIENT"],
        "EXCHANGE_SECRET": demo["OPERATOR_SECRET"],
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    told = pasted(block("sh operator"), tmp_path, installed / "bin", **environment)
    assert "Importer" in told
    assert (tmp_path / "fern.secret").stat().st_mode & 0o077 == 0
    assert (tmp_path / "fern.secret").read_text().strip() not in told


def test_every_setting_of_the_client_is_listed() -> None:
    names = {value for value in vars(settings).values() if isinstance(value, str) and value.startswith("EXCHANGE_")}
    listed = set(
        re.findall(r"`(EXCHANGE_[A-Z_]+)`", README.partition("**Settings** stand in")[2].partition("\n## ")[0])
    )
    assert names == listed
