"""How a machine comes to ask in somebody's name, and stops to: people in the browser, programs with secret or key."""

import json
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import keyring
import pytest
from joserfc.jwk import ECKey
from keyring.backends import fail, null

from app.client import loopback, signing_in, vault
from app.client.errors import NotSignedIn
from app.client.loopback import listening
from app.client.vault import REFRESH_TOKEN, KeyRing, SecretsFile
from scripts.exchange_client import Exchange as Running
from scripts.exchange_client import free_port
from tests.client.asking import asked
from tests.client.command_line import CommandLine
from tests.client.key_ring import FileKeyRing
from tests.client.people import visit
from tests.client_keys import key_set

REGISTER_KEY = """mutation ($input: RegisterKeyClientInput!) {
  registerKeyClient(input: $input) { ... on ApiClient { id } ... on Problem { code message } } }"""
REGISTER = """mutation ($input: RegisterPublicClientInput!) {
  registerPublicClient(input: $input) { ... on ApiClient { id } ... on Problem { code message } } }"""


@pytest.fixture
def lantern(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "home")


def address_of(process: subprocess.Popen[str]) -> str:
    """Where the person is asked to go."""
    assert process.stderr is not None
    for line in process.stderr:
        if signing_in.AUTHORIZATION_PATH in line:
            return line.strip()
    raise AssertionError("no address was printed")


def program_of(running: Running, slug: str) -> tuple[str, ...]:
    """A program that the participant registered, which takes people back at one port alone; as options."""
    port = str(free_port())
    given = {
        "participantId": participant_of(running, slug),
        "name": "Console",
        "scopes": ["signals:read", "participants:read"],
        "redirectUris": [f"http://127.0.0.1:{port}/callback"],
    }
    return "--client", asked(running, "operator", REGISTER, input=given)["id"], "--port", port


def participant_of(running: Running, slug: str) -> str:
    return str(asked(running, slug, "{ viewer { participant { id } } }")["participant"]["id"])


def signed_in(lantern: CommandLine, running: Running, slug: str, *options: str) -> dict[str, str]:
    """Through the real pages; what the address asked for."""
    process = lantern.begin("login", "--no-browser", *options)
    address = address_of(process)
    back = visit(running, slug, address)
    shown = httpx.get(back, trust_env=False)
    assert (shown.status_code, "You may close this page" in shown.text) == (200, True)
    assert "<script" not in shown.text
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    asked_for = dict(parse_qsl(urlsplit(address).query))
    code = dict(parse_qsl(urlsplit(back).query))["code"]
    assert code not in out + err
    return asked_for


def test_a_person_signs_in_by_browser_and_out_again(lantern: CommandLine, running: Running) -> None:
    """At the program that comes with the exchange, at whichever port is free; the next time without saying where."""
    asked_for = signed_in(lantern, running, "alder", "--url", running.url)
    assert asked_for["client_id"] == signing_in.COMMAND_LINE
    assert asked_for["code_challenge_method"] == "S256"
    assert "code_verifier" not in asked_for
    secrets = lantern.home / "main" / "secrets.json"
    token = json.loads(secrets.read_text())[REFRESH_TOKEN]
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert stat.S_IMODE(secrets.parent.stat().st_mode) == 0o700
    assert token not in (lantern.home / "config.toml").read_text()

    assert lantern.json("status")["person"] == "Ada Moss"
    assert lantern.json("status")["person"] == "Ada Moss"
    assert json.loads(secrets.read_text())[REFRESH_TOKEN] != token

    signed_in(lantern, running, "alder")
    assert lantern.json("status")["person"] == "Ada Moss"
    latest = json.loads(secrets.read_text())[REFRESH_TOKEN]

    lantern.run("logout")
    assert json.loads(secrets.read_text()) == {}
    form = {"grant_type": "refresh_token", "refresh_token": latest, "client_id": asked_for["client_id"]}
    refused = httpx.post(f"{running.url}/oauth/token", data=form, trust_env=False)
    assert refused.json()["error"] == "invalid_grant"
    assert "lantern login" in lantern.run("status", code=2).stderr


