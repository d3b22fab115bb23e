"""A person of the running exchange at a browser, over real HTTP."""

import asyncio
from urllib.parse import parse_qsl, urlsplit

import httpx

from app.services.demo import DemoPerson
from scripts.exchange_client import Exchange as Running
from scripts.exchange_client import read_settings
from tests.person import Browser, Program, answer


def person_of(running: Running, slug: str) -> DemoPerson:
    assert running.directory is not None
    said = read_settings(running.directory / "demo.env")
    return DemoPerson(said[f"{slug.upper()}_PERSON"], said[f"{slug.upper()}_PASSWORD"])


def refresh_token(running: Running, slug: str) -> str:
    """Of a new sign-in at the explorer."""

    async def sign_in() -> str:
        async with httpx.AsyncClient(base_url=running.url, timeout=60, trust_env=False) as http:
            back = f"{running.url}/graphiql"
            code = await Browser(http).code(person_of(running, slug), redirect_uri=back)
            return str((await Program(http, redirect_uri=back).tokens(code))["refresh_token"])

    return asyncio.run(sign_in())


def visit(running: Running, slug: str, address: str) -> str:
    """Sign in at the address that a program shows, and allow what it asks for; where the browser is sent then."""

    async def sign_in() -> str:
        async with httpx.AsyncClient(base_url=running.url, timeout=60, trust_env=False) as http:
            browser = Browser(http)
            await browser.sign_in(person_of(running, slug), **dict(parse_qsl(urlsplit(address).query)))
            if browser.page.status_code == 200:
                await browser.fill(step="allow")
            assert answer(browser.page)
            return browser.page.headers["location"]

    return asyncio.run(sign_in())
