"""Running a subscription: its source goes on from event to event, and each event is answered as an operation is."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing
from datetime import timedelta
from inspect import isawaitable
from typing import Any, TypeVar

from graphql import ExecutionResult, Executor, GraphQLError, create_source_event_stream, execute

from app.errors import TooMany, Unauthenticated
from app.graphql import masking
from app.graphql.context import Context
from app.graphql.documents import Refused
from app.graphql.execution import Answer, Operations, Prepared, Throttled
from app.graphql.live import Found, Live
from app.rules import limits
from app.rules.actor import Actor
from app.rules.budgets import Charge

T = TypeVar("T")

_STOPPED = TooMany(f"An event took longer than {limits.QUERY_SECONDS:g} seconds and was stopped. Ask for less of it.")
_END = object()


async def answers(operations: Operations, prepared: Prepared, live: Live, request_id: str) -> AsyncIterator[Answer]:
    """The answers of a subscription, each when it is asked for. Each read is paid for before it is made, also where the
    one before found nothing to tell: else thousands that tell nothing would read at every change, for nothing.

    Raises: Refused, before the first one or when it cannot go on; Unauthenticated once nobody stands behind the token.
    """
    find = live.find

    async def find_and_check() -> Found:
        found = await find()
        unmet = prepared.operation.refusals(found.context.actor)
        if unmet:
            raise Refused(*map(masking.refusal, unmet[: limits.MAX_ERRORS]))
        await operations.check_served(prepared, found.context)
        found.context.live = live
        return found

    live.find = find_and_check
    begun = (await _masked(live.anew(), request_id)).context
    charge = operations.charge(prepared, begun.actor)

    async def pay(actor: Actor) -> None:
        nonlocal charge
        charge = await _paid(operations, prepared, actor)

    live.pay = pay
    source = await _source(operations, prepared, begun)
    async with aclosing(source):
        while True:
            event = await _masked(anext(source, _END), request_id)
            if event is _END:
                return
            context = live.context
            yield await _answer(operations, prepared, (context, event), (request_id, charge))
            if context is not None:
                await pay(context.actor)


async def _paid(operations: Operations, prepared: Prepared, actor: Actor) -> Charge:
    """For the next read: who has spent its budget waits for it to fill up again."""
    while True:
        try:
            return operations.charge(prepared, actor)
        except Throttled as throttled:
            await asyncio.sleep(throttled.retry_seconds)
            actor = actor.at(actor.as_of + timedelta(seconds=throttled.retry_seconds))


async def _source(operations: Operations, prepared: Prepared, context: Context) -> AsyncGenerator[Any, None]:
    executor, given, how = operations.given(prepared, context)
    built = executor.build(*given, **how)
    if isinstance(built, Executor):
        source = create_source_event_stream(built)
        found = await source if isawaitable(source) else source
        if isinstance(found, AsyncGenerator):
            return found
        built = (found.errors or []) if isinstance(found, ExecutionResult) else []
    raise Refused(*map(masking.of_variable, built))


async def _masked(step: Awaitable[T], request_id: str) -> T:
    try:
        return await step
    except (Refused, Unauthenticated):
        raise
    except Exception as error:
        # Told, or masked and logged, as if a field had ended so.
        located = GraphQLError("", original_error=error)
        raise Refused(*masking.of_execution([located], request_id)) from None


async def _answer(
    operations: Operations, prepared: Prepared, of: tuple[object, object], asked: tuple[str, Charge]
) -> Answer:
    (context, event), (request_id, charge) = of, asked
    try:
        async with asyncio.timeout(limits.QUERY_SECONDS):
            compiled, reason = await operations.event(prepared, context, event)
            if compiled is not None:
                return Answer(None, [], charge, compiled)
            executor, given, how = operations.given(prepared, context, event)
            result = execute(*given, executor_class=executor, **how)
            result = await result if isawaitable(result) else result
    except TimeoutError:
        raise Refused(masking.refusal(_STOPPED)) from None
    return Answer(result.data, masking.of_execution(result.errors or [], request_id), charge, fallback=reason)
