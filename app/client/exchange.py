"""The exchange as a participant's program sees it: `Exchange` for ordinary code, `AsyncExchange` beside it for asyncio.

Both carry out the same conversations; what they decide stands in `conversation.py`.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self, TypeVar

import httpx

from . import addresses, conversation
from .authority import TOKEN_PATH, Authority, IssuedToken
from .conversation import ANSWER_SECONDS, Conversation, Patience, Pause, Post, Step, Token
from .operations import Operation
from .receiving import Received

T = TypeVar("T")

GRAPHQL_PATH = "/graphql"
# Calls under way side by side. Two keep one server process busy; more only wait there.
AT_ONCE = 3


class Exchange:
    """A client of one exchange, safe to share between threads. Close it, or use it in a `with` statement.

    `issuer`: the address that the exchange has for itself (`LANTERN_PUBLIC_URL`), if that is another than `url`.
    """

    def __init__(
        self, url: str, authority: Authority, *, patience: Patience | None = None, issuer: str | None = None
    ) -> None:
        self.url = addresses.checked(url)
        self._authority = authority
        self._patience = patience or Patience()
        self._issuer = issuer or self.url
        self._http = httpx.Client(
            timeout=ANSWER_SECONDS,
            trust_env=addresses.may_use_proxies(self.url),
            headers=addresses.headers(self.url),
        )
        self._token: IssuedToken | None = None
        self._renewing = threading.Lock()

    def ask(self, operation: Operation[T]) -> T:
        """Carry out one operation, trying again as long as that may help.

        Raises: Refused (the exchange says no), NotSignedIn, Busy, Unreachable, Unexpected.
        """
        return self._carry_out(conversation.ask(self.url + GRAPHQL_PATH, operation, self._patience))

    def ask_each(self, operations: Iterable[Operation[T]], at_once: int = AT_ONCE) -> Iterator[T]:
        """Carry out many, some side by side, and give the answers in their order. No more are taken from the iterable
        than are under way, so reading waits for sending."""
        with ThreadPoolExecutor(at_once) as pool:
            under_way: deque[Future[T]] = deque()
            for operation in operations:
                under_way.append(pool.submit(self.ask, operation))
                if len(under_way) == at_once:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _carry_out(self, talk: Conversation[T]) -> T:
        came: Any = None
        try:
            while True:
                came = self._do(talk.send(came))
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            talk.close()

    def _do(self, step: Step) -> object:
        match step:
            case Post():
                try:
                    received = Received()
                    with self._http.stream("POST", step.url, content=step.content, headers=step.headers) as answer:
                        for part in answer.iter_bytes():
                            received.take(part)
                    return received.whole(answer)
                except httpx.RequestError as error:
                    return error
            case Pause():
                time.sleep(step.seconds)
                return None
            case Token():
                return self._fresh_token(step.refused)

    def _fresh_token(self, refused: str | None) -> str:
        with self._renewing:
            token = self._token
            if token is None or not token.is_fresh or token.text == refused:
                url, patience = self.url + TOKEN_PATH, self._patience
                token = self._carry_out(conversation.renew(url, self._issuer, self._authority, patience))
                self._token = token
            return token.text


class AsyncExchange:
    """As `Exchange`, for one event loop. Close it, or use it in an `async with` statement."""

    def __init__(
        self, url: str, authority: Authority, *, patience: Patience | None = None, issuer: str | None = None
    ) -> None:
        self.url = addresses.checked(url)
        self._authority = authority
        self._patience = patience or Patience()
        self._issuer = issuer or self.url
        self._http = httpx.AsyncClient(
            timeout=ANSWER_SECONDS,
            trust_env=addresses.may_use_proxies(self.url),
            headers=addresses.headers(self.url),
        )
        self._token: IssuedToken | None = None
        self._renewing = asyncio.Lock()

    async def ask(self, operation: Operation[T]) -> T:
        """As `Exchange.ask`."""
        return await self._carry_out(conversation.ask(self.url + GRAPHQL_PATH, operation, self._patience))

    async def ask_each(self, operations: Iterable[Operation[T]], at_once: int = AT_ONCE) -> AsyncIterator[T]:
        """As `Exchange.ask_each`."""
        under_way: deque[asyncio.Task[T]] = deque()
        try:
            for operation in operations:
                under_way.append(asyncio.create_task(self.ask(operation)))
                if len(under_way) == at_once:
                    yield await under_way.popleft()
            while under_way:
                yield await under_way.popleft()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _carry_out(self, talk: Conversation[T]) -> T:
        came: Any = None
        try:
            while True:
                came = await self._do(talk.send(came))
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            talk.close()

    async def _do(self, step: Step) -> object:
        match step:
            case Post():
                try:
                    received = Received()
                    sent = self._http.stream("POST", step.url, content=step.content, headers=step.headers)
                    async with sent as answer:
                        async for part in answer.aiter_bytes():
                            received.take(part)
                    return received.whole(answer)
                except httpx.RequestError as error:
                    return error
            case Pause():
                await asyncio.sleep(step.seconds)
                return None
            case Token():
                return await self._fresh_token(step.refused)

    async def _fresh_token(self, refused: str | None) -> str:
        async with self._renewing:
            token = self._token
            if token is None or not token.is_fresh or token.text == refused:
                url, patience = self.url + TOKEN_PATH, self._patience
                token = await self._carry_out(conversation.renew(url, self._issuer, self._authority, patience))
                self._token = token
            return token.text
