"""One operation from its request to its answer: may it run, for whom, with what, and until when."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from inspect import isawaitable
from typing import Any, TypeAlias

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    VariableValues,
    execute,
)
from strawberry.execution import optimized_is_awaitable

from app.errors import ExchangeError, TooMany
from app.graphql import guard, masking, metrics
from app.graphql.coercion import NotCoercible
from app.graphql.context import Context
from app.graphql.documents import Document, Documents, Operation, Refused
from app.graphql.engine import engine
from app.graphql.engine.engine import Engine
from app.graphql.engine.unanswerable import Unanswerable
from app.graphql.masking import Told
from app.graphql.scopes import Caller
from app.graphql.variables import WithVariables
from app.rules import limits
from app.store.clients import Changed

_SECONDS = {OperationType.QUERY: limits.QUERY_SECONDS, OperationType.MUTATION: limits.MUTATION_SECONDS}

Given: TypeAlias = tuple[GraphQLSchema, DocumentNode, object, object, dict[str, Any], str | None]
"""What graphql-core takes by its place: schema, document, root, context, variables, name of the operation."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says, whichever way it came."""

    text: str
    operation_name: str | None
    variables: dict[str, Any]


class ReadEngine(StrEnum):
    """Who answers queries: the read engine, and what it leaves over the standard executor; or the latter alone."""

    COMPILED = "compiled"
    STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is the whole answer as JSON where it is one already; `fallback` why the read engine did not give it."""

    data: Mapping[str, Any] | None
    errors: list[Told]
    body: bytes | None = None
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    document: Document
    operation: Operation
    asked: Asked

    def for_engine(self) -> engine.Asked:
        """Raises: Unanswerable if graphql-core has to say what is wrong with the variables."""
        values = coerced(self)
        if values is None:
            raise Unanswerable("its variables are not of their types")
        document, operation = self.document, self.operation
        return engine.Asked(document.key, operation.node, document.fragments, operation.switches, values)


class Operations:
    """Runs the operations of one schema."""

    def __init__(self, schema: strawberry.Schema, engine: ReadEngine = ReadEngine.COMPILED) -> None:
        self._schema = schema
        self._documents = Documents(schema)
        self._engine = Engine(schema) if engine is ReadEngine.COMPILED else None

    def prepare(self, asked: Asked) -> Prepared:
        """Raises: Refused."""
        document = self._documents.read(asked.text)
        try:
            guard.check_variables(asked.variables)
            return Prepared(document, document.operation(asked.operation_name), asked)
        except ExchangeError as error:
            raise Refused(masking.refusal(error)) from None

    async def run(self, prepared: Prepared, caller: Caller, context: object, request_id: str) -> Answer:
        """Raises: Refused, before anything ran or when the deadline stops it, and what is open is undone; Changed."""
        unmet = prepared.operation.refusals(caller)
        if unmet:
            raise Refused(*map(masking.refusal, unmet[: limits.MAX_ERRORS]))
        seconds = _SECONDS.get(prepared.operation.kind, limits.QUERY_SECONDS)
        try:
            async with asyncio.timeout(seconds):
                answer, reason = await self._compiled(prepared, context)
                metrics.count(prepared.operation.kind, reason)
                if answer is not None:
                    return Answer(None, [], answer)
                result = await self._execute(prepared, context)
        except TimeoutError:
            stopped = TooMany(f"The operation took longer than {seconds:g} seconds and was stopped. Ask for less.")
            raise Refused(masking.refusal(stopped)) from None
        errors = result.errors or []
        if result.data is None and errors and all(error.path is None for error in errors):
            raise Refused(*map(masking.of_variable, errors))
        return Answer(result.data, masking.of_execution(errors, request_id), fallback=reason)

    async def event(self, prepared: Prepared, context: object, value: object) -> tuple[bytes | None, str | None]:
        """The read engine's answer to an event of a subscription, or why the standard executor has to give one."""
        answer, reason = await self._compiled(prepared, context, value)
        metrics.count(prepared.operation.kind, reason)
        return answer, reason

    async def _compiled(
        self, prepared: Prepared, context: object, event: object = None
    ) -> tuple[bytes | None, str | None]:
        """The read engine's answer, or why the standard executor has to give one."""
        if self._engine is None or not isinstance(context, Context):
            return None, "the read engine is off"
        answers: dict[OperationType, Callable[[engine.Asked, Context], Awaitable[bytes]]] = {
            OperationType.QUERY: self._engine.answer,
            OperationType.MUTATION: self._engine.mutate,
            OperationType.SUBSCRIPTION: partial(self._engine.event, event),
        }
        answer = answers[prepared.operation.kind]
        try:
            return await answer(prepared.for_engine(), context), None
        except Changed:
            raise
        except Unanswerable as refusal:
            reason = refusal.reason
        except (ExchangeError, GraphQLError):
            reason = "it ends in an error"
        except Exception as error:
            masking.report(error)
            reason = f"the read engine failed: {type(error).__name__}"
        if context.standing is not None:
            # Resolvers do not ask again who it is.
            raise Changed
        return None, reason

    def may_remember(self, prepared: Prepared, caller: Caller) -> bool:
        """Whether it is enough to remember who asks: the read engine asks again, and nobody is refused by memory."""
        return self._engine is not None and not prepared.operation.refusals(caller)

    async def _execute(self, prepared: Prepared, context: object) -> ExecutionResult:
        executor, given, how = self.given(prepared, context)
        result = execute(*given, executor_class=executor, **how)
        return await result if isawaitable(result) else result

    def given(
        self, prepared: Prepared, context: object, root: object = None
    ) -> tuple[type[Executor[Any]], Given, dict[str, Any]]:
        """Which executor runs an operation, and what it is given, by place and by name."""
        values, document = coerced(prepared), prepared.document
        executor: type[Executor[Any]] = self._schema.execution_context_class
        how: dict[str, Any] = {
            "max_coercion_errors": limits.MAX_ERRORS,
            "is_awaitable": optimized_is_awaitable,
            "hide_suggestions": True,
        }
        ast, variables = document.ast, prepared.asked.variables
        if values is not None:
            executor, ast, variables = WithVariables, document.bare, {}
            how["read_variables"] = values
        return executor, (self._schema._schema, ast, root, context, variables, prepared.asked.operation_name), how


def coerced(prepared: Prepared) -> VariableValues | None:
    """The variables as resolvers get them; null if graphql-core has to say what is wrong with them."""
    try:
        return prepared.operation.variables.values(prepared.asked.variables)
    except NotCoercible:
        return None
