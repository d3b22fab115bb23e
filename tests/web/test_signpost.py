"""Somebody who only has the address of the exchange is told where to go on."""

import re

import httpx

from tests.demo_exchange import ISSUER


async def test_the_bare_address_tells_what_is_here_without_a_token(http: httpx.AsyncClient) -> None:
    answer = await http.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Lantern exchange" in answer.text


async def test_every_address_that_it_tells_answers(http: httpx.AsyncClient) -> None:
    told = re.findall(rf"{ISSUER}(\S+)", (await http.get("/")).text)
    statuses = {path: (await http.get(path)).status_code for path in told}
    assert statuses == {
        "/graphql": 401,
        "/graphiql": 503,  # nothing was built for this test, and it says so
        "/explore": 503,
        "/taxii2/": 401,
        "/oauth/token": 405,
        "/.well-known/oauth-authorization-server": 200,
        "/health/ready": 200,
    }
