"""How tests ask a running exchange as one of its participants, in both manners of the client."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from app.client import AsyncExchange, ClientSecret, Exchange, Patience
from app.client.authority import Authority
from app.client.operations import Operation
from scripts.exchange_client import Exchange as Running

T = TypeVar("T")
Each = Callable[[str, Authority, Iterable[Operation[Any]]], list[Any]]
HASTY = Patience(attempts=3, seconds=5)


def secret_of(running: Running, slug: str) -> ClientSecret:
    credentials = running.clients[slug]
    return ClientSecret(credentials.client_id, credentials.secret)


def asked(running: Running, slug: str, document: str, **variables: Any) -> Any:
    """What one field answers, of a document that the client does not have."""
    with Exchange(running.url, secret_of(running, slug)) as exchange:
        return exchange.ask(Operation(document, variables, lambda found: found))


def ordinary(url: str, authority: Authority, operations: Iterable[Operation[T]]) -> list[T]:
    with Exchange(url, authority, patience=HASTY) as exchange:
        return list(exchange.ask_each(operations))


def with_asyncio(url: str, authority: Authority, operations: Iterable[Operation[T]]) -> list[T]:
    async def run() -> list[T]:
        async with AsyncExchange(url, authority, patience=HASTY) as exchange:
            return [answer async for answer in exchange.ask_each(operations)]

    return asyncio.run(run())


MANNERS: tuple[Each, ...] = (ordinary, with_asyncio)
