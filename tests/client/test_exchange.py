"""The client over real HTTP, in both manners: who it is taken for, what is side by side, and what it never tells."""

import asyncio
import json
import logging
import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from app.client import (
    AsyncExchange,
    ClientKey,
    ClientSecret,
    Exchange,
    Misconfigured,
    NotSignedIn,
    Refused,
    Unexpected,
    Unreachable,
    receiving,
)
from app.client import operations as ask
from app.client.operations import Operation
from app.client.settings import person
from app.client.vault import REFRESH_TOKEN, SecretsFile
from scripts.exchange_client import Exchange as Running
from scripts.exchange_client import free_port
from tests.client.asking import HASTY, MANNERS, Each, asked, secret_of
from tests.client.importing.gateway import Answer, gateway
from tests.client.people import refresh_token
from tests.client_keys import key_set

REGISTER = """mutation ($input: RegisterKeyClientInput!) {
  registerKeyClient(input: $input) { ... on ApiClient { id } ... on Problem { code message } } }"""
KEYS = {
    "P-256": lambda: ECKey.generate_key("P-256", {"kid": "k"}),
    "P-384": lambda: ECKey.generate_key("P-384", {"kid": "k"}),
    "Ed25519": lambda: OKPKey.generate_key("Ed25519", {"kid": "k"}),
    "RSA": lambda: RSAKey.generate_key(2048, {"kid": "k"}),
}
manners = pytest.mark.parametrize("each", MANNERS, ids=["ordinary", "asyncio"])


@pytest.fixture(scope="module")
def participant_id(running: Running) -> str:
    with Exchange(running.url, secret_of(running, "alder")) as exchange:
        found = exchange.ask(ask.viewer(participant=True))["participant"]
    assert found is not None
    return found["id"]


def key_client(running: Running, participant_id: str, key: Key) -> ClientKey:
    given = {
        "participantId": participant_id,
        "name": "Nightly",
        "scopes": ["feed:read", "signals:read"],
        "publicKeys": key_set(key),
    }
    client = asked(running, "operator", REGISTER, input=given)
    return ClientKey.read(client["id"], json.dumps(key.as_dict(private=True)))


@manners
def test_a_program_asks_with_its_secret(running: Running, each: Each) -> None:
    authority = secret_of(running, "alder")
    (found,) = each(running.url, authority, [ask.viewer()])
    assert found["clientId"] == authority.client_id


@manners
@pytest.mark.parametrize("kind", KEYS)
def test_a_program_asks_with_a_key_of_its_own(running: Running, participant_id: str, kind: str, each: Each) -> None:
    authority = key_client(running, participant_id, KEYS[kind]())
    (found,) = each(running.url, authority, [ask.viewer()])
    assert (found["clientId"], found["scopes"]) == (authority.client_id, ["feed:read", "signals:read"])


def test_a_key_that_the_exchange_does_not_know_gets_nothing(running: Running, participant_id: str) -> None:
    known = key_client(running, participant_id, KEYS["P-256"]())
    other = ClientKey(known.client_id, KEYS["P-256"]())
    with Exchange(running.url, other, patience=HASTY) as exchange, pytest.raises(NotSignedIn):
        exchange.ask(ask.viewer())


@manners
def test_a_person_asks_with_a_refresh_token_that_changes(running: Running, each: Each, tmp_path: Path) -> None:
    vault = SecretsFile(tmp_path / "secrets.json")
    vault.keep(REFRESH_TOKEN, first := refresh_token(running, "alder"))
    for _ in range(2):
        (found,) = each(running.url, person("lantern-explorer", vault), [ask.viewer()])
        assert found["person"]["name"] == "Ada Moss"
    assert vault.read(REFRESH_TOKEN) != first


def test_who_shares_a_refresh_token_takes_turns(running: Running, tmp_path: Path) -> None:
    """Four processes, and in one of them two clients; a token that came twice late would end the sign-in for all."""
    vault = SecretsFile(tmp_path / "secrets.json")
    vault.keep(REFRESH_TOKEN, refresh_token(running, "birch"))
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        names = pool.map(names_of_two_clients, [(running.url, vault.file)] * 8, chunksize=1)
    assert names == [["Ben Lake"] * 2] * 8


def names_of_two_clients(given: tuple[str, Path]) -> list[str]:
    url, file = given

    async def name() -> str:
        async with AsyncExchange(url, person("lantern-explorer", SecretsFile(file))) as exchange:
            found = await exchange.ask(ask.viewer())
        assert found["person"] is not None
        return found["person"]["name"]

    async def both() -> list[str]:
        return list(await asyncio.gather(name(), name()))

    return asyncio.run(both())


def test_nobody_asks_once_the_sign_in_has_ended(running: Running, tmp_path: Path) -> None:
    vault = SecretsFile(tmp_path / "secrets.json")
    with Exchange(running.url, person("lantern-explorer", vault)) as exchange:
        with pytest.raises(NotSignedIn, match="lantern login"):
            exchange.ask(ask.viewer())
        vault.keep(REFRESH_TOKEN, "lxr_" + "x" * 43)
        with pytest.raises(NotSignedIn) as refused:
            exchange.ask(ask.viewer())
    assert "xxx" not in str(refused.value)


