"""How tests ask a running exchange as one of its participants, in both manners of the client."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from app.client import AsyncExchange, ClientSecret, Exchange, Patience, operations
from app.client.authority import Authority
from app.client.operations import Operation
from scripts.exchange_client import Exchange as Running
from tests.client.restartable import Restartable
from tests.waiting import until

T = TypeVar("T")
Each = Callable[[str, Authority, Iterable[Operation[Any]]], list[Any]]
HASTY = Patience(attempts=3, seconds=5)


def secret_of(running: Running | Restartable, slug: str) -> ClientSecret:
    credentials = running.clients[slug]
    return ClientSecret(credentials.client_id, credentials.secret)


def asked(running: Running, slug: str, document: str, **variables: Any) -> Any:
    """What one field answers, of a document that the client does not have."""
    with Exchange(running.url, secret_of(running, slug)) as exchange:
        return exchange.ask(Operation(document, variables, lambda found: found))


def until_told(exchange: Exchange, signals: Iterable[str]) -> None:
    """Wait until the feed tells of these, by id or by value: a change comes into it after the call that made it."""
    missing, cursor = set(signals), None

    def all_told() -> bool:
        nonlocal cursor
        page: Any = exchange.ask(operations.changes(cursor, scopes=()))
        cursor = page["endCursor"]
        for item in page["items"]:
            missing.difference_update((item["signalId"], item["signal"] and item["signal"]["value"]))
        return not missing

    until(all_told)


def ordinary(url: str, authority: Authority, operations: Iterable[Operation[T]]) -> list[T]:
    with Exchange(url, authority, patience=HASTY) as exchange:
        return list(exchange.ask_each(operations))


def with_asyncio(url: str, authority: Authority, operations: Iterable[Operation[T]]) -> list[T]:
    async def run() -> list[T]:
        async with AsyncExchange(url, authority, patience=HASTY) as exchange:
            return [answer async for answer in exchange.ask_each(operations)]

    return asyncio.run(run())


MANNERS: tuple[Each, ...] = (ordinary, with_asyncio)
