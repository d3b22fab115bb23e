"""How tests wait for what comes about on its own."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

# Seconds for what takes a moment on a machine that has nothing else to do.
PATIENCE = 240
T = TypeVar("T")


def until(found: Callable[[], T], told: Callable[[], str] = str) -> T:
    """What it finds, once it finds something; `told` is what a failure says of the matter."""
    ends = time.monotonic() + PATIENCE
    while not (it := found()):
        assert time.monotonic() < ends, f"it did not come about {told()}"
        time.sleep(0.1)
    return it


async def until_async(found: Callable[[], Awaitable[T]]) -> T:
    """As `until`, for what has to be awaited itself."""
    ends = time.monotonic() + PATIENCE
    while not (it := await found()):
        assert time.monotonic() < ends, "it did not come about"
        await asyncio.sleep(0.1)
    return it
