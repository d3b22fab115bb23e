"""What operators and administrators do from the command line; and that others cannot."""

import json
import os
import stat
from pathlib import Path
from uuid import uuid4

import pytest
from joserfc.jwk import ECKey, OctKey

from app.client import ClientSecret, Exchange, NotSignedIn, operations
from scripts.exchange_client import Exchange as Running
from tests.client.command_line import CommandLine


@pytest.fixture
def operator(running: Running, tmp_path: Path) -> CommandLine:
    return CommandLine.of(tmp_path / "operator", running, "operator")


@pytest.fixture
def alder(running: Running, tmp_path: Path) -> CommandLine:
    return CommandLine.of(tmp_path / "alder", running, "alder")


@pytest.fixture
def slug() -> str:
    return f"elm-{uuid4().hex[:8]}"


def test_an_operator_admits_a_participant_and_leads_it_on(operator: CommandLine, slug: str) -> None:
    admitted = operator.json("participant", "admit", slug, "Elm", "--class", "RECEIVE_ONLY")
    assert (admitted["slug"], admitted["status"], admitted["participantClass"]) == (slug, "APPLIED", "RECEIVE_ONLY")
    assert operator.json("participant", "status", slug, "COMPLIANCE_REVIEW")["status"] == "COMPLIANCE_REVIEW"
    assert operator.json("participant", "quarantine", slug)["slug"] == slug
    assert operator.json("participant", "show", admitted["id"])["status"] == "COMPLIANCE_REVIEW"
    listed = operator.lines("participant", "list", "--status", "COMPLIANCE_REVIEW")
    assert slug in [one["slug"] for one in listed]
    assert "CONFLICT" in operator.run("participant", "admit", slug, "Elm", "--class", "OBSERVER", code=5).stderr
    operator.run("participant", "status", slug, "NO_SUCH_STATUS", code=2)
    assert "no participant" in operator.run("participant", "show", "nobody-there", code=2).stderr


def test_an_operator_makes_groups(operator: CommandLine, slug: str) -> None:
    group = operator.json("participant", "group", "create", slug, "Elm watch")["id"]
    operator.run("participant", "group", "add", group, "cedar", "birch")
    assert slug in operator.json("participant", "show", "cedar")["groups"]
    operator.run("participant", "group", "remove", group, "cedar")
    assert slug not in operator.json("participant", "show", "cedar")["groups"]


def test_a_secret_is_told_once_or_written_for_its_owner_alone(
    operator: CommandLine, running: Running, tmp_path: Path
) -> None:
    made = operator.json("client", "register", "cedar", "Nightly", "--scope", "feed:read", "--scope", "signals:read")
    assert viewer_of(running, made["id"], made["clientSecret"]) == ["feed:read", "signals:read"]
    file = tmp_path / "secrets" / "nightly"
    done = operator.run("client", "rotate-secret", made["id"], "--secret-file", str(file))
    secret = file.read_text().strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret not in done.stdout + done.stderr
    assert viewer_of(running, made["id"], secret)
    with pytest.raises(NotSignedIn):
        viewer_of(running, made["id"], made["clientSecret"])


def viewer_of(running: Running, client_id: str, secret: str) -> list[str]:
    with Exchange(running.url, ClientSecret(client_id, secret)) as exchange:
        return exchange.ask(operations.viewer())["scopes"]


def test_a_secret_that_could_not_be_written_is_not_asked_for(
    operator: CommandLine, running: Running, tmp_path: Path
) -> None:
    made = operator.json("client", "register", "cedar", "Nightly", "--scope", "feed:read")
    (tmp_path / "file").touch()
    operator.run("client", "rotate-secret", made["id"], "--secret-file", str(tmp_path / "file" / "x"), code=2)
    operator.run("client", "rotate-secret", made["id"], "--secret-file", str(tmp_path), code=2)
    assert viewer_of(running, made["id"], made["clientSecret"])


def test_who_rotates_its_own_secret_goes_on_with_the_new_one(
    operator: CommandLine, running: Running, tmp_path: Path
) -> None:
    given = ("--scope", "clients:manage", "--scope", "participants:read")
    made = operator.json("client", "register", "cedar", "Administration", *given)
    lantern = CommandLine(tmp_path / "home")
    lantern.run("login", "--url", running.url, "--client-id", made["id"], given=made["clientSecret"])
    lantern.run("client", "rotate-secret", made["id"])
    assert lantern.json("status")["participant"] == "cedar"


