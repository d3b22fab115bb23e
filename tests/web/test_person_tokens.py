"""Codes and refresh tokens: each counts once, for the program that it was given to, and for a while."""

from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules import ids
from app.rules.ids import Prefix
from tests.demo_exchange import DemoExchange
from tests.flows.documents import mutation
from tests.flows.guarded import GRAPH
from tests.person import CALLBACK, VERIFIER, Browser, Program, answer, graphql

VIEWER = "{ viewer { clientId } }"
BACK = "https://console.alder.example/back"


@pytest.fixture
def browser(http: httpx.AsyncClient) -> Browser:
    return Browser(http)


@pytest.fixture
def program(http: httpx.AsyncClient) -> Program:
    return Program(http)


@pytest.fixture
def operator(exchange: DemoExchange) -> str:
    """A token of its client."""
    client = ids.read(Prefix.CLIENT, exchange.client("lantern-operator").client_id)
    assert client is not None
    return exchange.access_tokens.issue(
        client, ["clients:manage", "participants:read", "compliance:manage"], exchange.clock()
    )


async def registered(http: httpx.AsyncClient, token: str, slug: str, exchange: DemoExchange, **changed: object) -> str:
    """A public program of a participant; its id."""
    given = {
        "participantId": exchange.client(slug).participant_id,
        "name": "Console",
        "scopes": ["signals:read"],
        "redirectUris": [BACK],
    }
    answered = await graphql(http, token, mutation(GRAPH, "registerPublicClient"), input=given | changed)
    return str(answered.json()["data"]["registerPublicClient"]["id"])


async def is_good(http: httpx.AsyncClient, token: str) -> bool:
    return (await graphql(http, token, VIEWER)).status_code == 200


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": VERIFIER + "x"}, "invalid_grant"),
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": f"{CALLBACK}/"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
    ],
    ids=str,
)
async def test_a_code_is_of_no_use_to_who_did_not_begin(
    exchange: DemoExchange, browser: Browser, program: Program, changed: dict[str, str], error: str
) -> None:
    code = await browser.code(exchange.person("alder"))
    refused = await program.redeem(code, **changed)
    assert (refused.status_code, refused.json()["error"]) == (401 if error == "invalid_client" else 400, error)
    assert "access_token" not in refused.text
    assert (await program.redeem(code)).status_code == 200


async def test_a_code_counts_for_a_minute(exchange: DemoExchange, browser: Browser, program: Program) -> None:
    late, soon = [await browser.code(exchange.person("alder")) for _ in range(2)]
    exchange.clock.forward(seconds=59)
    assert (await program.redeem(soon)).status_code == 200
    exchange.clock.forward(seconds=1)
    assert (await program.redeem(late)).json()["error"] == "invalid_grant"


