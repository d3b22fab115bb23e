"""Clients that authenticate with a key of their own, and what gets nobody in (RFC 7523)."""

import asyncio
import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import Key, OKPKey, RSAKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.services import clients
from app.services.demo import DemoClient
from app.store.database import Database
from app.worker import expiry
from tests.charges import taken_off
from tests.client_keys import GRANT, KeyClient, key_client, new_key, register
from tests.demo_exchange import ISSUER, DemoExchange
from tests.served_exchange import served


@pytest.fixture
async def client(exchange: DemoExchange) -> KeyClient:
    return await key_client(exchange)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def test_a_client_gets_a_token_with_its_key(http: httpx.AsyncClient, client: KeyClient) -> None:
    answer = await client.ask(http)
    assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer")
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    asked = await http.post("/graphql", json={"query": "{ viewer { clientId } }"}, headers=headers)
    assert taken_off(asked.json()) == {"data": {"viewer": {"clientId": client.name}}}


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (new_key("k"), "ES256"),
        (new_key("k", "P-384"), "ES384"),
        (OKPKey.generate_key("Ed25519", {"kid": "k"}), "Ed25519"),
        (OKPKey.generate_key("Ed25519", {"kid": "k"}), "EdDSA"),
        (RSAKey.generate_key(2048, {"kid": "k"}), "PS256"),
    ],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_a_key_of_each_kind_is_good(
    http: httpx.AsyncClient, exchange: DemoExchange, key: Key, algorithm: str
) -> None:
    client = KeyClient(await register(exchange, "alder", key), key, exchange, algorithm)
    assert (await client.ask(http)).status_code == 200


@pytest.mark.parametrize("type", ["JWT", "client-authentication+jwt"])
async def test_an_assertion_may_say_what_it_is(http: httpx.AsyncClient, client: KeyClient, type: str) -> None:
    assert (await client.ask(http, client.assertion({"typ": type}), client_id=client.name)).status_code == 200


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
async def test_it_authenticates_at_each_endpoint(http: httpx.AsyncClient, client: KeyClient, path: str) -> None:
    token = (await client.ask(http)).json()["access_token"]
    form = {"token": token, **GRANT}
    answer = await http.post(path, data=form | client.form())
    assert answer.status_code == 200
    assert error_of(await http.post(path, data=form | client.form("x.y.z"))) == (401, "invalid_client")


def joined(header: object, claims: object, signature: bytes) -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def with_public_key_as_secret(client: KeyClient) -> str:
    header = {"alg": "HS256", "kid": client.key.kid}
    claims = client.claims()
    signed = joined(header, claims, b"").removesuffix(".")
    return joined(header, claims, hmac.digest(client.key.as_pem(private=False), signed.encode(), "sha256"))


def bringing_its_key(client: KeyClient, **header: Any) -> str:
    own = new_key("a key")
    return client.assertion({"jwk": own.as_dict(private=False)} | header, own)


def signed_by_another(client: KeyClient) -> str:
    return client.assertion(key=new_key("a key"))


