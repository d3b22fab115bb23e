"""What many resolvers of one operation ask for one by one, loaded together."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from strawberry.dataloader import DataLoader

K = TypeVar("K")
T = TypeVar("T")


class Batches(DataLoader[K, T]):
    """Keys of the same turn of the event loop make one batch, and none is loaded twice.

    graphql-core cancels the siblings of a field that failed. A sibling alone then waits no more: others may wait for
    the same object.
    """

    def load(self, key: K) -> Awaitable[T]:
        return asyncio.shield(asyncio.ensure_future(super().load(key)))
