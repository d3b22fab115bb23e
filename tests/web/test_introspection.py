"""What a token is worth, and who is told (RFC 7662)."""

from typing import Any

import httpx
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.participants import ParticipantStatus
from app.services.demo import DemoClient
from tests.client_keys import GRANT, key_client
from tests.demo_exchange import ISSUER, DemoExchange
from tests.proofs import Prover

PATH = "/oauth/introspect"
INACTIVE = b'{"active":false}'


async def token_of(http: httpx.AsyncClient, client: DemoClient, scope: str = "") -> str:
    auth = (client.client_id, client.client_secret)
    return str((await http.post("/oauth/token", data=GRANT | {"scope": scope}, auth=auth)).json()["access_token"])


async def introspect(http: httpx.AsyncClient, client: DemoClient, token: str, **more: str) -> httpx.Response:
    auth = (client.client_id, client.client_secret)
    return await http.post(PATH, data={"token": token, **more}, auth=auth)


@pytest.fixture
async def token(http: httpx.AsyncClient, alder: DemoClient) -> str:
    return await token_of(http, alder, "signals:read feed:read")


async def test_a_participant_is_told_of_its_own_token(
    http: httpx.AsyncClient, exchange: DemoExchange, alder: DemoClient, token: str
) -> None:
    answer = await introspect(http, alder, token, token_type_hint="access_token")
    now = int(exchange.clock().timestamp())
    assert answer.json() == {
        "active": True,
        "scope": "feed:read signals:read",
        "client_id": alder.client_id,
        "sub": alder.client_id,
        "iat": now,
        "exp": now + 600,
        "iss": ISSUER,
        "aud": f"{ISSUER}/graphql",
        "token_type": "Bearer",
    }
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")


async def test_another_client_of_the_participant_is_told_too(
    http: httpx.AsyncClient, exchange: DemoExchange, token: str
) -> None:
    """As a gateway is, to which programs bring their tokens; here it authenticates by its key."""
    gateway = await key_client(exchange, "alder")
    answer = await http.post(PATH, data={"token": token, **gateway.form()})
    assert answer.json()["active"] is True


async def test_the_operator_is_told_of_any_token_and_others_of_none_but_their_own(
    http: httpx.AsyncClient, exchange: DemoExchange, token: str
) -> None:
    told = {slug: await introspect(http, exchange.client(slug), token) for slug in exchange.credentials.clients}
    assert {slug for slug, answer in told.items() if answer.json()["active"]} == {"alder", "lantern-operator"}
    assert told["birch"].content == told["cedar"].content == INACTIVE


async def test_an_operator_that_is_suspended_is_told_of_its_own_alone(
    http: httpx.AsyncClient, exchange: DemoExchange, token: str, owner_engine: AsyncEngine
) -> None:
    operator = exchange.client("lantern-operator")
    own = await token_of(http, operator)
    async with owner_engine.begin() as connection:
        suspend = text("UPDATE participant SET status = :status WHERE participant_class = 'OPERATOR'")
        await connection.execute(suspend, {"status": ParticipantStatus.SUSPENDED})
    assert (await introspect(http, operator, token)).content == INACTIVE
    assert (await introspect(http, operator, own)).json()["active"] is True


ENDINGS = {
    "revoked": "INSERT INTO revoked_token (token_id, expires_at) VALUES (:token, 'infinity')",
    "of a disabled client": "UPDATE api_client SET disabled_at = now() WHERE id = :client",
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS.keys())
async def test_a_token_that_has_ended_is_not_active_at_once(
    http: httpx.AsyncClient, exchange: DemoExchange, token: str, owner_engine: AsyncEngine, ending: str
) -> None:
    operator = exchange.client("lantern-operator")
    assert (await introspect(http, operator, token)).json()["active"] is True
    claims = exchange.access_tokens.check(token, exchange.clock())
    named: dict[str, Any] = {"token": claims.token_id, "client": claims.client_id}
    async with owner_engine.begin() as connection:
        await connection.execute(text(ending), {name: value for name, value in named.items() if f":{name}" in ending})
    assert (await introspect(http, operator, token)).content == INACTIVE


