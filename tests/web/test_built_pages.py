"""The pages of the explorer: what is served, under which policy, and that nothing else can be had by their paths."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route

from app.web import built_pages
from app.web.asgi import logged

ISSUER = "https://exchange.example"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A build as Vite writes it, in small, and a secret beside it."""
    assets = tmp_path / "pages" / "explorer" / "assets"
    assets.mkdir(parents=True)
    for name in ("graphiql.html", "explore.html"):
        (tmp_path / "pages" / name).write_text(f"<!doctype html><title>{name}</title>")
    (assets / "app-1a2b.js").write_text("export const plain = true;")
    (assets / "app-1a2b.js.gz").write_bytes(b"packed")
    (assets / "font-1a2b.ttf").write_bytes(b"font")
    (assets / ".hidden.js").write_text("secret")
    (tmp_path / "secret.js").write_text("secret")
    (tmp_path / "pages" / "secret.js").write_text("secret")
    return tmp_path / "pages"


@pytest.fixture
async def browser(built: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with served(built) as client:
        yield client


def served(directory: Path) -> httpx.AsyncClient:
    first, *others = built_pages.routes(directory, ISSUER)
    application = logged(Route("/graphql", first.endpoint), [first, *others])
    return httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=ISSUER)


def policy(answer: httpx.Response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in parts}


async def test_the_licences_of_what_is_served_are_served_too(browser: httpx.AsyncClient, built: Path) -> None:
    assert (await browser.get("/explorer/licences.md")).status_code == 404
    (built / "explorer" / "licences.md").write_text("## react (MIT)")
    answer = await browser.get("/explorer/licences.md")
    assert (answer.status_code, answer.text) == (200, "## react (MIT)")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/graphiql", "/explore"])
async def test_a_page_runs_scripts_of_its_own_files_only_and_stands_in_no_frame(
    browser: httpx.AsyncClient, path: str
) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    told = policy(answer)
    assert told["default-src"] == "'none'"
    assert told["script-src"] == "'self'"
    assert told["connect-src"] == "'self' wss://exchange.example"
    assert told["frame-ancestors"] == told["base-uri"] == told["form-action"] == "'none'"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_only_the_page_with_monaco_takes_styles_from_within(browser: httpx.AsyncClient) -> None:
    graphiql, explore = policy(await browser.get("/graphiql")), policy(await browser.get("/explore"))
    assert [name for name, value in graphiql.items() if "unsafe" in value] == ["style-src"]
    assert not any("unsafe" in value or "data:" in value for value in explore.values())
    assert explore["trusted-types"] == "'none'"


async def test_an_asset_is_kept_for_good_and_its_worker_may_talk_to_nobody(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/explorer/assets/app-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert answer.text == "export const plain = true;"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert "connect-src" not in policy(answer)
    assert policy(answer)["default-src"] == "'none'"


async def test_an_asset_travels_compressed_to_whoever_takes_that(browser: httpx.AsyncClient) -> None:
    plain = await browser.get("/explorer/assets/app-1a2b.js", headers={"Accept-Encoding": "identity"})
    async with browser.stream("GET", "/explorer/assets/app-1a2b.js", headers={"Accept-Encoding": "br, gzip"}) as packed:
        assert [part async for part in packed.aiter_raw()] == [b"packed"]
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] != plain.headers["etag"]


async def test_an_asset_that_is_there_already_is_not_sent_again(browser: httpx.AsyncClient) -> None:
    path = "/explorer/assets/font-1a2b.ttf"
    etag = (await browser.get(path)).headers["etag"]
    again = await browser.get(path, headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert (await browser.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "../secret.js",
        "..%2fsecret.js",
        "..%2f..%2fsecret.js",
        "%2e%2e/secret.js",
        "..%5csecret.js",
        ".hidden.js",
        "app-1a2b.js.gz",
        "app-1a2b.js%00.css",
        "absent.js",
        "",
        "a" * 5000 + ".js",
    ],
)
async def test_no_path_leads_to_another_file(browser: httpx.AsyncClient, name: str) -> None:
    # As a URL that nobody has tidied up on the way.
    answer = await browser.get(httpx.URL(ISSUER, raw_path=b"/explorer/assets/" + name.encode()))
    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_a_page_that_was_not_built_says_what_to_do(tmp_path: Path) -> None:
    async with served(tmp_path / "absent") as browser:
        for path in ("/graphiql", "/explore"):
            answer = await browser.get(path)
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "text/plain; charset=utf-8"
            assert "scripts/run builds it" in answer.text
        assert (await browser.get("/explorer/assets/app.js")).status_code == 404


async def test_a_page_is_read_and_no_more(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/graphiql")).status_code == 405
    assert re.search("text/html", (await browser.head("/explore")).headers["content-type"])