def test_what_lets_a_person_ask_goes_into_the_key_ring_where_there_is_one(
    lantern: CommandLine, running: Running, tmp_path: Path
) -> None:
    """In processes of their own, as the key ring is chosen by the environment, once."""
    ring = tmp_path / "ring.json"
    lantern.environment |= {
        "PYTHON_KEYRING_BACKEND": "tests.client.key_ring.FileKeyRing",
        "TEST_KEY_RING": str(ring),
        "PYTHONPATH": ".",
    }
    signed_in(lantern, running, "birch", "--url", running.url, *program_of(running, "birch"))
    assert not (lantern.home / "main" / "secrets.json").exists()
    (place,) = json.loads(ring.read_text())
    assert place == f"lantern-exchange:{lantern.home / 'main' / REFRESH_TOKEN}"
    out, _ = lantern.begin("--json", "status").communicate(timeout=120)
    assert json.loads(out)["person"] == "Ben Lake"
    lantern.begin("logout").communicate(timeout=120)
    assert json.loads(ring.read_text()) == {}


def test_a_machine_whose_key_ring_keeps_nothing_has_a_file(tmp_path: Path) -> None:
    before = keyring.get_keyring()
    try:
        for backend in (fail.Keyring(), null.Keyring()):
            keyring.set_keyring(backend)
            assert isinstance(vault.of(tmp_path), SecretsFile)
        keyring.set_keyring(FileKeyRing())
        assert isinstance(vault.of(tmp_path), KeyRing)
        # What began in a file stays there.
        SecretsFile(tmp_path / "secrets.json").keep(REFRESH_TOKEN, "x")
        assert isinstance(vault.of(tmp_path), SecretsFile)
    finally:
        keyring.set_keyring(before)


def test_secrets_that_are_kept_at_once_are_both_kept(tmp_path: Path) -> None:
    file = SecretsFile(tmp_path / "secrets.json")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: file.keep(f"name {number}", "x"), range(40)))
    assert len(json.loads(file.file.read_text())) == 40


def test_a_program_signs_in_with_a_secret_from_a_pipe(lantern: CommandLine, running: Running) -> None:
    credentials = running.clients["alder"]
    given = ("login", "--url", running.url, "--client-id", credentials.client_id)
    done = lantern.run(*given, given=f"{credentials.secret}\n")
    assert credentials.secret not in done.stdout + done.stderr
    assert "which nobody else on this machine may read" in done.stderr
    found = lantern.json("status")
    assert (found["client"], found["participant"]) == (credentials.client_id, "alder")


def test_who_never_signed_in_says_where(lantern: CommandLine) -> None:
    assert "--url" in lantern.run("login", code=2).stderr


def test_a_wrong_secret_is_not_kept(lantern: CommandLine, running: Running) -> None:
    client = running.clients["alder"].client_id
    done = lantern.run("login", "--url", running.url, "--client-id", client, given="lxs_wrong\n", code=3)
    assert "lxs_wrong" not in done.stdout + done.stderr
    assert not (lantern.home / "config.toml").exists()
    assert not (lantern.home / "main" / "secrets.json").exists()


def test_a_secret_stays_in_its_file_which_others_must_not_read(
    lantern: CommandLine, running: Running, tmp_path: Path
) -> None:
    credentials = running.clients["birch"]
    file = tmp_path / "secret"
    file.write_text(credentials.secret + "\n")
    given = ("login", "--url", running.url, "--client-id", credentials.client_id, "--secret-file", str(file))
    file.chmod(0o644)
    assert "chmod 600" in lantern.run(*given, code=2).stderr
    file.chmod(0o600)
    lantern.run("--profile", "night", *given)
    assert lantern.json("--profile", "night", "status")["participant"] == "birch"
    assert credentials.secret not in "".join(f.read_text() for f in lantern.home.rglob("*") if f.is_file())


def test_a_program_signs_in_with_a_key(lantern: CommandLine, running: Running, tmp_path: Path) -> None:
    participant = participant_of(running, "alder")
    key = ECKey.generate_key("P-256", {"kid": "k"})
    given = {"participantId": participant, "name": "Nightly", "scopes": ["feed:read"], "publicKeys": key_set(key)}
    client = asked(running, "operator", REGISTER_KEY, input=given)["id"]
    file = tmp_path / "key.json"
    file.write_text(json.dumps(key.as_dict(private=True)))
    file.chmod(0o600)
    lantern.run("login", "--url", running.url, "--client-id", client, "--key-file", str(file))
    assert lantern.json("status")["scopes"] == ["feed:read"]


