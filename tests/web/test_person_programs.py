"""Programs in which people sign in: whom they may sign in, what they prove, and what ends them at once."""

from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules import ids
from app.rules.ids import Prefix
from tests.charges import taken_off
from tests.demo_exchange import DemoExchange
from tests.flows.documents import mutation
from tests.flows.guarded import GRAPH
from tests.person import BACK, CALLBACK, EXPLORER, VERIFIER, Browser, Program, answer, graphql, registered
from tests.proofs import TOKEN_URL, Prover

VIEWER = "{ viewer { clientId } }"


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


async def test_a_public_program_never_acts_by_itself(
    http: httpx.AsyncClient, exchange: DemoExchange, program: Program, operator: str
) -> None:
    console = Program(http, await registered(http, operator, exchange.client("alder")), BACK)
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
    console = await registered(http, operator, exchange.client("birch"))
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
    "its program becomes another's": ("UPDATE api_client SET participant_id = :other WHERE id = :client", 401),
    "its program is confined": ("UPDATE api_client SET confined = true WHERE id = :client", 200),
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
    console = await registered(http, operator, exchange.client("alder"), scopes=scopes)
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
        "other": exchange.id("birch"),
    }
    async with owner_engine.begin() as owner:
        await owner.execute(text(statement), {name: known[name] for name in known if f":{name}" in statement})
    after = await graphql(http, tokens["access_token"], ASKS)
    assert after.status_code == status
    assert taken_off(after.json()) != taken_off(before.json())
    refreshed = await program.refresh(tokens["refresh_token"])
    if change in ("it loses a role", "its participant becomes an observer"):
        assert refreshed.json()["scope"] == "participants:read"
    elif change not in ("its token is revoked", "its participant is suspended", "its program is confined"):
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


async def test_a_mere_name_learns_nothing_of_tokens(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program, operator: str
) -> None:
    """Whoever knows a public program's name could ask in it: the token itself has to do."""
    tokens = await program.tokens(await browser.code(exchange.person("alder")))
    console = Program(http, await registered(http, operator, exchange.client("alder")), BACK)
    for one in (program, console):
        refused = await one.send("/oauth/introspect", token=tokens["access_token"])
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_a_client_of_the_participant_learns_who_signed_in(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    tokens = await program.tokens(await browser.code(exchange.person("alder")))
    known = {slug: exchange.client(slug) for slug in ("alder", "birch")}
    told = {
        slug: (
            await http.post(
                "/oauth/introspect",
                data={"token": tokens["access_token"]},
                auth=(client.client_id, client.client_secret),
            )
        ).json()
        for slug, client in known.items()
    }
    assert told["birch"] == {"active": False}
    assert told["alder"]["client_id"] == "lantern-explorer"
    assert told["alder"]["sub"].startswith("per_")
    assert told["alder"]["scope"] == tokens["scope"]


async def test_a_sign_in_that_began_with_a_key_goes_on_with_it(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser
) -> None:
    """A public program's tokens can be bound by DPoP; a refresh token that is stolen is then of no use."""
    key, other = Prover(exchange.clock), Prover(exchange.clock)
    form = {"client_id": EXPLORER, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}

    async def ask(holder: Prover | None, **more: str) -> httpx.Response:
        proof = {} if holder is None else {"DPoP": holder.proof(url=TOKEN_URL)}
        return await http.post("/oauth/token", data=form | more, headers=proof)

    code = await browser.code(exchange.person("alder"))
    tokens = (await ask(key, grant_type="authorization_code", code=code)).json()
    assert tokens["token_type"] == "DPoP"
    assert (await graphql(http, tokens["access_token"], VIEWER)).status_code == 401
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for wrong in (None, other):
        assert (await ask(wrong, **again)).json()["error"] == "invalid_grant"
    assert (await ask(key, **again)).json()["token_type"] == "DPoP"


async def test_a_repeated_refresh_that_is_refused_uses_nothing(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser
) -> None:
    """A library that gets no answer may send the very same request, whose proof was used; then comes a good one."""
    key = Prover(exchange.clock)
    form = {"client_id": EXPLORER, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}

    async def ask(proof: str, **more: str) -> httpx.Response:
        return await http.post("/oauth/token", data=form | more, headers={"DPoP": proof})

    code = await browser.code(exchange.person("alder"))
    tokens = (await ask(key.proof(url=TOKEN_URL), grant_type="authorization_code", code=code)).json()
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    proof = key.proof(url=TOKEN_URL)
    assert (await ask(proof, **again)).status_code == 200
    assert (await ask(proof, **again)).json()["error"] == "invalid_dpop_proof"
    wider = await ask(key.proof(url=TOKEN_URL), **again, scope="participants:manage")
    assert wider.json()["error"] == "invalid_scope"
    assert (await ask(key.proof(url=TOKEN_URL), **again)).status_code == 200