Forge = Callable[[KeyClient], str]
# What tells nothing of why: the client did not sign it, or it cannot be told.
FORGED: dict[str, Forge] = {
    "without a signature": lambda c: joined({"alg": "none", "kid": c.key.kid}, c.claims(), b""),
    "by the public key as a secret": with_public_key_as_secret,
    "by another key of this name": signed_by_another,
    "by a key that it brings": bringing_its_key,
    "by a key that it brings, of no name": lambda c: bringing_its_key(c, kid=None),
    "by a good key that it also brings": lambda c: c.assertion({"jwk": c.key.as_dict(private=False)}),
    "by a key from elsewhere": lambda c: c.assertion({"jku": "https://keys.example/set"}),
    "by a certificate from elsewhere": lambda c: c.assertion({"x5u": "https://keys.example/set"}),
    "by a key of another name": lambda c: c.assertion({"kid": "another"}),
    "by a key of no name": lambda c: c.assertion({"kid": None}),
    "with what is critical": lambda c: c.assertion({"crit": ["b64"], "b64": True}),
    "of nobody": lambda c: c.assertion(sub="cli_00000000000000000000000000000000"),
    "of no text": lambda c: c.assertion(sub=5),
    "of no subject": lambda c: c.assertion(sub=None),
    "changed": lambda c: c.assertion()[:-8] + "AAAAAAAA",
    "too long": lambda c: c.assertion(more="x" * 4_096),
    "no JWT": lambda c: "x",
    "nothing between dots": lambda c: "..",
    "deeply nested": lambda c: joined({"alg": "ES256", "kid": "a key"}, [], b"").replace(
        ".W10.", "." + base64.urlsafe_b64encode(b"[" * 2_000).decode().rstrip("=") + "."
    ),
    "of a header that is a list": lambda c: joined(["alg"], c.claims(), b"x"),
    "not of letters": lambda c: "é.é.é",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_a_forged_assertion_gets_the_answer_of_an_unknown_client(
    http: httpx.AsyncClient, client: KeyClient, forge: Forge
) -> None:
    answer = await client.ask(http, forge(client))
    unknown = await http.post("/oauth/token", data=GRANT, auth=("nobody", "lxs_wrong"))
    assert (answer.status_code, answer.content) == (401, unknown.content)
    assert (await client.ask(http)).status_code == 200


# What the holder of the key is told to change: claims beside the good ones, and a word of what it is told.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "of another issuer": ({"iss": "another"}, "`iss`"),
    "of no issuer": ({"iss": None}, "`iss`"),
    "for another server": ({"aud": "https://other.example"}, "`aud`"),
    "for the token endpoint": ({"aud": f"{ISSUER}/oauth/token"}, "`aud`"),
    "for others as well": ({"aud": [ISSUER, "https://other.example"]}, "`aud`"),
    "for nobody": ({"aud": None}, "`aud`"),
    "expired": ({"exp": -1}, "`exp`"),
    "expiring now": ({"exp": 0}, "`exp`"),
    "good for too long": ({"exp": 301}, "`exp`"),
    "that never expires": ({"exp": None}, "`exp`"),
    "that expires at no number": ({"exp": "later"}, "`exp`"),
    "made in the future": ({"iat": 31}, "`iat`"),
    "made at no number": ({"iat": True}, "`iat`"),
    "good in the future": ({"nbf": 31}, "`nbf`"),
    "without an id": ({"jti": None}, "`jti`"),
    "of an empty id": ({"jti": ""}, "`jti`"),
    "of an id that is too long": ({"jti": "x" * 129}, "`jti`"),
}


@pytest.mark.parametrize(("claims", "told"), WRONG.values(), ids=WRONG.keys())
async def test_a_wrong_assertion_is_refused_and_its_signer_told_why(
    http: httpx.AsyncClient, client: KeyClient, claims: dict[str, Any], told: str
) -> None:
    now = int(client.exchange.clock().timestamp())
    times = {name: now + value for name, value in claims.items() if type(value) is int}
    answer = await client.ask(http, client.assertion(**claims | times))
    assert error_of(answer) == (401, "invalid_client")
    assert told in answer.json()["error_description"]


@pytest.mark.parametrize("type", ["at+jwt", "dpop+jwt", "x"])
async def test_a_jwt_for_another_purpose_is_no_assertion(http: httpx.AsyncClient, client: KeyClient, type: str) -> None:
    answer = await client.ask(http, client.assertion({"typ": type}))
    assert "`typ`" in answer.json()["error_description"]


async def test_an_access_token_is_no_assertion(http: httpx.AsyncClient, client: KeyClient) -> None:
    token = (await client.ask(http)).json()["access_token"]
    assert error_of(await client.ask(http, token)) == (401, "invalid_client")


