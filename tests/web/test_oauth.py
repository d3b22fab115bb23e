"""OAuth2 over HTTP: tokens, revocation, keys, metadata, and what hostile clients send."""

import base64
from uuid import uuid4

import httpx
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request

from app.errors import Unauthenticated
from app.rules import client_secrets
from app.rules.actor import Actor
from app.rules.scopes import Scope
from app.rules.tokens import AccessTokens
from app.services.demo import DemoClient
from app.web.authenticate import Authenticator
from app.web.oauth import OAuth
from tests.demo_exchange import ISSUER, DemoExchange

GRANT = {"grant_type": "client_credentials"}


async def ask(http: httpx.AsyncClient, client: DemoClient, **parameters: str) -> httpx.Response:
    auth = (client.client_id, client.client_secret)
    return await http.post("/oauth/token", data=GRANT | parameters, auth=auth)


async def token_of(http: httpx.AsyncClient, client: DemoClient) -> str:
    return str((await ask(http, client)).json()["access_token"])


async def act(exchange: DemoExchange, *authorization: str) -> Actor:
    headers = [(b"authorization", value.encode("latin-1")) for value in authorization]
    request = Request({"type": "http", "method": "GET", "path": "/graphql", "headers": headers})
    authenticator = Authenticator(exchange.database, exchange.access_tokens, exchange.clock)
    return (await authenticator.authenticate(request)).actor


async def test_a_client_gets_a_token_with_all_its_scopes_for_ten_minutes(
    http: httpx.AsyncClient, alder: DemoClient
) -> None:
    response = await ask(http, alder)
    answer = response.json()
    assert (response.status_code, answer["token_type"], answer["expires_in"]) == (200, "Bearer", 600)
    assert response.headers["cache-control"] == "no-store"
    assert set(answer["scope"].split()) == {str(scope) for scope in Scope} - {
        "participants:manage",
        "compliance:manage",
    }
    assert "refresh_token" not in answer


async def test_the_token_is_of_the_access_token_profile(http: httpx.AsyncClient, alder: DemoClient) -> None:
    token = await token_of(http, alder)
    keys = KeySet.import_key_set((await http.get("/oauth/jwks")).json())
    decoded = jwt.decode(token, keys, algorithms=["ES256"])
    assert decoded.header["typ"] == "at+jwt"
    assert decoded.claims["iss"] == ISSUER
    assert decoded.claims["aud"] == f"{ISSUER}/graphql"
    assert decoded.claims["sub"] == decoded.claims["client_id"] == alder.client_id
    assert decoded.claims["exp"] - decoded.claims["iat"] == 600
    assert {"jti", "scope"} <= decoded.claims.keys()


async def test_a_client_may_ask_for_fewer_scopes(http: httpx.AsyncClient, alder: DemoClient) -> None:
    answer = (await ask(http, alder, scope="signals:read feed:read")).json()
    assert answer["scope"] == "feed:read signals:read"


@pytest.mark.parametrize(
    "scope", ["participants:manage", "signals:read participants:manage", "signals:everything", "é", '"', "x" * 9000]
)
async def test_a_scope_that_is_not_granted_is_refused(http: httpx.AsyncClient, alder: DemoClient, scope: str) -> None:
    response = await ask(http, alder, scope=scope)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")


async def test_unknown_clients_and_wrong_secrets_look_the_same(
    http: httpx.AsyncClient, exchange: DemoExchange, alder: DemoClient
) -> None:
    names = (alder.client_id, f"cli_{uuid4().hex}", "nobody", "", "\0", "a" * 500)
    answers = [await http.post("/oauth/token", data=GRANT, auth=(name, "lxs_wrong")) for name in names]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["www-authenticate"] for answer in answers} == {'Basic realm="lantern", charset="UTF-8"'}