async def test_an_expired_token_is_not_active(
    http: httpx.AsyncClient, exchange: DemoExchange, alder: DemoClient, token: str
) -> None:
    exchange.clock.forward(seconds=600)
    assert (await introspect(http, alder, token)).content == INACTIVE


@pytest.mark.parametrize("forged", ["x", "a.b.c", "é", "x" * 9_000, "eyJhbGciOiJub25lIn0.e30."])
async def test_what_is_no_token_is_not_active(http: httpx.AsyncClient, alder: DemoClient, forged: str) -> None:
    assert (await introspect(http, alder, forged)).content == INACTIVE


async def test_a_token_of_another_exchange_is_not_active(
    http: httpx.AsyncClient, alder: DemoClient, token: str
) -> None:
    assert (await introspect(http, alder, token[:-8] + "AAAAAAAA")).content == INACTIVE


async def test_scopes_are_told_as_they_count_now(
    http: httpx.AsyncClient, alder: DemoClient, token: str, owner_engine: AsyncEngine
) -> None:
    async with owner_engine.begin() as connection:
        await connection.execute(text("UPDATE api_client SET scopes = '{feed:read,participants:manage}'"))
    assert (await introspect(http, alder, token)).json()["scope"] == "feed:read"


async def test_a_bound_token_is_told_with_its_key(
    http: httpx.AsyncClient, exchange: DemoExchange, alder: DemoClient
) -> None:
    holder = Prover(exchange.clock)
    bound = (await holder.token(http, (alder.client_id, alder.client_secret))).json()["access_token"]
    told = (await introspect(http, alder, bound)).json()
    assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": holder.key.thumbprint()})


async def test_only_clients_may_ask(http: httpx.AsyncClient, alder: DemoClient, token: str) -> None:
    assert (await http.post(PATH, data={"token": token})).status_code == 401
    headers = {"Authorization": f"Bearer {token}"}
    assert (await http.post(PATH, data={"token": token}, headers=headers)).status_code == 401
    assert (await http.post(PATH, data={"token": token}, auth=(alder.client_id, "lxs_wrong"))).status_code == 401
    assert (await http.get(PATH, params={"token": token})).status_code == 405


async def test_wrong_secrets_count_there_as_anywhere(http: httpx.AsyncClient, alder: DemoClient, token: str) -> None:
    for path in ["/oauth/token"] * 10 + [PATH] * 10:
        await http.post(path, data=GRANT | {"token": token}, auth=(alder.client_id, "lxs_wrong"))
    refused = await http.post(PATH, data={"token": token}, auth=(alder.client_id, "lxs_wrong"))
    assert (refused.status_code, refused.json()["error"]) == (429, "slow_down")
    assert (await introspect(http, alder, token)).json()["active"] is True


async def test_a_request_without_a_token_is_malformed(http: httpx.AsyncClient, alder: DemoClient) -> None:
    answer = await introspect(http, alder, "")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_the_metadata_lists_all_that_clients_may_do(http: httpx.AsyncClient) -> None:
    stated = (await http.get("/.well-known/oauth-authorization-server")).json()
    AuthorizationServerMetadata(stated).validate()
    algorithms = ["ES256", "ES384", "EdDSA", "Ed25519", "PS256"]
    for endpoint in ("token", "revocation", "introspection"):
        public = [] if endpoint == "introspection" else ["none"]
        methods = ["client_secret_basic", "private_key_jwt", *public]
        assert stated[f"{endpoint}_endpoint_auth_methods_supported"] == methods
        assert stated[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] == algorithms
        assert (await http.post(stated[f"{endpoint}_endpoint"])).status_code == 400
    assert stated["dpop_signing_alg_values_supported"] == ["ES256", "EdDSA", "Ed25519"]