async def test_an_assertion_counts_once_whichever_process_it_comes_to(
    http: httpx.AsyncClient, exchange: DemoExchange, client: KeyClient
) -> None:
    assertion = client.assertion()
    assert (await client.ask(http, assertion)).status_code == 200
    second = DemoExchange(
        exchange.urls, Database.at(exchange.urls.serving), exchange.keyring, exchange.credentials, exchange.clock
    )
    async with served(second) as elsewhere:
        for one in (http, elsewhere):
            answer = await client.ask(one, assertion)
            assert error_of(answer) == (401, "invalid_client")
            assert "`jti`" in answer.json()["error_description"]
        assert (await client.ask(elsewhere)).status_code == 200
    await second.database.close()


async def test_of_requests_side_by_side_with_one_assertion_one_passes(
    http: httpx.AsyncClient, client: KeyClient
) -> None:
    for _ in range(5):
        assertion = client.assertion()
        answers = await asyncio.gather(*(client.ask(http, assertion) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200] + [401] * 3


async def test_two_clients_may_choose_the_same_id(http: httpx.AsyncClient, exchange: DemoExchange) -> None:
    some = [await key_client(exchange, slug) for slug in ("alder", "birch")]
    assert [(await one.ask(http, one.assertion(jti="same"))).status_code for one in some] == [200, 200]


async def test_an_assertion_that_was_refused_has_been_used_all_the_same(
    http: httpx.AsyncClient, client: KeyClient
) -> None:
    assertion = client.assertion()
    assert error_of(await client.ask(http, assertion, scope="participants:manage")) == (400, "invalid_scope")
    assert error_of(await client.ask(http, assertion)) == (401, "invalid_client")


async def test_what_was_used_is_forgotten_once_it_has_expired(
    http: httpx.AsyncClient, exchange: DemoExchange, client: KeyClient, owner_engine: AsyncEngine
) -> None:
    await client.ask(http)
    for seconds, left in ((59, 1), (2, 0)):
        exchange.clock.forward(seconds=seconds)
        await expiry.forget_used(owner_engine, exchange.clock)
        async with owner_engine.connect() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM used_jwt")) == left


async def test_the_key_of_another_client_opens_nothing(http: httpx.AsyncClient, exchange: DemoExchange) -> None:
    alder, birch = await key_client(exchange, "alder"), await key_client(exchange, "birch")
    assert error_of(await alder.ask(http, alder.assertion(key=birch.key))) == (401, "invalid_client")
    assert error_of(await alder.ask(http, birch.assertion(iss=alder.name, sub=alder.name))) == (401, "invalid_client")


async def test_a_client_with_a_key_has_no_secret(
    http: httpx.AsyncClient, exchange: DemoExchange, client: KeyClient, alder: DemoClient
) -> None:
    for secret in ("", alder.client_secret, "None"):
        answer = await http.post("/oauth/token", data=GRANT, auth=(client.name, secret))
        assert error_of(answer) == (401, "invalid_client")


async def test_a_client_with_a_secret_has_no_key(http: httpx.AsyncClient, exchange: DemoExchange) -> None:
    client_id = (await exchange.actor("alder")).client_id
    secretive = KeyClient(client_id, new_key("a key"), exchange)
    assert error_of(await secretive.ask(http)) == (401, "invalid_client")


async def test_a_client_that_gets_keys_loses_its_secret(
    http: httpx.AsyncClient, exchange: DemoExchange, alder: DemoClient
) -> None:
    actor, key = await exchange.actor("alder"), new_key("a key")
    async with exchange.database.write(actor) as session:
        await clients.set_keys(session, actor, actor.client_id, [key.as_dict(private=False)])
    assert (await KeyClient(actor.client_id, key, exchange).ask(http)).status_code == 200
    answer = await http.post("/oauth/token", data=GRANT, auth=(alder.client_id, alder.client_secret))
    assert error_of(answer) == (401, "invalid_client")


async def test_keys_overlap_while_they_are_changed_and_an_old_one_ends_at_once(
    http: httpx.AsyncClient, exchange: DemoExchange
) -> None:
    old, new = new_key("old"), new_key("new")
    id = await register(exchange, "alder", old, new)
    by_old, by_new = KeyClient(id, old, exchange), KeyClient(id, new, exchange, _made=100)
    assert [(await one.ask(http)).status_code for one in (by_old, by_new)] == [200, 200]
    alder = await exchange.actor("alder")
    async with exchange.database.write(alder) as session:
        await clients.set_keys(session, alder, id, [new.as_dict(private=False)])
    assert [(await one.ask(http)).status_code for one in (by_old, by_new)] == [401, 200]


async def test_a_disabled_client_gets_nothing_for_its_key(
    http: httpx.AsyncClient, client: KeyClient, owner_engine: AsyncEngine
) -> None:
    token = (await client.ask(http)).json()["access_token"]
    async with owner_engine.begin() as connection:
        await connection.execute(text("UPDATE api_client SET disabled_at = now() WHERE id = :id"), {"id": client.id})
    assert error_of(await client.ask(http)) == (401, "invalid_client")
    headers = {"Authorization": f"Bearer {token}"}
    asked = await http.post("/graphql", json={"query": "{ viewer { clientId } }"}, headers=headers)
    assert asked.status_code == 401


@pytest.mark.parametrize("change", [{"client_assertion": ""}, {"client_assertion_type": ""}, {"client_id": "another"}])
async def test_half_of_an_assertion_is_a_malformed_request(
    http: httpx.AsyncClient, client: KeyClient, change: dict[str, str]
) -> None:
    answer = await http.post("/oauth/token", data=GRANT | client.form() | change)
    assert error_of(answer) == (400, "invalid_request")


async def test_an_assertion_of_another_type_is_a_malformed_request(http: httpx.AsyncClient, client: KeyClient) -> None:
    type = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
    answer = await client.ask(http, client_assertion_type=type)
    assert error_of(answer) == (400, "invalid_request")


async def test_a_client_authenticates_in_one_way(http: httpx.AsyncClient, client: KeyClient, alder: DemoClient) -> None:
    for auth in ((alder.client_id, alder.client_secret), (client.name, "x")):
        answer = await http.post("/oauth/token", data=GRANT | client.form(), auth=auth)
        assert error_of(answer) == (400, "invalid_request")
    assert error_of(await client.ask(http, client_secret="x")) == (400, "invalid_request")


async def test_many_forged_assertions_are_told_to_wait_but_the_client_passes(
    http: httpx.AsyncClient, exchange: DemoExchange, client: KeyClient
) -> None:
    statuses = [(await client.ask(http, signed_by_another(client))).status_code for _ in range(21)]
    assert statuses == [401] * 20 + [429]
    assert (await client.ask(http)).status_code == 200
    exchange.clock.forward(seconds=61)
    assert (await client.ask(http, signed_by_another(client))).status_code == 401


async def test_the_answer_to_a_wrong_assertion_holds_nothing_of_it(http: httpx.AsyncClient, client: KeyClient) -> None:
    for others in ({"jti": "canary" * 30}, {"aud": "canary"}, {"iss": "canary"}, {"canary": 1, "exp": 0}):
        answer = await client.ask(http, client.assertion(**others))
        assert b"canary" not in answer.content


async def test_another_program_gets_a_token_with_a_key(http: httpx.AsyncClient, client: KeyClient) -> None:
    """Authlib's client for httpx, which signs by a method of its own."""
    now = int(client.exchange.clock().timestamp())
    headers, times = {"kid": client.key.kid}, {"iat": now, "exp": now + 60}
    method = PrivateKeyJWT(ISSUER, times, headers, alg="ES256")
    async with AsyncOAuth2Client(
        client.name, client.key, token_endpoint_auth_method=method.name, transport=http._transport
    ) as foreign:
        foreign.register_client_auth_method(method)
        token = await foreign.fetch_token(f"{ISSUER}/oauth/token", grant_type="client_credentials")
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 600)
