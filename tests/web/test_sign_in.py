"""A person signs in, lets a program act in its name, and the program asks with the tokens that it gets."""

import io
import re

import httpx
import pytest
import structlog
from joserfc import jwt
from joserfc.jwk import KeySet

from app.web import log_format
from tests.demo_exchange import ISSUER, DemoExchange
from tests.person import ASKED, CALLBACK, VERIFIER, Browser, Program, answer, graphql
from tests.served_exchange import Session

SET_ROLES = "mutation ($input: SetPersonRolesInput!) { setPersonRoles(input: $input) { __typename } }"
VIEWER = "{ viewer { clientId scopes participant { slug } person { name email roles } } }"


@pytest.fixture
def browser(http: httpx.AsyncClient) -> Browser:
    return Browser(http)


@pytest.fixture
def program(http: httpx.AsyncClient) -> Program:
    return Program(http)


async def test_a_person_signs_in_and_reads_who_it_is(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    alder = exchange.person("alder")
    await browser.sign_in(alder)
    assert "Ada Moss" in browser.page.text
    await browser.fill(step="allow")
    assert browser.page.headers["location"].startswith(f"{CALLBACK}?")
    told = answer(browser.page)
    assert told.keys() == {"code", "state", "iss"}
    assert (told["state"], told["iss"]) == ("a state", ISSUER)
    tokens = await program.tokens(told["code"])
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    viewer = (await graphql(http, tokens["access_token"], VIEWER)).json()["data"]["viewer"]
    assert viewer == {
        "clientId": "lantern-explorer",
        "scopes": tokens["scope"].split(),
        "participant": {"slug": "alder"},
        "person": {"name": "Ada Moss", "email": alder.email, "roles": ["INVESTIGATOR", "PARTICIPANT_ADMIN"]},
    }


async def test_the_token_of_a_person_is_of_the_access_token_profile(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    tokens = await program.tokens(await browser.code(exchange.person("alder")))
    keys = KeySet.import_key_set((await http.get("/oauth/jwks")).json())
    claims = jwt.decode(tokens["access_token"], keys, algorithms=["ES256"]).claims
    assert claims["client_id"] == "lantern-explorer"
    assert (claims["sub"][:4], claims["sid"][:4]) == ("per_", "sin_")
    assert claims["exp"] - claims["iat"] == 600


async def test_a_page_says_in_words_what_a_program_asks_for(exchange: DemoExchange, browser: Browser) -> None:
    await browser.sign_in(exchange.person("alder"), scope="signals:read signals:reveal")
    assert "See the signals that were shared with you" in browser.page.text
    assert "Reveal person-level values; each reveal is recorded" in browser.page.text
    assert "signals:" not in re.sub(r"<(input|form)[^>]*>", "", browser.page.text)
    assert "Upload" not in browser.page.text


async def test_what_was_not_shown_is_not_allowed(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser
) -> None:
    birch, operator = exchange.person("birch"), Session(http, exchange.client("lantern-operator"))
    await give_roles(operator, birch.email, "ANALYST")
    await browser.sign_in(birch, scope="signals:read signals:reveal")
    assert "Reveal person-level values" not in browser.page.text
    await give_roles(operator, birch.email, "INVESTIGATOR")
    await browser.fill(step="allow")
    await browser.follow()
    assert "Reveal person-level values" in browser.page.text
    await browser.fill(step="allow", scopes="signals:read")
    await browser.follow()
    assert "Reveal person-level values" in browser.page.text
    await browser.fill(step="allow")
    assert answer(browser.page)["code"]


async def give_roles(operator: Session, email: str, *roles: str) -> None:
    people = await operator.ask("{ people { edges { node { id email } } } }")
    (id,) = [edge["node"]["id"] for edge in people["edges"] if edge["node"]["email"] == email]
    given = {"personId": id, "roles": list(roles)}
    told = await operator.ask(SET_ROLES, input=given)
    assert told["__typename"] == "Person"


async def test_a_person_who_does_not_allow_it_is_sent_back_without_a_code(
    exchange: DemoExchange, browser: Browser
) -> None:
    await browser.sign_in(exchange.person("alder"))
    await browser.fill(step="deny")
    told = answer(browser.page)
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", "a state", ISSUER)
    assert "code" not in told


async def test_consent_is_asked_once_for_the_same_scopes(exchange: DemoExchange, browser: Browser) -> None:
    await browser.code(exchange.person("alder"), scope="signals:read feed:read")
    assert answer(await browser.ask(scope="feed:read"))["code"]
    assert (await browser.ask(scope="feed:read cases:read")).status_code == 200
    await browser.fill(step="allow")
    assert answer(await browser.ask(scope="signals:read cases:read"))["code"]


async def test_a_program_can_ask_for_the_person_again(exchange: DemoExchange, browser: Browser) -> None:
    alder = exchange.person("alder")
    await browser.code(alder)
    await browser.ask(prompt="consent")
    assert "Allow Lantern explorer?" in browser.page.text
    await browser.ask(prompt="login")
    assert 'name="password"' in browser.page.text
    await browser.fill(email=alder.email, password=alder.password)
    assert answer(await browser.follow())["code"]


async def test_a_program_that_wants_no_page_gets_none(exchange: DemoExchange, browser: Browser) -> None:
    assert answer(await browser.ask(prompt="none"))["error"] == "login_required"
    await browser.sign_in(exchange.person("alder"))
    assert answer(await browser.ask(prompt="none"))["error"] == "consent_required"
    await browser.ask()
    await browser.fill(step="allow")
    assert answer(await browser.ask(prompt="none"))["code"]


async def test_nobody_is_given_more_than_its_roles_allow(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    tokens = await program.tokens(
        await browser.code(exchange.person("birch"), scope="signals:read participants:manage")
    )
    assert tokens["scope"] == "signals:read"
    await browser.ask(scope="participants:manage")
    assert answer(browser.page)["error"] == "access_denied"
    refused = await graphql(http, tokens["access_token"], "{ people { edges { node { id } } } }")
    assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_who_signs_out_ends_its_programs_too(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    tokens = await program.tokens(await browser.code(exchange.person("alder")))
    await browser.open("/oauth/sign-out")
    await browser.fill()
    assert "You are signed out" in browser.page.text
    assert 'name="password"' in (await browser.ask()).text
    assert (await graphql(http, tokens["access_token"], VIEWER)).status_code == 401
    assert (await program.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_somebody_else_can_sign_in_at_the_same_browser(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    await browser.sign_in(exchange.person("alder"))
    await browser.fill(step="other")
    await browser.follow()
    birch = exchange.person("birch")
    await browser.fill(email=birch.email, password=birch.password)
    await browser.follow()
    assert "Ben Lake" in browser.page.text
    assert "Ada Moss" not in browser.page.text


@pytest.mark.parametrize(
    ("pauses", "signed_in"), [([29 * 60], True), ([31 * 60], False), ([29 * 60] * 24, True), ([29 * 60] * 25, False)]
)
async def test_a_session_ends_when_it_is_left_alone_and_after_twelve_hours(
    exchange: DemoExchange, browser: Browser, pauses: list[int], signed_in: bool
) -> None:
    await browser.sign_in(exchange.person("alder"))
    for seconds in pauses:
        exchange.clock.forward(seconds=seconds)
        await browser.ask()
    assert ("Ada Moss" in browser.page.text) is signed_in


async def test_the_metadata_tells_programs_how_people_sign_in(http: httpx.AsyncClient) -> None:
    stated = (await http.get("/.well-known/oauth-authorization-server")).json()
    assert stated["authorization_endpoint"] == f"{ISSUER}/oauth/authorize"
    assert stated["response_types_supported"] == ["code"]
    assert stated["code_challenge_methods_supported"] == ["S256"]
    assert stated["authorization_response_iss_parameter_supported"] is True
    assert {"authorization_code", "refresh_token"} <= set(stated["grant_types_supported"])
    assert "none" in stated["token_endpoint_auth_methods_supported"]


async def test_what_a_program_sends_is_bounded(browser: Browser) -> None:
    assert (await browser.ask(state="x" * 17_000)).status_code == 400
    assert answer(await browser.ask(state="x" * 2_001))["error"] == "invalid_request"
    assert (await browser.open("/oauth/authorize", **ASKED, **{str(n): "1" for n in range(20)})).status_code == 400


async def test_no_log_holds_anything_of_a_person(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    log = io.StringIO()
    log_format.configure("debug", log)
    try:
        alder = exchange.person("alder")
        await browser.ask(login_hint=alder.email)
        await browser.fill(email=alder.email, password=f"not {alder.password}")
        code = await browser.code(alder)
        tokens = await program.tokens(code)
        await program.refresh(tokens["refresh_token"])
        await program.refresh(f"not {tokens['refresh_token']}")
        await browser.open("/oauth/password", link="lxl_" + "A" * 43)
    finally:
        structlog.reset_defaults()
    lines = log.getvalue()
    assert lines.count("/oauth/authorize") >= 6
    secrets = [alder.email, "alder.example", alder.password, "Ada", code, http.cookies["lantern"], "lxl_", "lxr_"]
    for secret in (*secrets, tokens["refresh_token"], tokens["access_token"], "a state", VERIFIER):
        assert secret not in lines
