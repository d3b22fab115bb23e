"""A person signs in, lets a program act in its name, and the program asks with the tokens that it gets."""

import httpx
import pytest

from tests.demo_exchange import ISSUER, DemoExchange
from tests.person import CALLBACK, Browser, Program, answer, graphql

VIEWER = "{ viewer { clientId scopes participant { slug } } }"


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
    asked = await graphql(http, tokens["access_token"], VIEWER)
    viewer = asked.json()["data"]["viewer"]
    assert viewer["clientId"] == "lantern-explorer"
    assert viewer["participant"] == {"slug": "alder"}
    assert viewer["scopes"] == tokens["scope"].split()
