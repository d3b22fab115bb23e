"""Pages of other origins: which may call what, and read the answer."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.web import asgi
from app.web.origins import origin_of
from tests.demo_exchange import ISSUER, DemoExchange

PAGE = "https://pages.example"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}
OPEN = ["/graphql", "/oauth/token", "/oauth/revoke", "/oauth/jwks", "/.well-known/oauth-authorization-server"]


@pytest.fixture
async def web(exchange: DemoExchange) -> AsyncIterator[httpx.AsyncClient]:
    serving = asgi.Serving(allowed_origins=(PAGE,))
    application = asgi.build(exchange.database, exchange.keyring, ISSUER, exchange.clock, serving)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=ISSUER) as web:
        yield web


@pytest.mark.parametrize("path", OPEN)
async def test_a_page_that_is_allowed_may_call_and_read(web: httpx.AsyncClient, path: str) -> None:
    allowed = await web.options(path, headers={"Origin": PAGE, **PREFLIGHT})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == PAGE
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    assert "x-request-id" in allowed.headers, "it has its line in the log"
    answer = await web.post(path, headers={"Origin": PAGE})
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"].split(", ")


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://pages.example.evil.example"])
async def test_another_page_may_not(web: httpx.AsyncClient, path: str, origin: str) -> None:
    refused = await web.options(path, headers={"Origin": origin, **PREFLIGHT})
    assert refused.status_code == 400
    for answer in (refused, await web.post(path, headers={"Origin": origin})):
        assert "access-control-allow-origin" not in answer.headers


async def test_other_paths_are_open_to_no_page(web: httpx.AsyncClient) -> None:
    for path in ("/oauth/introspect", "/oauth/authorize", "/health/live", "/"):
        assert "access-control-allow-origin" not in (await web.get(path, headers={"Origin": PAGE})).headers


def test_an_origin_is_written_as_browsers_do() -> None:
    assert origin_of("HTTPS://Pages.Example:443/path") == "https://pages.example"
    assert origin_of("http://localhost:3000/") == "http://localhost:3000"
    assert origin_of("http://[::1]:8000") == "http://[::1]:8000"
