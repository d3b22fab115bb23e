"""How queries and mutations are declared: their scopes stand in the schema, their refusals in the result."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import strawberry
from sqlalchemy.exc import DBAPIError
from strawberry import federation
from strawberry.extensions.field_extension import FieldExtension
from strawberry.federation.schema_directives import RequiresScopes

from app.errors import ExchangeError, InvalidInput, Refusal, TooMany
from app.graphql.context import Info
from app.graphql.live import Live
from app.graphql.paging import window
from app.graphql.readings import READ, Found, Listed, Read
from app.graphql.types.base import Connection
from app.graphql.types.problem import problem_of
from app.rules import limits
from app.rules.scopes import Scope
from app.services.idempotency import MAX_KEY_LENGTH
from app.services.lists import Finder
from app.store.nouns import Noun

T = TypeVar("T")

# How often a transaction is started before its failure is told.
MAX_TRIES = 5
# By SQLSTATE. A serialization failure and a deadlock: PostgreSQL took the transaction back for another's sake. And a
# refusal by row-level security: a row that was seen a moment ago, and that somebody else has taken out of sight since,
# may no longer be written about. The next try sees that it is gone; one that is refused each time is a fault of ours.
_DISTURBED = frozenset({"40001", "40P01", "42501"})

# How every idempotency key is described; what sending it again does follows.
NAMED_CALL = f"Your name for this call, up to {MAX_KEY_LENGTH} characters, kept 7 days"

Declared = Callable[[Callable[..., Any]], Any]
"""A decorator that makes a field of a method."""


class TellRefusals(FieldExtension):
    """Turns a refusal of the domain into a member of the mutation's result."""

    async def resolve_async(self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any) -> Any:
        try:
            return await _undisturbed(lambda: next_(source, info, **kwargs))
        except ExchangeError as error:
            problem = problem_of(error)
            if problem is None:
                raise
            return problem


class NotTwice(FieldExtension):
    """Gives what the read engine got of a mutation, where it has run it and then left its answer to the executor."""

    async def resolve_async(self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any) -> Any:
        done = info.context.done
        if not done or info.path.key not in done:
            return await next_(source, info, **kwargs)
        before = done.pop(info.path.key)
        if isinstance(before, Exception):
            raise before
        return before


async def _undisturbed(run: Callable[[], Awaitable[T]]) -> T:
    """Run a transaction; start it again if another one got in its way, since nothing of it was kept."""
    for _ in range(MAX_TRIES - 1):
        try:
            return await run()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _DISTURBED:
                raise
            # A moment of its own for each, so that two do not meet again.
            await asyncio.sleep(random.uniform(0.01, 0.1))  # noqa: S311  # nothing secret hangs on it
    return await run()


def mutation(*scopes: Scope, description: str) -> Declared:
    """A mutation that needs all of `scopes`."""
    declared: Declared = federation.mutation(
        description=description,
        extensions=[TellRefusals(), NotTwice()],
        requires_scopes=[[str(scope) for scope in scopes]],
    )
    return declared


def query(*scopes: Scope, description: str, read: Read | None = None) -> Declared:
    """A field that needs all of `scopes`, at the root or on a type; `read` says how the read engine reads it."""
    needs: dict[str, Any] = (
        {"requires_scopes": [[str(scope) for scope in scopes]]} if scopes else {"authenticated": True}
    )
    declared: Declared = federation.field(description=description, metadata={READ: read}, **needs)
    return declared


class ReadOne(FieldExtension):
    """Finds the object whose id the method gives."""

    def __init__(self, noun: Noun[Any]) -> None:
        self._noun = noun

    async def resolve_async(self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any) -> Any:
        return await info.context.loaders.one(self._noun).load(await next_(source, info, **kwargs))


class ReadPage(FieldExtension):
    """Reads the page of a list of which the method says what is wanted."""

    def __init__(self, finder: Finder[Any]) -> None:
        self._finder = finder

    async def resolve_async(self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any) -> Any:
        context, after = info.context, kwargs["after"]
        wanted = await next_(source, info, **kwargs)
        asked = window(info, kwargs["first"], after)
        async with context.read() as session:
            page = await self._finder(session, context.actor, wanted, asked)
        return Connection.of(page, context.loaders.shown(self._finder.listing.noun), context.cursors, after=after)


def subscription(*scopes: Scope, description: str) -> Declared:
    """A stream of events that needs all of `scopes`, for each of them anew."""
    declared: Declared = strawberry.subscription(
        description=description,
        directives=[RequiresScopes(scopes=[[str(scope) for scope in scopes]])],
    )
    return declared


def live(info: Info) -> Live:
    found = info.context.live
    if found is None:
        raise RuntimeError("a subscription was resolved without a way to go on")
    return found


def found(scope: Scope, noun: Noun[Any], *, description: str) -> Declared:
    """One object of a noun; the method gives its id."""
    declared: Declared = federation.field(
        description=description,
        extensions=[ReadOne(noun)],
        metadata={READ: Found(noun)},
        requires_scopes=[[str(scope)]],
    )
    return declared


def listed(finder: Finder[Any], *, description: str) -> Declared:
    """A page of a long list, under the scope of its finder; the method says what is wanted, or raises."""
    declared: Declared = federation.field(
        description=description,
        extensions=[ReadPage(finder)],
        metadata={READ: Listed(finder)},
        requires_scopes=[[str(finder.scope)]],
    )
    return declared


def wants(wanted: Any) -> Any:
    """What a method asks for of a list, or the id of an object; the schema shows what is then read."""
    return wanted


def bounded(items: list[T], field: str, most: int = limits.MAX_LIST_ITEMS) -> list[T]:
    """Raises: InvalidInput for an empty list, TooMany for one that is too long."""
    if not items:
        raise InvalidInput("Send at least one item.", field=field, reason=Refusal.EMPTY)
    if len(items) > most:
        raise TooMany(f"At most {most} items can be sent at once in `{field}`: send them in parts.")
    return items
