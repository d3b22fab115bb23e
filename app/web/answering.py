"""Running operations for whoever asks: as it is remembered, or as it is where that is not enough."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import orjson

from app.errors import Unauthenticated
from app.graphql import subscribing
from app.graphql.context import Context
from app.graphql.execution import Answer, Asked, Operations, Payer, Prepared, Sent
from app.graphql.live import Found, Live
from app.store.clients import Changed
from app.store.watch import Watch
from app.web.authenticate import Asking, Authenticator


class Asker(Payer, Protocol):
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

    async def prepared(self, sent: Sent, asking: Asking) -> Prepared:
        """What was sent, if whoever is there may send it so. Raises: Refused, Unauthenticated."""
        return self.operations.prepare(await self._found(sent, asking))

    async def _found(self, sent: Sent, asking: Asking) -> Asked:
        caller = await self.authenticator.again(asking, anew=False)
        try:
            return await self.operations.found(sent, self.context(caller))
        except Changed:
            caller = await self.authenticator.again(asking, anew=True)
            return await self.operations.found(sent, self.context(caller))

    async def single(self, prepared: Prepared, asking: Asking, request_id: str) -> Answer:
        """The answer of a query or a mutation.

        Raises: Refused; Unauthenticated once nobody stands behind the token.
        """

        async def anew() -> Asking:
            caller = await self.authenticator.again(asking, anew=True)
            self.operations.check_confined(prepared, self.context(caller))
            return caller

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
        return answer.charge.ending(answer.body)
    content: dict[str, Any] = {"data": answer.data, "extensions": answer.charge.told()}
    if answer.errors:
        content = {"errors": answer.errors, **content}
    return orjson.dumps(content)
