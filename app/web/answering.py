"""Running operations for whoever asks: as it is remembered, or as it is where that is not enough."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import orjson

from app.errors import Unauthenticated
from app.graphql import subscribing
from app.graphql.context import Context
from app.graphql.execution import Answer, Operations, Prepared
from app.graphql.live import Found, Live
from app.graphql.scopes import Caller
from app.store.clients import Changed
from app.store.watch import Watch
from app.web.authenticate import Asking, Authenticator


class Asker(Caller, Protocol):
    """Whoever sends a request; perhaps only as far as is remembered."""

    @property
    def is_remembered(self) -> bool: ...


CallerT = TypeVar("CallerT", bound=Asker)
T = TypeVar("T")


async def as_known(
    operations: Operations,
    prepared: Prepared,
    caller: CallerT,
    anew: Callable[[], Awaitable[CallerT]],
    run: Callable[[CallerT], Awaitable[T]],
) -> T:
    """What `run` gives for the caller, who is looked up anew where it turns out not to be what is remembered."""
    if caller.is_remembered and not operations.may_remember(prepared, caller):
        caller = await anew()
    try:
        return await run(caller)
    except Changed:
        return await run(await anew())


@dataclass(frozen=True, slots=True)
class Answering:
    """What a connection needs that stays: operations are run for who opened it, as it is at that time."""

    operations: Operations
    authenticator: Authenticator
    context: Callable[[Asking], Context]
    watch: Watch

    async def single(self, prepared: Prepared, asking: Asking, request_id: str) -> Answer:
        """The answer of a query or a mutation.

        Raises: Refused; Unauthenticated once nobody stands behind the token.
        """

        async def anew() -> Asking:
            return await self.authenticator.again(asking, anew=True)

        async def run(caller: Asking) -> Answer:
            return await self.operations.run(prepared, caller, self.context(caller), request_id)

        caller = await self.authenticator.again(asking, anew=False)
        return await as_known(self.operations, prepared, caller, anew, run)

    def seconds_left(self, asking: Asking) -> float:
        """Until the token expires."""
        claims = asking.claims
        return 0.0 if claims is None else (claims.expires_at - self.authenticator.clock()).total_seconds()

    def events(self, prepared: Prepared, asking: Asking, request_id: str) -> AsyncIterator[Answer]:
        """The answers of a subscription. Raises: as `single`."""

        async def find() -> Found:
            found = await self.authenticator.again(asking, anew=True)
            if found.found is None:
                raise Unauthenticated("Connect again with an access token.")
            return Found(self.context(found), found.found)

        return subscribing.answers(
            self.operations, prepared, Live(find, self.watch, asking.actor.participant_id), request_id
        )


def written(answer: Answer) -> bytes:
    """The answer as JSON; errors first, as people look for them there."""
    if answer.body is not None:
        return answer.body
    content: dict[str, Any] = {"data": answer.data}
    if answer.errors:
        content = {"errors": answer.errors, **content}
    return orjson.dumps(content)
