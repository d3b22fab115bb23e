"""How queries and mutations are declared: their scopes stand in the schema, their refusals in the result."""

from collections.abc import Awaitable, Callable
from typing import Any

from strawberry import federation
from strawberry.extensions.field_extension import FieldExtension

from app.errors import ExchangeError
from app.graphql.context import Info
from app.graphql.types.problem import problem_of
from app.rules.scopes import Scope


class TellRefusals(FieldExtension):
    """Turns a refusal of the domain into a member of the mutation's result."""

    async def resolve_async(self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any) -> Any:
        try:
            return await next_(source, info, **kwargs)
        except ExchangeError as error:
            problem = problem_of(error)
            if problem is None:
                raise
            return problem


def mutation(*scopes: Scope, description: str) -> Any:
    """A mutation that needs all of `scopes`."""
    return federation.mutation(
        description=description, extensions=[TellRefusals()], requires_scopes=[[str(scope) for scope in scopes]]
    )


def query(*scopes: Scope, description: str) -> Any:
    """A field that needs all of `scopes`, at the root or on a type."""
    if not scopes:
        return federation.field(description=description, authenticated=True)
    return federation.field(description=description, requires_scopes=[[str(scope) for scope in scopes]])