async def test_a_code_that_comes_twice_ends_what_came_of_it(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    code = await browser.code(exchange.person("alder"))
    tokens = await program.tokens(code)
    other = await program.tokens(await browser.code(exchange.person("alder")))
    assert (await program.redeem(code)).json()["error"] == "invalid_grant"
    assert not await is_good(http, tokens["access_token"])
    assert (await program.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert await is_good(http, other["access_token"])


async def test_the_code_of_another_program_is_of_no_use(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program, operator: str
) -> None:
    console = await registered(http, operator, "alder", exchange)
    code = await browser.code(exchange.person("alder"), client_id=console, redirect_uri=BACK)
    for redirect_uri in (BACK, CALLBACK):
        refused = await program.redeem(code, redirect_uri=redirect_uri)
        assert refused.json()["error"] == "invalid_grant"
    tokens = await Program(http, console, BACK).tokens(code)
    assert (await program.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await program.send("/oauth/revoke", token=tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert await is_good(http, tokens["access_token"])


async def test_a_refresh_token_is_replaced_at_each_use(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    tokens = await program.tokens(await browser.code(exchange.person("alder"), scope="signals:read feed:read"))
    for _ in range(3):
        exchange.clock.forward(minutes=11)
        before, tokens = tokens, (await program.refresh(tokens["refresh_token"])).json()
        assert tokens["refresh_token"] != before["refresh_token"]
        assert tokens["scope"] == "feed:read signals:read"
        assert await is_good(http, tokens["access_token"])
    narrower = (await program.refresh(tokens["refresh_token"], scope="feed:read")).json()
    assert narrower["scope"] == "feed:read"
    wider = await program.refresh(narrower["refresh_token"], scope="feed:read cases:read")
    assert wider.json()["error"] == "invalid_scope"


async def test_an_old_refresh_token_ends_the_family_with_its_live_tokens(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    """Whoever stole it, or was stolen from, comes second; it is not known which of the two."""
    first = await program.tokens(await browser.code(exchange.person("alder")))
    second = (await program.refresh(first["refresh_token"])).json()
    third = (await program.refresh(second["refresh_token"])).json()
    assert await is_good(http, third["access_token"])
    assert (await program.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    for tokens in (first, second, third):
        assert not await is_good(http, tokens["access_token"])
    assert (await program.refresh(third["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_refresh_whose_answer_was_lost_can_be_repeated_at_once(
    exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    first = await program.tokens(await browser.code(exchange.person("alder")))
    await program.refresh(first["refresh_token"])
    exchange.clock.forward(seconds=10)
    again = await program.refresh(first["refresh_token"])
    assert again.status_code == 200
    assert (await program.refresh(again.json()["refresh_token"])).status_code == 200


async def test_a_repeated_refresh_is_no_way_for_a_thief(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    """It is quick enough to repeat; the program, which has the answer that was not lost, ends it all."""
    stolen = await program.tokens(await browser.code(exchange.person("alder")))
    mine = (await program.refresh(stolen["refresh_token"])).json()
    thief = (await program.refresh(stolen["refresh_token"])).json()
    assert await is_good(http, thief["access_token"])
    assert (await program.refresh(mine["refresh_token"])).json()["error"] == "invalid_grant"
    assert not await is_good(http, thief["access_token"])
    assert (await program.refresh(thief["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_refresh_is_not_repeated_later(exchange: DemoExchange, browser: Browser, program: Program) -> None:
    first = await program.tokens(await browser.code(exchange.person("alder")))
    await program.refresh(first["refresh_token"])
    exchange.clock.forward(seconds=11)
    assert (await program.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("pauses", "goes_on"), [([1.9], True), ([2], False), ([1.9] * 6, True), ([1.9] * 7, False)], ids=str
)
async def test_a_family_ends_when_it_is_left_alone_and_after_twelve_hours(
    exchange: DemoExchange, browser: Browser, program: Program, pauses: list[float], goes_on: bool
) -> None:
    tokens = await program.tokens(await browser.code(exchange.person("alder")))
    for hours in pauses:
        exchange.clock.forward(hours=hours)
        refreshed = await program.refresh(tokens.get("refresh_token", ""))
        tokens = refreshed.json()
    assert (refreshed.status_code == 200) is goes_on


async def test_a_program_revokes_what_it_no_longer_needs(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    tokens = await program.tokens(await browser.code(exchange.person("alder")))
    assert (await program.send("/oauth/revoke", token=tokens["access_token"])).status_code == 200
    assert not await is_good(http, tokens["access_token"])
    next_tokens = (await program.refresh(tokens["refresh_token"])).json()
    assert (await program.send("/oauth/revoke", token=next_tokens["refresh_token"])).status_code == 200
    assert not await is_good(http, next_tokens["access_token"])
    assert (await program.refresh(next_tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_public_program_never_acts_by_itself(
    http: httpx.AsyncClient, exchange: DemoExchange, program: Program, operator: str
) -> None:
    console = Program(http, await registered(http, operator, "alder", exchange), BACK)
    for one in (program, console):
        refused = await one.send("/oauth/token", grant_type="client_credentials")
        assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")


async def test_a_program_with_a_secret_shows_it(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, operator: str
) -> None:
    given = {
        "participantId": exchange.client("alder").participant_id,
        "name": "Case desk",
        "scopes": ["signals:read", "cases:read"],
        "redirectUris": [BACK],
    }
    issued = (await graphql(http, operator, mutation(GRAPH, "registerClient"), input=given)).json()
    name, secret = issued["data"]["registerClient"]["client"]["id"], issued["data"]["registerClient"]["clientSecret"]
    code = await browser.code(exchange.person("alder"), client_id=name, redirect_uri=BACK)
    for auth in (None, (name, "lxs_wrong")):
        assert (await Program(http, name, BACK, auth).redeem(code)).status_code == 401
    desk = Program(http, name, BACK, (name, secret))
    assert (await desk.redeem(code, code_verifier="")).json()["error"] == "invalid_request"
    tokens = await desk.tokens(code)
    assert tokens["scope"] == "cases:read signals:read"
    assert (await desk.refresh(tokens["refresh_token"])).status_code == 200
    assert (await desk.send("/oauth/token", grant_type="client_credentials")).status_code == 200


async def test_a_client_without_an_address_signs_nobody_in(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser
) -> None:
    client = exchange.client("alder")
    assert (await browser.ask(client_id=client.client_id, redirect_uri=BACK)).status_code == 400
    machine = Program(http, client.client_id, BACK, (client.client_id, client.client_secret))
    assert (await machine.redeem("x")).json()["error"] == "unauthorized_client"


async def test_a_participants_program_signs_in_its_own_people_alone(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, operator: str
) -> None:
    console = await registered(http, operator, "birch", exchange)
    await browser.sign_in(exchange.person("alder"), client_id=console, redirect_uri=BACK)
    told = answer(browser.page)
    assert (told["error"], "code" in told) == ("access_denied", False)
    await browser.ask(client_id=console, redirect_uri=BACK, prompt="login")
    birch = exchange.person("birch")
    await browser.fill(email=birch.email, password=birch.password)
    await browser.follow()
    assert "Allow Console?" in browser.page.text


# What others do to a person that is signed in, and to its program; what remains of its token.
CHANGES = {
    "it is shut out": ("UPDATE person SET disabled_at = now() WHERE id = :person", 401),
    "it begins anew": ("UPDATE person SET epoch = epoch + 1 WHERE id = :person", 401),
    "its sign-in ends": ("UPDATE sign_in SET ended_at = now() WHERE id = :sign_in", 401),
    "its program is shut out": ("UPDATE api_client SET disabled_at = now() WHERE id = :client", 401),
    "its token is revoked": ("INSERT INTO revoked_token (token_id, expires_at) VALUES (:token, 'infinity')", 401),
    "it loses a role": ("UPDATE person SET roles = '{PARTICIPANT_ADMIN}' WHERE id = :person", 200),
    "its program may do less": ("UPDATE api_client SET scopes = '{feed:read}' WHERE id = :client", 200),
    "its participant is suspended": ("UPDATE participant SET status = 'SUSPENDED' WHERE id = :participant", 200),
    "its participant becomes an observer": (
        "UPDATE participant SET participant_class = 'OBSERVER' WHERE id = :participant",
        200,
    ),
}
ASKS = "{ viewer { scopes participant { status participantClass } } signals { edges { node { id } } } }"


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_counts_for_the_next_request_of_a_person(
    exchange: DemoExchange, browser: Browser, operator: str, owner_engine: AsyncEngine, change: str
) -> None:
    http = browser.http
    scopes = ["signals:read", "participants:read"]
    console = await registered(http, operator, "alder", exchange, scopes=scopes)
    program = Program(http, console, BACK)
    tokens = await program.tokens(await browser.code(exchange.person("alder"), client_id=console, redirect_uri=BACK))
    before = await graphql(http, tokens["access_token"], ASKS)
    assert (before.status_code, before.headers["lantern-engine"]) == (200, "compiled")
    statement, status = CHANGES[change]
    claims = exchange.access_tokens.check(tokens["access_token"], exchange.clock())
    assert claims.signed_in is not None
    known: dict[str, UUID | str] = {
        "person": claims.signed_in.person_id,
        "sign_in": claims.signed_in.sign_in_id,
        "client": claims.client_id,
        "token": claims.token_id,
        "participant": exchange.id("alder"),
    }
    async with owner_engine.begin() as owner:
        await owner.execute(text(statement), {name: known[name] for name in known if f":{name}" in statement})
    after = await graphql(http, tokens["access_token"], ASKS)
    assert after.status_code == status
    assert after.json() != before.json()
    refreshed = await program.refresh(tokens["refresh_token"])
    if change in ("it loses a role", "its participant becomes an observer"):
        assert refreshed.json()["scope"] == "participants:read"
    elif change not in ("its token is revoked", "its participant is suspended"):
        assert refreshed.status_code in (400, 401)


async def test_the_person_of_a_suspended_participant_changes_nothing(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program, owner_engine: AsyncEngine
) -> None:
    async with owner_engine.begin() as owner:
        await owner.execute(text("UPDATE participant SET status = 'SUSPENDED' WHERE slug = 'alder'"))
    tokens = await program.tokens(await browser.code(exchange.person("alder")))
    document = mutation(GRAPH, "invitePerson", 0)
    given = {"email": "new@people.example", "name": "New", "roles": ["ANALYST"]}
    answered = await graphql(http, tokens["access_token"], document, input=given)
    assert answered.json()["data"]["invitePerson"]["__typename"] == "Forbidden"


async def test_secrets_of_people_are_kept_as_digests_only(
    exchange: DemoExchange, browser: Browser, program: Program, owner_engine: AsyncEngine
) -> None:
    alder = exchange.person("alder")
    code = await browser.code(alder)
    tokens = await program.tokens(code)
    cookie = browser.http.cookies["lantern"]
    kept = ""
    async with owner_engine.connect() as owner:
        for table in ("person", "person_secret", "web_session", "sign_in", "refresh_token", "consent"):
            kept += str((await owner.execute(text(f"TABLE {table}"))).all())
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in kept
    for secret in (alder.password, alder.email, "Ada Moss", code, cookie, tokens["refresh_token"], VERIFIER):
        assert secret not in kept
        assert secret.encode().hex() not in kept