def test_a_client_with_few_scopes_reads_what_these_show(running: Running, participant_id: str) -> None:
    """The exchange asks for the scope of a field even where a variable leaves it out."""
    with Exchange(running.url, key_client(running, participant_id, KEYS["P-256"]())) as exchange:
        scopes = exchange.ask(ask.viewer())["scopes"]
        page = exchange.ask(ask.changes(scopes=scopes))
        assert scopes == ["feed:read", "signals:read"]
        assert "matchKeyEpoch" not in page
        with pytest.raises(Refused) as refused:
            exchange.ask(ask.changes(scopes=[*scopes, "feedback:read"]))
    assert refused.value.code == "FORBIDDEN"


@manners
def test_answers_come_in_order_and_no_more_is_taken_than_is_under_way(running: Running, each: Each) -> None:
    taken: list[int] = []
    lead: list[int] = []
    answered: list[int] = []

    def operations() -> Iterator[Operation[Any]]:
        for number in range(12):
            taken.append(number)
            lead.append(len(taken) - len(answered))
            yield Operation(ask.document("viewer"), {"participant": False}, lambda _, n=number: answered.append(n) or n)

    assert each(running.url, secret_of(running, "alder"), operations()) == list(range(12))
    assert max(lead) == 3


@manners
def test_one_that_is_refused_ends_the_others_in_order(running: Running, each: Each) -> None:
    wrong = Operation("{ nothing }", {}, lambda found: found)
    with pytest.raises(Refused, match="GRAPHQL_VALIDATION_FAILED"):
        each(running.url, secret_of(running, "alder"), [ask.viewer(), wrong, ask.viewer(), ask.viewer()])


@manners
def test_a_client_in_several_threads_gets_one_token(running: Running, each: Each) -> None:
    class Counted(ClientSecret):
        asked = 0

        def request(self, issuer: str) -> Any:
            Counted.asked += 1
            return super().request(issuer)

    Counted.asked = 0
    secret = secret_of(running, "alder")
    each(running.url, Counted(secret.client_id, secret.secret), [ask.viewer()] * 9)
    assert Counted.asked == 1


def test_an_exchange_that_is_not_there_is_told() -> None:
    nowhere = Exchange(f"http://127.0.0.1:{free_port()}", ClientSecret("cli_1", "s"), patience=HASTY)
    with nowhere as exchange, pytest.raises(Unreachable):
        exchange.ask(ask.viewer())


@pytest.mark.parametrize(
    "url",
    [
        "http://exchange.example",
        "http://10.0.0.1:8000",
        "http://127.0.0.1.exchange.example",
        "http://localhost.example",
        "http://0.0.0.0:8000",
        "ftp://127.0.0.1",
        "exchange.example",
        "https://user:password@exchange.example",
        "https://exchange.example/?a=b",
        "https://",
        "",
        "https://[::1",
        "https://exchange.example:99999",
        "http://local\thost",
    ],
)
def test_nothing_is_sent_where_others_could_read_it(url: str) -> None:
    for kind in (Exchange, AsyncExchange):
        with pytest.raises(Misconfigured):
            kind(url, ClientSecret("cli_1", "s"))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/", "http://[::1]:8000", "http://localhost", "https://e.example/x"]
)
def test_but_to_this_machine_or_over_tls(url: str) -> None:
    with Exchange(url, ClientSecret("cli_1", "s")) as exchange:
        assert exchange.url == url.rstrip("/")


@manners
def test_an_answer_without_an_end_is_not_read_to_its_end(each: Each, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_BYTES", 100_000)
    large = gateway("http://127.0.0.1", lambda path, body, number: Answer(200, {}, b" " * 10**6))
    with large as endless, pytest.raises(Unexpected, match="longer"):
        each(endless.url, ClientSecret("cli_1", "s"), [ask.viewer()])


@manners
def test_no_proxy_reads_what_goes_to_this_machine_in_clear(
    running: Running, each: Each, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert each(running.url, secret_of(running, "alder"), [ask.viewer()])


def test_no_log_holds_a_secret_a_token_or_a_value(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    authority = secret_of(running, "alder")
    value = "jane.doe@mail.example"
    # A server in this process may have silenced the one that tells of requests.
    debug = logging.DEBUG
    with caplog.at_level(debug), caplog.at_level(debug, "httpx"), caplog.at_level(debug, "httpcore"):
        with Exchange(running.url, authority) as exchange:
            exchange.ask(ask.match([{"type": "EMAIL_ADDRESS", "value": value}]))
        token = exchange._token
        said = caplog.text + repr(exchange) + repr(authority) + repr(token)
    assert token is not None
    assert "HTTP Request" in said
    for secret in (authority.secret, token.text, value):
        assert secret not in said
