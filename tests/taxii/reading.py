"""Readers of the collection: OASIS's own client, bare requests, and the feed itself to compare with."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import httpx
import requests
from taxii2client.v21 import Collection, as_pages

from app.rules.scopes import Scope
from app.rules.stix import objects
from app.web.taxii import documents
from app.web.taxii.resources import COLLECTION_ID
from tests.live_exchange import LiveExchange

T = TypeVar("T")

MEDIA_TYPE = "application/taxii+json;version=2.1"
COLLECTION = f"/taxii2/exchange/collections/{COLLECTION_ID}/"
OBJECTS, MANIFEST = f"{COLLECTION}objects/", f"{COLLECTION}manifest/"


class BearerAuth(requests.auth.AuthBase):
    """What a participant gives to taxii2-client, so that it sends a token of the exchange."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def collection(served: LiveExchange, slug: str, *, without: str = "") -> Collection:
    auth = BearerAuth(served.token(slug, without=without))
    return Collection(f"http://{served.address}{COLLECTION}", auth=auth)


async def apart(call: Callable[..., T], *given: Any, **named: Any) -> T:
    """In a thread, as the client waits for a server of this very process."""
    return await asyncio.to_thread(call, *given, **named)


async def paged(served: LiveExchange, slug: str, per_request: int, *, manifest: bool = False) -> list[dict[str, Any]]:
    """All envelopes that taxii2-client gets."""
    read = collection(served, slug)
    return await apart(lambda: list(as_pages(read.get_manifest if manifest else read.get_objects, per_request)))


def all_of(envelopes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for envelope in envelopes for one in envelope.get("objects", [])]


async def get(
    served: LiveExchange, slug: str, path: str = OBJECTS, *, without: str = "", method: str = "GET", **query: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {served.token(slug, without=without)}", "Accept": MEDIA_TYPE}
    async with httpx.AsyncClient(base_url=f"http://{served.address}", headers=headers, trust_env=False) as http:
        return await http.request(method, path, params=query, timeout=60)


async def feed(served: LiveExchange, slug: str) -> list[dict[str, Any]]:
    """The items of the reader's whole feed, asked of GraphQL."""
    items, after = [], None
    headers = {"Authorization": f"Bearer {served.token(slug)}"}
    async with httpx.AsyncClient(base_url=f"http://{served.address}", headers=headers, trust_env=False) as http:
        while True:
            asked = {"query": documents.changes(frozenset(Scope)), "variables": {"after": after, "first": 1_000}}
            page = (await http.post("/graphql", json=asked, timeout=60)).json()["data"]["changes"]
            items += page["items"]
            if page["caughtUp"]:
                return items
            after = page["endCursor"]


def expected(items: Iterable[dict[str, Any]], at: datetime) -> dict[str, Any]:
    """What the collection holds for who sees these items: its objects by id."""
    told = [*objects.STANDING]
    for item in items:
        told += objects.of_signal(item["signal"], at)
    return {one["id"]: one for one in told}


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Every refusal is TAXII's error resource, in its type."""
    told = answer.json()
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert told["http_status"] == str(answer.status_code)
    assert told["title"]
    assert told["description"]
    return answer.status_code, told["error_code"]


async def told(served: LiveExchange, slug: str = "birch", path: str = OBJECTS, **query: Any) -> list[dict[str, Any]]:
    answer = await get(served, slug, path, **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    found: list[dict[str, Any]] = answer.json().get("objects", [])
    return found


@dataclass
class Copy:
    """A poller that keeps the last `next`, and drops what is revoked."""

    held: dict[str, Any] = field(default_factory=dict)
    next: str | None = None
    tombstones: int = 0

    async def page(self, served: LiveExchange, slug: str, limit: int) -> bool:
        """Read one page; says whether there are more. Who is told to start again drops its copy."""
        query: dict[str, Any] = {"limit": limit} | ({} if self.next is None else {"next": self.next})
        answer = await get(served, slug, **query)
        if answer.status_code == 410:
            self.held, self.next = {}, None
            return True
        assert answer.status_code == 200, answer.text
        envelope = answer.json()
        assert len(envelope.get("objects", [])) <= limit
        for one in envelope.get("objects", []):
            self._take(one)
        self.next = envelope["next"]
        return bool(envelope["more"])

    def _take(self, one: dict[str, Any]) -> None:
        known = self.held.get(one["id"])
        # As STIX has it: the latest version counts.
        if known is None or one["modified" if "modified" in one else "created"] >= known.get("modified", ""):
            self.held[one["id"]] = one
        self.tombstones += one.get("revoked", False)

    async def catch_up(self, served: LiveExchange, slug: str, limit: int) -> None:
        while await self.page(served, slug, limit):
            pass

    def signals(self) -> set[str]:
        """The ids of the indicators that still stand."""
        return {id for id, one in self.held.items() if one["type"] == "indicator" and not one.get("revoked")}
