"""Tokens that are bound to a key, and what whoever stole one cannot do with it (RFC 9449)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import WrongProof
from app.graphql.execution import ReadEngine
from app.rules import signed_jwts
from app.services import tokens
from app.services.demo import DemoClient
from app.store.database import Database
from app.web.authenticate import Authenticator, Shown
from app.worker import expiry
from tests.charges import taken_off
from tests.client_keys import GRANT, key_client
from tests.demo_exchange import DemoExchange
from tests.proofs import ASK, TOKEN_URL, Prover, ask
from tests.served_exchange import served

ALGS = 'algs="ES256 EdDSA Ed25519"'


@pytest.fixture
def holder(exchange: DemoExchange) -> Prover:
    return Prover(exchange.clock)


@pytest.fixture
async def token(http: httpx.AsyncClient, alder: DemoClient, holder: Prover) -> str:
    """A token that is bound to the key of its holder."""
    answer = await holder.token(http, (alder.client_id, alder.client_secret))
    return str(answer.json()["access_token"])


@pytest.fixture
async def elsewhere(exchange: DemoExchange) -> AsyncIterator[httpx.AsyncClient]:
    """A second process on the same database."""
    database = Database.at(exchange.urls.serving)
    second = DemoExchange(exchange.urls, database, exchange.keyring, exchange.credentials, exchange.clock)
    async with served(second) as http:
        yield http
    await database.close()


def refused(answer: httpx.Response, told: str) -> bool:
    """With these words, and the same challenge as the code of the error."""
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert told in error["message"]
    return answer.status_code == 401


async def test_a_proof_at_the_token_endpoint_binds_the_token(
    http: httpx.AsyncClient, alder: DemoClient, holder: Prover, exchange: DemoExchange
) -> None:
    answer = await holder.token(http, (alder.client_id, alder.client_secret))
    assert (answer.status_code, answer.json()["token_type"]) == (200, "DPoP")
    claims = exchange.access_tokens.check(answer.json()["access_token"], exchange.clock())
    assert claims.bound_to == holder.key.thumbprint()


async def test_its_holder_uses_it_with_a_proof_for_each_request(
    http: httpx.AsyncClient, alder: DemoClient, token: str, holder: Prover
) -> None:
    for method in ("POST", "GET", "POST"):
        answer = await ask(http, token, holder.proof(method, token=token), method=method)
        assert taken_off(answer.json()) == {"data": {"viewer": {"clientId": alder.client_id}}}


@pytest.mark.parametrize("engine", ReadEngine)
async def test_a_proof_is_checked_once_though_the_bearer_is_looked_up_twice(
    exchange: DemoExchange, token: str, holder: Prover, owner_engine: AsyncEngine, engine: ReadEngine
) -> None:
    async with served(exchange, engine) as http:
        assert (await ask(http, token, holder.proof(token=token))).status_code == 200
        async with owner_engine.begin() as connection:
            await connection.execute(text("UPDATE participant SET feed_epoch = feed_epoch + 1"))
        assert (await ask(http, token, holder.proof(token=token))).status_code == 200


async def test_a_stolen_token_is_worth_nothing_without_the_key(
    http: httpx.AsyncClient, exchange: DemoExchange, token: str, holder: Prover
) -> None:
    thief = Prover(exchange.clock)
    assert refused(await ask(http, token, scheme="Bearer"), "bound to a key")
    assert refused(await ask(http, token), "Send one DPoP header")
    assert refused(await ask(http, token, thief.proof(token=token)), "another key")
    forged = thief.sign(thief.claims(token=token), jwk=holder.key.as_dict(private=False))
    assert refused(await ask(http, token, forged), "signed with the key in it")
    assert refused(await ask(http, token, holder.proof(token=token), scheme="Bearer"), "bound to a key")


async def test_a_proof_counts_once_whichever_process_it_comes_to(
    http: httpx.AsyncClient, elsewhere: httpx.AsyncClient, token: str, holder: Prover
) -> None:
    proof = holder.proof(token=token)
    assert (await ask(http, token, proof)).status_code == 200
    for one in (http, elsewhere):
        assert refused(await ask(one, token, proof), "`jti`")
    assert (await ask(elsewhere, token, holder.proof(token=token))).status_code == 200


async def test_of_requests_side_by_side_with_one_proof_one_passes(
    http: httpx.AsyncClient, elsewhere: httpx.AsyncClient, token: str, holder: Prover
) -> None:
    for _ in range(5):
        proof = holder.proof(token=token)
        answers = await asyncio.gather(*(ask(one, token, proof) for one in (http, elsewhere) * 4))
        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


async def test_a_proof_that_is_kept_until_its_time_is_over_is_refused(
    http: httpx.AsyncClient, exchange: DemoExchange, token: str, holder: Prover, owner_engine: AsyncEngine
) -> None:
    """Also once it is forgotten that it was used."""
    proof = holder.proof(token=token)
    await ask(http, token, proof)
    exchange.clock.forward(seconds=60)
    await expiry.forget_used(owner_engine, exchange.clock)
    assert refused(await ask(http, token, proof), "within the last 60 seconds")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"htm": "GET"}, "`htm`"),
        ({"htu": TOKEN_URL}, "`htu`"),
        ({"htu": "https://other.example/graphql"}, "`htu`"),
        ({"ath": "x" * 43}, "`ath`"),
        ({"ath": None}, "`ath`"),
        ({"iat": 0}, "60 seconds"),
        ({"jti": None}, "`jti`"),
    ],
)
async def test_a_proof_for_something_else_is_refused(
    http: httpx.AsyncClient, token: str, holder: Prover, wrong: dict[str, Any], told: str
) -> None:
    answer = await ask(http, token, holder.proof(token=token, **wrong))
    assert refused(answer, told)
    assert answer.headers["www-authenticate"] == f'Bearer, DPoP error="invalid_dpop_proof", {ALGS}'


async def test_the_host_that_a_request_names_does_not_count(
    http: httpx.AsyncClient, token: str, holder: Prover
) -> None:
    """Behind a proxy it is any; a proof for another server is none for us, whatever host a request names."""
    proof = holder.proof(url="http://other.example/graphql", token=token)
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof, "Host": "other.example"}
    assert refused(await http.post("/graphql", json={"query": ASK}, headers=headers), "`htu`")
    headers["DPoP"] = holder.proof(token=token)
    assert (await http.post("/graphql", json={"query": ASK}, headers=headers)).status_code == 200


async def test_two_proofs_are_refused(http: httpx.AsyncClient, token: str, holder: Prover) -> None:
    proofs = [holder.proof(token=token) for _ in range(2)]
    assert refused(await ask(http, token, *proofs), "Send one DPoP header")


async def test_the_proof_of_one_token_is_none_for_another_of_the_same_key(
    http: httpx.AsyncClient, alder: DemoClient, token: str, holder: Prover
) -> None:
    other = (await holder.token(http, (alder.client_id, alder.client_secret))).json()["access_token"]
    assert refused(await ask(http, token, holder.proof(token=other)), "`ath`")


async def test_a_token_that_is_not_bound_comes_as_bearer_alone(
    http: httpx.AsyncClient, alder: DemoClient, holder: Prover
) -> None:
    answer = await http.post("/oauth/token", data=GRANT, auth=(alder.client_id, alder.client_secret))
    unbound = answer.json()["access_token"]
    tried = await ask(http, unbound, holder.proof(token=unbound))
    assert refused(tried, "bound to no key")
    assert tried.headers["www-authenticate"] == f'Bearer, DPoP error="invalid_token", {ALGS}'
    assert (await ask(http, unbound, scheme="Bearer")).status_code == 200


async def test_a_refusal_says_how_to_come(http: httpx.AsyncClient, token: str) -> None:
    challenges = [
        (await http.post("/graphql", json={"query": ASK}, headers=headers)).headers["www-authenticate"]
        for headers in ({}, {"Authorization": f"Bearer {token}"}, {"Authorization": "DPoP x"})
    ]
    assert challenges == [
        f"Bearer, DPoP {ALGS}",
        f'Bearer error="invalid_token", DPoP {ALGS}',
        f'Bearer, DPoP error="invalid_token", {ALGS}',
    ]


@pytest.mark.parametrize("proof", ["", "x", "é", "a.b.c", "x" * 20_000])
async def test_what_is_no_proof_gets_no_token(http: httpx.AsyncClient, alder: DemoClient, proof: str) -> None:
    headers = {"DPoP": proof.encode("latin-1")}
    answer = await http.post(
        "/oauth/token", data=GRANT, headers=list(headers.items()), auth=(alder.client_id, alder.client_secret)
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


async def test_a_proof_at_the_token_endpoint_counts_once_too(
    http: httpx.AsyncClient, elsewhere: httpx.AsyncClient, alder: DemoClient, holder: Prover
) -> None:
    headers = {"DPoP": holder.proof(url=TOKEN_URL)}
    auth = (alder.client_id, alder.client_secret)
    answers = [
        await one.post("/oauth/token", data=GRANT, headers=headers, auth=auth) for one in (http, http, elsewhere)
    ]
    assert [answer.status_code for answer in answers] == [200, 400, 400]


async def test_a_proof_for_a_request_gets_no_token(http: httpx.AsyncClient, alder: DemoClient, holder: Prover) -> None:
    for proof in (holder.proof(), holder.proof("GET", TOKEN_URL)):
        answer = await http.post(
            "/oauth/token", data=GRANT, headers={"DPoP": proof}, auth=(alder.client_id, alder.client_secret)
        )
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")


async def test_a_client_that_is_held_to_it_gets_bound_tokens_alone(
    http: httpx.AsyncClient, exchange: DemoExchange, holder: Prover
) -> None:
    client = await key_client(exchange, requires_dpop=True)
    answer = await client.ask(http)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    headers = {"DPoP": holder.proof(url=TOKEN_URL)}
    answer = await http.post("/oauth/token", data=GRANT | client.form(), headers=headers)
    assert (answer.status_code, answer.json()["token_type"]) == (200, "DPoP")


async def test_a_client_that_is_disabled_ends_its_bound_tokens_at_once(
    http: httpx.AsyncClient, token: str, holder: Prover, owner_engine: AsyncEngine
) -> None:
    await ask(http, token, holder.proof(token=token))
    async with owner_engine.begin() as connection:
        await connection.execute(text("UPDATE api_client SET disabled_at = now()"))
    assert refused(await ask(http, token, holder.proof(token=token)), "disabled")


async def test_a_bound_token_that_is_revoked_ends_at_once(
    http: httpx.AsyncClient, alder: DemoClient, token: str, holder: Prover
) -> None:
    await ask(http, token, holder.proof(token=token))
    await http.post("/oauth/revoke", data={"token": token}, auth=(alder.client_id, alder.client_secret))
    assert refused(await ask(http, token, holder.proof(token=token)), "revoked")


async def test_one_who_is_remembered_proves_itself_all_the_same(
    http: httpx.AsyncClient, token: str, holder: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signature of a token is checked once; that of a proof at each request, and nobody is looked up."""
    checked: list[object] = []
    check = signed_jwts.check
    monkeypatch.setattr(signed_jwts, "check", lambda of, key: (checked.append(of), check(of, key))[1])
    await ask(http, token, holder.proof(token=token))
    monkeypatch.setattr(tokens, "bearer_behind", None)
    for _ in range(3):
        assert (await ask(http, token, holder.proof(token=token))).status_code == 200
    assert len(checked) == 4


