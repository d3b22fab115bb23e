"""A person at a browser, who signs in for a program, and the program that gets tokens for it."""

import base64
import hashlib
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from app.services.demo import DemoPerson
from tests.demo_exchange import ISSUER

EXPLORER = "lantern-explorer"
CALLBACK = f"{ISSUER}/graphiql"
VERIFIER = "a-verifier-of-a-program-that-keeps-it-to-itself-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
# What every request of the explorer's says.
ASKED = {
    "response_type": "code",
    "client_id": EXPLORER,
    "redirect_uri": CALLBACK,
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "state": "a state",
}


@dataclass
class Browser:
    """Keeps cookies, and follows no redirect by itself."""

    http: httpx.AsyncClient
    page: httpx.Response = field(default=httpx.Response(204))

    async def open(self, path: str, **query: str) -> httpx.Response:
        self.page = await self.http.get(path, params=query or None)
        return self.page

    async def ask(self, **changed: str) -> httpx.Response:
        """The authorization endpoint, with what the explorer asks for; an empty text leaves a parameter off."""
        return await self.open("/oauth/authorize", **{k: v for k, v in (ASKED | changed).items() if v})

    async def fill(self, **filled: str) -> httpx.Response:
        """Send the form of the page that is open, with its hidden fields."""
        form = {**hidden(self.page), **filled}
        self.page = await self.http.post(self.action, data=form)
        return self.page

    @property
    def action(self) -> str:
        found = re.search(r'<form[^>]* action="([^"]*)"', self.page.text)
        assert found is not None, self.page.text
        return html.unescape(found[1])

    async def follow(self) -> httpx.Response:
        return await self.open(self.page.headers["location"])

    async def sign_in(self, person: DemoPerson, **asked: str) -> httpx.Response:
        """To what the person sees first when it is signed in, or where it is sent."""
        await self.ask(**asked)
        if 'name="password"' not in self.page.text:
            return self.page
        await self.fill(email=person.email, password=person.password)
        return await self.follow()

    async def code(self, person: DemoPerson, **asked: str) -> str:
        await self.sign_in(person, **asked)
        if self.page.status_code == 200:
            await self.fill(step="allow")
        return answer(self.page)["code"]


def hidden(page: httpx.Response) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
    return {name: html.unescape(value) for name, value in found}


def answer(sent: httpx.Response) -> dict[str, str]:
    """What a program is told by where the browser is sent."""
    assert sent.status_code == 303, (sent.status_code, sent.text)
    query = parse_qs(urlsplit(sent.headers["location"]).query, strict_parsing=True)
    return {name: value for name, (value,) in query.items()}


@dataclass
class Program:
    """A public program; `auth` is for those that keep a secret."""

    http: httpx.AsyncClient
    client_id: str = EXPLORER
    redirect_uri: str = CALLBACK
    auth: tuple[str, str] | None = None

    async def send(self, path: str, **form: str) -> httpx.Response:
        named = {} if self.auth else {"client_id": self.client_id}
        sent = {k: v for k, v in (named | form).items() if v}
        return await self.http.post(path, data=sent, **({"auth": self.auth} if self.auth else {}))

    async def redeem(self, code: str, **changed: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        return await self.send("/oauth/token", **(form | {"code_verifier": VERIFIER} | changed))

    async def refresh(self, token: str, **changed: str) -> httpx.Response:
        return await self.send("/oauth/token", **({"grant_type": "refresh_token", "refresh_token": token} | changed))

    async def tokens(self, code: str) -> dict[str, Any]:
        redeemed = await self.redeem(code)
        assert redeemed.status_code == 200, redeemed.text
        tokens: dict[str, Any] = redeemed.json()
        return tokens


async def graphql(http: httpx.AsyncClient, token: str, document: str, **variables: Any) -> httpx.Response:
    body = {"query": document, "variables": variables}
    return await http.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})


@asynccontextmanager
async def another_browser(http: httpx.AsyncClient, address: str = "127.0.0.1") -> AsyncIterator[Browser]:
    """With no cookies yet, of the same exchange, at this address."""
    inner: Any = http._transport
    transport = httpx.ASGITransport(inner.app, client=(address, 5))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER, timeout=60) as other:
        yield Browser(other)
