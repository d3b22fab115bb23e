"""A small federated schema, guarded by scopes like the real one, on which the edge is tested alone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, NewType, Self

import strawberry
from strawberry.federation.schema_directives import Authenticated, RequiresScopes
from strawberry.schema.config import StrawberryConfig

from app.errors import Conflict, InvalidInput, NotFound, Refusal


@dataclass
class Visitor:
    """A caller, and what its operation left behind."""

    scopes: frozenset[str] = frozenset()
    events: list[str] = field(default_factory=list)
    is_remembered: bool = False
    author_id: str = "visitor"
    as_of: datetime = datetime(2026, 7, 1, tzinfo=UTC)


@strawberry.enum
class Colour(Enum):
    RED = "RED"
    BLUE = "BLUE"


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.federation.type(keys=["id"], directives=[RequiresScopes(scopes=[["signals:read"]]), Authenticated()])
class Signal(Node):
    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        return cls(id=id)

    @strawberry.field(directives=[RequiresScopes(scopes=[["signals:reveal", "audit:read"], ["compliance:manage"]])])
    def value(self) -> str:
        return "clear"

    @strawberry.field
    def next(self) -> "Signal":
        return Signal(id=self.id)


@strawberry.type
class Note:
    text: str


Found = Annotated[Signal | Note, strawberry.union("Found")]


@strawberry.input
class DraftInput:
    name: str
    size: int = 0
    colours: list[Colour] = strawberry.field(default_factory=list)


def _refuse_address(value: object) -> str:
    raise InvalidInput("Addresses need an @.", field="address", reason=Refusal.MALFORMED)


Address = NewType("Address", str)
ADDRESS = strawberry.scalar(name="Address", serialize=str, parse_value=_refuse_address)

FAILURES: dict[str, Callable[[], Exception]] = {
    "not found": lambda: NotFound("signal"),
    "conflict": lambda: Conflict("This key was used with other input."),
    "invalid": lambda: InvalidInput("Too short.", field="name", reason=Refusal.TOO_SHORT),
    "bug": lambda: ValueError("canary in the words of an error"),
    "stopped": lambda: _from_the_database("57014"),
    "deadlock": lambda: _from_the_database("40P01"),
    "serialization": lambda: _from_the_database("40001"),
    "refused by row-level security": lambda: _from_the_database("42501"),
    "nul": lambda: _from_the_database("22021"),
}


def _from_the_database(sqlstate: str) -> Exception:
    class DriverError(Exception):
        pass

    error, cause = RuntimeError("canary"), DriverError("canary")
    cause.sqlstate = sqlstate  # type: ignore[attr-defined]
    error.__cause__ = cause
    return error


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "you", size: int = 0, colour: Colour = Colour.RED) -> str:
        return f"hello {name}"

    @strawberry.field
    def signal(self) -> Signal:
        return Signal(id=strawberry.ID("1"))

    @strawberry.field
    def node(self) -> Node:
        return Signal(id=strawberry.ID("1"))

    @strawberry.field
    def found(self) -> Found:
        return Note(text="no secret")

    @strawberry.field
    def fail(self, how: str) -> str | None:
        raise FAILURES[how]()

    @strawberry.field
    def sent(self, to: Address) -> str:
        return "sent"

    @strawberry.field
    def told(self, at: datetime) -> str:
        return "told"

    @strawberry.field
    async def sleep(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "rested"

    @strawberry.field(directives=[RequiresScopes(scopes=[["feed:read"]])])
    def guarded(self) -> str:
        return "in"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def draft(self, input: DraftInput) -> str:
        return input.name

    @strawberry.mutation
    async def write(self, info: strawberry.Info[Visitor, None], seconds: float) -> str:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            info.context.events.append("rolled back")
            raise
        info.context.events.append("committed")
        return "done"


SCHEMA = strawberry.federation.Schema(
    query=Query,
    mutation=Mutation,
    types=[Signal, Note],
    federation_version="2.9",
    config=StrawberryConfig(scalar_map={Address: ADDRESS}),
)
