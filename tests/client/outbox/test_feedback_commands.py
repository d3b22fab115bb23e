"""`lantern feedback` as a person or a service manager runs it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.client.outbox import Outbox, delivery
from tests.client.outbox.test_rules import RULES
from tests.client.outbox.test_spool import drop
from tests.client.outbox.world import World, report
from tests.waiting import PATIENCE, until


@dataclass
class Lantern:
    """The command line with a home of its own."""

    home: Path
    environment: Mapping[str, str]

    @property
    def state(self) -> Path:
        return self.home / "main"

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "app.client.cli.main", "--json", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env={**self.environment}, stdout=pipe, stderr=pipe, text=True)

    def says(self, *arguments: str, code: int = 0) -> Any:
        """What it prints: one object, or a list of them."""
        ran = self.start("feedback", *arguments)
        printed, complained = ran.communicate(timeout=PATIENCE)
        assert ran.returncode == code, (printed, complained)
        found = [json.loads(line) for line in printed.splitlines()]
        return found[0] if len(found) == 1 else found


@pytest.fixture
def lantern(shared: World, tmp_path: Path) -> Lantern:
    known = shared.secret("birch")
    (tmp_path / "secret").write_text(known.secret)
    (tmp_path / "secret").chmod(0o600)
    said = {
        "EXCHANGE_HOME": str(tmp_path / "home"),
        "EXCHANGE_URL": shared.url,
        "EXCHANGE_CLIENT": known.client_id,
        "EXCHANGE_SECRET_FILE": str(tmp_path / "secret"),
    }
    return Lantern(tmp_path / "home", {k: v for k, v in os.environ.items() if not k.startswith("EXCHANGE_")} | said)


def test_a_report_goes_from_the_command_line_to_the_exchange(shared: World, lantern: Lantern) -> None:
    (sent,) = shared.signals(1)
    attested = ["--review-status", "REVIEWED_MANUALLY", "--reviewed-at", "2026-01-31T12:00:00Z"]
    attested += ["--reviewer-role", "Investigator", "--policy-reference", "Policy 2.3"]
    said = ["add", sent, "CONFIRMED_VIOLATION", *attested, "--action", "ACCOUNT_REMOVED=2", "--id", "a"]
    assert lantern.says(*said) == {"put": True}
    assert lantern.says(*said) == {"put": False}
    assert lantern.says("status")["pending"] == 1
    assert lantern.says("run", "--once")["delivered"] == 1
    assert shared.history([sent]) == {sent: [None]}


def test_what_cannot_be_put_is_said_by_the_exit_code(lantern: Lantern) -> None:
    lantern.says("add", "sig_x", "MATCHED", code=2)
    lantern.says("retry", code=2)
    lantern.says("drop", code=2)
    lantern.says("drop", "7", code=1)


def test_parked_reports_are_listed_retried_and_dropped(lantern: Lantern) -> None:
    lantern.says("add", f"sig_{5:032x}", "MATCHED")
    lantern.says("run", "--once", code=1)
    parked = lantern.says("parked")
    assert (parked["id"], parked["code"]) == (1, "NOT_FOUND")
    assert lantern.says("retry", "--all") == {"retried": 1, "ids": [1]}
    lantern.says("run", "--once", code=1)
    assert lantern.says("drop", "1") == {"dropped": 1, "ids": [1]}
    assert lantern.says("parked") == []


def test_a_second_deliverer_does_not_begin(lantern: Lantern) -> None:
    with Outbox(lantern.state / "outbox.db") as outbox, delivery.alone(outbox):
        lantern.says("run", "--once", code=6)


def test_a_client_that_is_not_known_is_told_apart_from_a_network_that_is_away(lantern: Lantern) -> None:
    lantern.says("add", f"sig_{5:032x}", "MATCHED")
    unknown = Lantern(lantern.home, {**lantern.environment, "EXCHANGE_CLIENT": "cli_unknown"})
    unknown.says("run", "--once", code=3)
    assert lantern.says("status")["in_flight"] == 1


def test_a_follower_delivers_what_comes_and_ends_when_asked(shared: World, lantern: Lantern, tmp_path: Path) -> None:
    one, other = shared.signals(2)
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    followed = lantern.start("feedback", "run", "--spool", str(tmp_path / "spool"), "--rules", str(rules))
    decision = {"decision": "closed", "score": 0, "automatic": True, "lantern": {"signalId": one}}
    drop(tmp_path / "spool", "a", [decision, {"decision": "unheard of"}])
    with Outbox(lantern.state / "outbox.db") as outbox:
        outbox.put(report(other))

        def all_dealt_with() -> bool:
            assert followed.poll() is None, followed.communicate()
            standing = outbox.standing()
            return standing.delivered == 2 and standing.parked == 1

        until(all_dealt_with)
    followed.send_signal(signal.SIGTERM)
    printed, complained = followed.communicate(timeout=PATIENCE)
    assert followed.returncode == 0, complained
    assert json.loads(printed)["delivered"] == 2
    assert shared.history([one, other]) == {one: [None], other: ["1"]}
    assert lantern.says("parked")["reason"] == "NO_RULE"


def test_rules_are_checked_and_tried(lantern: Lantern, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    assert lantern.says("check", str(rules)) == {"rules": 4, "problems": 0}
    wanted = f"sig_{1:032x}"
    closed = {"decision": "closed", "score": 0, "automatic": True, "lantern": {"signalId": wanted}}
    tried = drop(tmp_path, "decisions", [closed, {"decision": "duplicate"}, {"decision": "unheard of"}])
    found = lantern.says("check", str(rules), "--try", str(tried), code=1)
    assert [(one["line"], one["rule"], one["verdict"], one["signalId"]) for one in found] == [
        (1, 4, "NO_MATCH", wanted),
        (2, 1, "(ignored)", None),
        (3, None, None, None),
    ]
    assert found[2]["problem"].startswith("NO_RULE")
    rules.write_text('[[rule]]\nverdict = "GUILTY"\n')
    assert lantern.says("check", str(rules), code=2)["rule"] == 1
    lantern.says("run", "--once", "--rules", str(rules), code=2)