async def test_memory_alone_would_be_noticed(
    http: httpx.AsyncClient, token: str, holder: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If nothing noted what was used, a proof would count twice."""

    async def unused(*_: object) -> bool:
        return True

    monkeypatch.setattr("app.store.used_jwts.use_at_once", unused)
    proof = holder.proof(token=token)
    assert [(await ask(http, token, proof)).status_code for _ in range(2)] == [200, 200]


async def test_a_token_can_be_checked_that_comes_in_no_request(
    exchange: DemoExchange, token: str, holder: Prover, alder: DemoClient
) -> None:
    """As a WebSocket brings it in its first message."""
    authenticator = Authenticator(exchange.database, exchange.access_tokens, exchange.clock)
    shown = Shown((f"DPoP {token}",), (holder.proof("GET", token=token),), "GET", "/graphql")
    claims = await authenticator.check(shown)
    assert (await authenticator.behind(claims)).actor.participant_id == exchange.id("alder")
    with pytest.raises(WrongProof):
        await authenticator.check(shown)


async def test_neither_proofs_nor_tokens_are_told_or_logged(
    http: httpx.AsyncClient, token: str, holder: Prover, capsys: pytest.CaptureFixture[str]
) -> None:
    proof = holder.proof(token=token, canary="canary")
    answers = [await ask(http, token, proof, proof), await ask(http, token, proof), await ask(http, token, proof)]
    said = "".join(answer.text + str(answer.headers) for answer in answers) + "".join(capsys.readouterr())
    assert proof not in said
    assert token not in said
    shown = Shown((f"DPoP {token}",), (proof,), "GET", "/graphql")
    assert token not in repr(shown)
    assert proof not in repr(shown)
