"""Checking and hashing passwords beside the event loop: a few at once, as each takes 19 MiB, and no endless queue."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from app.rules import passwords

T = TypeVar("T")

AT_ONCE = 2
# Some 0.03 s each, so the last of them waits a second and a half.
MOST_WAITING = 100


class TooManyPasswords(Exception):
    """More people sign in at this moment than can be served soon."""


class PasswordCheck:
    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def is_right(self, password: str, kept: str | None) -> bool:
        """Raises: TooManyPasswords."""
        return await self._beside(lambda: passwords.is_right(password, kept))

    async def hashed(self, password: str) -> str:
        """Raises: TooManyPasswords."""
        return await self._beside(lambda: passwords.hashed(password))

    async def _beside(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise TooManyPasswords
        self._waiting += 1
        try:
            async with self._room:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1