def test_a_secret_is_never_taken_from_the_command_line(lantern: CommandLine) -> None:
    shown = lantern.run("login", "--help").stdout
    assert "--secret-file" in shown
    assert "--secret " not in shown
    lantern.run("login", "--url", "http://127.0.0.1:1", "--client-id", "cli_1", "--secret", "lxs_x", code=2)


def test_a_client_of_the_environment_has_no_secret_of_the_file(
    lantern: CommandLine, running: Running, tmp_path: Path
) -> None:
    credentials = running.clients["alder"]
    given = ("login", "--url", running.url, "--client-id", credentials.client_id)
    lantern.run(*given, given=credentials.secret)
    assert "EXCHANGE_CLIENT" in lantern.run("status", code=2, EXCHANGE_URL="https://elsewhere.example").stderr
    other = running.clients["birch"]
    assert "no secret" in lantern.run("status", code=2, EXCHANGE_CLIENT=other.client_id).stderr
    of_environment = {"EXCHANGE_CLIENT": other.client_id, "EXCHANGE_SECRET": other.secret}
    assert "birch" in lantern.run("status", **of_environment).stdout
    assert "no such profile" in CommandLine(tmp_path / "other").run("logout", code=2, **of_environment).stderr
    assert lantern.json("status")["participant"] == "alder"


def attempt_at(redirect_uri: str) -> signing_in.Attempt:
    return signing_in.Attempt("a-program", redirect_uri, "https://exchange.example")


@pytest.mark.parametrize(
    "changed",
    [{"state": "of somebody else"}, {"state": ""}, {"iss": "https://another.example"}, {"iss": ""}],
)
def test_what_a_page_made_up_is_turned_away(changed: dict[str, str]) -> None:
    with listening() as listener:
        attempt = attempt_at(listener.redirect_uri)
        good = {"state": attempt.state, "iss": attempt.issuer, "code": "c"}
        statuses = visited(listener, attempt, [good | changed, good, good])
    assert statuses == [400, 200]


def test_nothing_but_the_one_path_is_answered() -> None:
    with listening() as listener:
        attempt = attempt_at(listener.redirect_uri)
        good = {"state": attempt.state, "iss": attempt.issuer, "code": "c"}
        elsewhere = listener.redirect_uri.replace(loopback.PATH, "/other")
        assert visited(listener, attempt, [good, good], [elsewhere]) == [400, 200]


def visited(
    listener: Any, attempt: signing_in.Attempt, visits: list[dict[str, str]], first: list[str] | None = None
) -> list[int]:
    """The statuses that a browser sees, until the one that was waited for has come."""
    addresses = [*(first or []), *[listener.redirect_uri] * len(visits)]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(listener.wait, attempt.is_answered_by, 30.0)
        statuses: list[int] = []
        for address, came in zip(addresses, visits, strict=False):
            statuses.append(httpx.get(address, params=came, trust_env=False, timeout=30).status_code)
            if statuses[-1] == 200:
                break
        assert waiting.result()["code"] == "c"
    return statuses


def test_who_does_not_come_back_is_not_waited_for_for_ever() -> None:
    with listening() as listener, pytest.raises(NotSignedIn):
        listener.wait(lambda came: True, seconds=0.3)


def test_who_says_no_is_not_signed_in() -> None:
    attempt = attempt_at("http://127.0.0.1:1/callback")
    with pytest.raises(NotSignedIn, match="did not allow"):
        attempt.authority({"error": "access_denied", "error_description": "The person did not allow it."})


def test_neither_verifier_nor_code_is_shown() -> None:
    attempt = attempt_at("http://127.0.0.1:1/callback")
    authority = attempt.authority({"code": "a-code"})
    request = authority.request("https://exchange.example")
    shown = repr(attempt) + repr(authority) + repr(request)
    assert attempt.verifier not in shown + attempt.address("https://exchange.example")
    assert "a-code" not in shown
    assert request.form["code_verifier"] == attempt.verifier
