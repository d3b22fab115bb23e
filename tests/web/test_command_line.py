"""Signing in at a command line: the answer comes to a free port of the person's own machine (RFC 8252)."""

import httpx
import pytest

from app.rules import ids
from app.rules.ids import Prefix
from tests.demo_exchange import DemoExchange
from tests.person import Browser, Program, answer, graphql, registered

NAME = "lantern-cli"
VIEWER = "{ viewer { clientId scopes participant { slug } } }"


def at(port: int, path: str = "/callback") -> str:
    return f"http://127.0.0.1:{port}{path}"


@pytest.fixture
def browser(http: httpx.AsyncClient) -> Browser:
    return Browser(http)


@pytest.mark.parametrize(("slug", "port"), [("alder", 1), ("birch", 49152), ("lantern-operator", 65535)])
async def test_a_person_signs_in_at_a_command_line_on_any_port(
    exchange: DemoExchange, browser: Browser, slug: str, port: int
) -> None:
    person, program = exchange.person(slug), Program(browser.http, NAME, at(port))
    await browser.sign_in(person, client_id=NAME, redirect_uri=at(port))
    assert "Allow Lantern command line?" in browser.page.text
    assert f"127.0.0.1:{port}" in browser.page.text
    await browser.fill(step="allow")
    assert browser.page.headers["location"].startswith(f"{at(port)}?code=")
    tokens = await program.tokens(answer(browser.page)["code"])
    told = (await graphql(browser.http, tokens["access_token"], VIEWER)).json()["data"]["viewer"]
    assert (told["clientId"], told["participant"]["slug"]) == (NAME, slug)
    assert set(told["scopes"]) == set(tokens["scope"].split())
    again = await program.refresh(tokens["refresh_token"])
    assert (again.status_code, again.json()["scope"]) == (200, tokens["scope"])


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:5173/callback",
        "http://[::1]:5173/callback",
        "http://127.0.0.2:5173/callback",
        "http://0.0.0.0:5173/callback",
        "http://10.0.0.1:5173/callback",
        "https://127.0.0.1:5173/callback",
        "lantern://127.0.0.1:5173/callback",
        at(5173, "/"),
        at(5173, "/callback/"),
        at(5173, "/callback?x=1"),
        at(5173, "/callback#x"),
        at(65536),
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:5173@elsewhere.example/callback",
        "http://127.0.0.1.elsewhere.example:5173/callback",
        "http://elsewhere.example:5173/callback",
    ],
)
async def test_nobody_is_sent_anywhere_else(browser: Browser, uri: str) -> None:
    refused = await browser.ask(client_id=NAME, redirect_uri=uri)
    assert (refused.status_code, "location" in refused.headers, "password" in refused.text) == (400, False, False)


async def test_a_code_is_redeemed_by_whoever_asked_for_it(exchange: DemoExchange, browser: Browser) -> None:
    """On the same port, and with the verifier of the challenge."""
    asked = {"client_id": NAME, "redirect_uri": at(5173)}
    told = answer(await browser.ask(**asked, code_challenge=""))
    assert (told["error"], "code" in told) == ("invalid_request", False)
    program = Program(browser.http, NAME, at(5173))
    for changed in ({"redirect_uri": at(5174)}, {"code_verifier": "x" * 43}, {"code_verifier": ""}):
        code = await browser.code(exchange.person("alder"), **asked)
        refused = await program.redeem(code, **changed)
        assert refused.status_code == 400
        assert refused.json()["error"] in ("invalid_grant", "invalid_request")


async def test_it_never_acts_by_itself(browser: Browser) -> None:
    refused = await Program(browser.http, NAME).send("/oauth/token", grant_type="client_credentials")
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")
    refused = await Program(browser.http, auth=(NAME, "a secret")).send("/oauth/token", grant_type="client_credentials")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_the_person_allows_it_each_time(exchange: DemoExchange, browser: Browser) -> None:
    """Whatever listens on a port may be another program than it says."""
    asked = {"client_id": NAME, "redirect_uri": at(5173)}
    for _ in range(2):
        await browser.sign_in(exchange.person("alder"), **asked)
        assert "Allow Lantern command line?" in browser.page.text
        await browser.fill(step="allow")
        assert "code" in answer(browser.page)
    assert answer(await browser.ask(**asked, prompt="none"))["error"] == "consent_required"


async def test_a_participants_own_program_may_listen_on_any_port_too(exchange: DemoExchange, browser: Browser) -> None:
    client = ids.read(Prefix.CLIENT, exchange.client("lantern-operator").client_id)
    assert client is not None
    token = exchange.access_tokens.issue(client, ["clients:manage"], exchange.clock())
    back = "http://127.0.0.1/back"
    tool = await registered(browser.http, token, exchange.client("alder"), redirectUris=[back, at(5173)])
    asked = {"client_id": tool, "redirect_uri": at(7, "/back")}
    assert await browser.code(exchange.person("alder"), **asked)
    await browser.ask(**asked)
    assert "Allow Console?" in browser.page.text
    assert "code" in answer(await browser.ask(client_id=tool, redirect_uri=back))
    assert (await browser.ask(client_id=tool, redirect_uri=at(5174))).status_code == 400