def test_only_public_parts_of_keys_are_sent(operator: CommandLine, tmp_path: Path) -> None:
    first, second = (ECKey.generate_key("P-256", {"kid": kid}) for kid in ("first", "second"))
    file = tmp_path / "key.json"
    file.write_text(json.dumps(first.as_dict(private=True)))
    made = operator.json("client", "register-key", "cedar", "Signing", str(file), "--scope", "feed:read")
    assert (made["keyIds"], made["authMethod"]) == (["first"], "private_key_jwt")
    file.write_text(json.dumps({"keys": [first.as_dict(private=True), second.as_dict(private=False)]}))
    assert operator.json("client", "set-keys", made["id"], str(file))["keyIds"] == ["first", "second"]
    for wrong in ("", "[]", "{}", '{"keys": [1]}', json.dumps(OctKey.generate_key(256).as_dict(private=True))):
        file.write_text(wrong)
        assert "Key" in operator.run("client", "set-keys", made["id"], str(file), code=2).stderr
    operator.run("client", "set-keys", made["id"], str(tmp_path / "nothing"), code=2)


def test_a_client_is_confined_freed_and_shut_out(operator: CommandLine, running: Running) -> None:
    made = operator.json("client", "register", "birch", "Old", "--scope", "feed:read", "--confined")
    assert made["confined"]
    assert not operator.json("client", "confine", made["id"], "--off")["confined"]
    assert operator.json("client", "disable", made["id"])["disabledAt"]
    with pytest.raises(NotSignedIn):
        viewer_of(running, made["id"], made["clientSecret"])
    (listed,) = (one for one in operator.lines("client", "list", "--participant", "birch") if one["id"] == made["id"])
    assert (listed["participant"], listed["name"]) == ("birch", "Old")


def test_a_participant_lists_its_own_clients_and_can_register_none(alder: CommandLine, running: Running) -> None:
    mine = alder.lines("client", "list")
    assert running.clients["alder"].client_id in [one["id"] for one in mine]
    assert {one["participant"] for one in mine} == {"alder"}
    refused = alder.run("client", "register", "alder", "Mine", "--scope", "feed:read", code=3)
    assert "FORBIDDEN" in refused.stderr
    alder.run("participant", "admit", "elm", "Elm", "--class", "OPERATOR", code=3)


def test_people_are_invited_by_a_link_that_is_told_once(operator: CommandLine, slug: str, tmp_path: Path) -> None:
    file = tmp_path / "link"
    given = (f"{slug}@cedar.example", "Cleo Reed", "--role", "ANALYST", "--participant", "cedar")
    invited = operator.json("person", "invite", *given, "--link-file", str(file))
    assert file.read_text().startswith("http")
    assert invited["roles"] == ["ANALYST"]
    people = operator.lines("person", "list", "--participant", "cedar")
    assert [one["participant"] for one in people if one["id"] == invited["id"]] == ["cedar"]
    assert operator.json("person", "reset-password", invited["id"])["link"].startswith("http")
    assert operator.json("person", "disable", invited["id"])["disabledAt"]
    operator.run("person", "invite", "x@cedar.example", "X", "--role", "KING", "--participant", "cedar", code=5)


def server_at(place: Path, code: int = 0) -> Path:
    """What looks like a checkout, and notes what it is asked."""
    program = place / "scripts" / "run"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\necho "$@ secret:$EXCHANGE_SECRET" in "$PWD" > asked\nexit {code}\n')
    program.chmod(0o755)
    return place


def test_keys_of_the_exchange_are_rotated_by_its_own_program(alder: CommandLine, tmp_path: Path) -> None:
    server = server_at(tmp_path / "server")
    alder.run("keys", "rotate", "tags", "--retire", "--server", str(server))
    assert (server / "asked").read_text() == f"rotate tags --retire secret: in {server}\n"
    alder.run("keys", "rotate", "encryption", "--server", os.path.relpath(server, Path(__file__).parents[2]))
    assert (server / "asked").read_text() == f"rotate encryption secret: in {server}\n"
    assert "scripts/run" in alder.run("keys", "rotate", "tags", "--server", str(tmp_path), code=2).stderr
    alder.run("keys", "rotate", "everything", "--server", str(server), code=2)
    alder.run("keys", "rotate", "tags", "--server", str(server_at(tmp_path / "refusing", code=1)), code=5)