async def test_unknown_clients_and_wrong_secrets_do_the_same_work(
    http: httpx.AsyncClient, exchange: DemoExchange, alder: DemoClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    digest = client_secrets.digest
    monkeypatch.setattr(client_secrets, "digest", lambda *given: (work.append("digest"), digest(*given))[1])
    event.listen(exchange.database.engine.sync_engine, "before_cursor_execute", lambda *given: work.append(given[2]))
    done = []
    for name in (alder.client_id, f"cli_{uuid4().hex}"):
        await http.post("/oauth/token", data=GRANT, auth=(name, "lxs_wrong"))
        done.append(list(work))
        work.clear()
    assert done[0] == done[1]
    assert "digest" in done[0]


async def test_many_wrong_secrets_are_told_to_wait_but_the_right_one_passes(
    http: httpx.AsyncClient, exchange: DemoExchange, alder: DemoClient
) -> None:
    wrong = (alder.client_id, "lxs_wrong")
    statuses = [(await http.post("/oauth/token", data=GRANT, auth=wrong)).status_code for _ in range(21)]
    refused = await http.post("/oauth/token", data=GRANT, auth=wrong)
    assert statuses == [401] * 20 + [429]
    assert 0 < int(refused.headers["retry-after"]) <= 61
    assert (await ask(http, alder)).status_code == 200
    exchange.clock.forward(seconds=61)
    assert (await http.post("/oauth/token", data=GRANT, auth=wrong)).status_code == 401


async def test_a_token_makes_an_actor(http: httpx.AsyncClient, exchange: DemoExchange, alder: DemoClient) -> None:
    actor = await act(exchange, f"Bearer {await token_of(http, alder)}")
    assert actor.participant_id == exchange.id("alder")
    assert actor.groups == (exchange.group_id,)
    assert actor.as_of == exchange.clock()


@pytest.mark.parametrize("seconds", [600, 100_000])
async def test_a_token_ends_after_ten_minutes(
    http: httpx.AsyncClient, exchange: DemoExchange, alder: DemoClient, seconds: int
) -> None:
    token = await token_of(http, alder)
    exchange.clock.forward(seconds=599)
    await act(exchange, f"Bearer {token}")
    exchange.clock.forward(seconds=seconds - 599)
    with pytest.raises(Unauthenticated, match="expired"):
        await act(exchange, f"Bearer {token}")


async def test_a_scope_that_is_taken_away_ends_at_once(
    http: httpx.AsyncClient, exchange: DemoExchange, alder: DemoClient, owner_engine: AsyncEngine
) -> None:
    token = await token_of(http, alder)
    async with owner_engine.begin() as connection:
        await connection.execute(text("UPDATE api_client SET scopes = '{feed:read,participants:manage}'"))
    assert (await act(exchange, f"Bearer {token}")).scopes == {"feed:read"}


async def test_a_disabled_client_gets_no_token_and_uses_none(
    http: httpx.AsyncClient, exchange: DemoExchange, alder: DemoClient, owner_engine: AsyncEngine
) -> None:
    token = await token_of(http, alder)
    async with owner_engine.begin() as connection:
        await connection.execute(text("UPDATE api_client SET disabled_at = now()"))
    assert (await ask(http, alder)).status_code == 401
    with pytest.raises(Unauthenticated, match="disabled"):
        await act(exchange, f"Bearer {token}")


async def test_a_revoked_token_ends_at_once(http: httpx.AsyncClient, exchange: DemoExchange, alder: DemoClient) -> None:
    token, other = await token_of(http, alder), await token_of(http, alder)
    for _ in range(2):
        response = await http.post("/oauth/revoke", data={"token": token}, auth=(alder.client_id, alder.client_secret))
        assert response.status_code == 200
    await act(exchange, f"Bearer {other}")
    with pytest.raises(Unauthenticated, match="revoked"):
        await act(exchange, f"Bearer {token}")


async def test_a_client_cannot_revoke_the_token_of_another(
    http: httpx.AsyncClient, exchange: DemoExchange, alder: DemoClient
) -> None:
    token, birch = await token_of(http, alder), exchange.client("birch")
    response = await http.post("/oauth/revoke", data={"token": token}, auth=(birch.client_id, birch.client_secret))
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    await act(exchange, f"Bearer {token}")


@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "x" * 9000, "eyJhbGciOiJub25lIn0.e30."])
async def test_revoking_what_is_no_token_is_no_error(http: httpx.AsyncClient, alder: DemoClient, token: str) -> None:
    parameters = {"token": token, "token_type_hint": "refresh_token"}
    response = await http.post("/oauth/revoke", data=parameters, auth=(alder.client_id, alder.client_secret))
    assert response.status_code == 200


async def test_revoking_needs_a_client(http: httpx.AsyncClient, alder: DemoClient) -> None:
    token = await token_of(http, alder)
    assert (await http.post("/oauth/revoke", data={"token": token})).status_code == 401
    wrong = (alder.client_id, "lxs_wrong")
    assert (await http.post("/oauth/revoke", data={"token": token}, auth=wrong)).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    [
        [],
        ["Basic x"],
        ["Bearer"],
        ["Bearer "],
        ["Bearer x"],
        ["Bearer \xe9.\xff.\xe9"],
        ["Bearer a.b.c", "Bearer a.b.c"],
        ["Bearer " + "x" * 100_000],
        ["Bearer " + base64.urlsafe_b64encode(b"[" * 300).decode() + ".a.b"],
    ],
)
async def test_a_request_without_a_good_token_is_unauthenticated(
    exchange: DemoExchange, authorization: list[str]
) -> None:
    with pytest.raises(Unauthenticated):
        await act(exchange, *authorization)


async def test_the_published_keys_hold_nothing_private(http: httpx.AsyncClient) -> None:
    keys = (await http.get("/oauth/jwks")).json()["keys"]
    assert [sorted(key) for key in keys] == [["alg", "crv", "kid", "kty", "use", "x", "y"]]


async def test_the_metadata_says_where_everything_is(http: httpx.AsyncClient) -> None:
    stated = (await http.get("/.well-known/oauth-authorization-server")).json()
    AuthorizationServerMetadata(stated).validate()
    assert stated["issuer"] == ISSUER
    for name in ("token_endpoint", "revocation_endpoint"):
        assert (await http.post(stated[name])).status_code == 400
    assert (await http.get(stated["jwks_uri"])).status_code == 200


def test_an_issuer_without_tls_is_refused_at_the_start(exchange: DemoExchange) -> None:
    tokens = AccessTokens.of("http://exchange.example", exchange.keyring)
    with pytest.raises(ValueError, match="https"):
        OAuth.of(exchange.database, tokens, exchange.keyring, exchange.clock)


async def test_secrets_are_kept_as_digests_only(
    exchange: DemoExchange, alder: DemoClient, owner_engine: AsyncEngine
) -> None:
    async with owner_engine.connect() as connection:
        kept = (await connection.execute(text("SELECT * FROM api_client"))).all()
    assert alder.client_secret.startswith("lxs_")
    assert alder.client_secret not in str(kept)
    assert alder.client_secret not in repr(exchange.credentials)
