"""One operation from its request to its answer: may it run, for whom, with what, and until when."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property, partial
from inspect import isawaitable
from typing import Any, Protocol, TypeAlias

import orjson
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

from app.errors import ExchangeError, RateLimited, TooMany
from app.graphql import guard, masking, metrics, trusted
from app.graphql.coercion import NotCoercible
from app.graphql.context import Context
from app.graphql.documents import Document, Documents, Operation, Refused
from app.graphql.engine import engine
from app.graphql.engine.engine import Engine
from app.graphql.engine.unanswerable import Unanswerable
from app.graphql.masking import Told
from app.graphql.prices import at
from app.graphql.scopes import Caller
from app.graphql.trusted import TrustedTexts
from app.graphql.variables import WithVariables
from app.rules import limits
from app.rules.budgets import Budgets, Charge
from app.store.clients import Changed

# Costs that fit into a message.
_TELLABLE = 10**15

_SECONDS = {OperationType.QUERY: limits.QUERY_SECONDS, OperationType.MUTATION: limits.MUTATION_SECONDS}

Given: TypeAlias = tuple[GraphQLSchema, DocumentNode, object, object, dict[str, Any], str | None]
"""What graphql-core takes by its place: schema, document, root, context, variables, name of the operation."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request says, whichever way it came: a document, or the id of a trusted one."""

    text: str | None
    document_id: str | None
    operation_name: str | None
    variables: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for, its document found."""

    text: str
    operation_name: str | None
    variables: dict[str, Any]
    # Under which it is served, if it is a trusted one.
    document_id: str | None = None


class ReadEngine(StrEnum):
    """Who answers queries: the read engine, and what it leaves over the standard executor; or the latter alone."""

    COMPILED = "compiled"
    STANDARD = "standard"


class Payer(Caller, Protocol):
    """Whose budget an operation is paid from, and when."""

    @property
    def author_id(self) -> Hashable: ...

    @property
    def as_of(self) -> datetime: ...


class Throttled(Refused):
    """Nothing ran, as the client has spent its budget; it may ask again after `retry_seconds`."""

    def __init__(self, error: RateLimited) -> None:
        super().__init__(masking.refusal(error))
        self.retry_seconds = error.retry_seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is the whole answer as JSON where it is one already; `fallback` why the read engine did not give it."""

    data: Mapping[str, Any] | None
    errors: list[Told]
    charge: Charge
    body: bytes | None = None
    fallback: str | None = None

    def said(self) -> bytes:
        """The data without what the client has left to spend, which differs each time."""
        return orjson.dumps(self.data) if self.body is None else self.body


@dataclass
class Prepared:
    """An operation of one request, and what was taken for it."""

    document: Document
    operation: Operation
    asked: Asked
    charge: Charge | None = None

    def for_engine(self) -> engine.Asked:
        """Raises: Unanswerable if graphql-core has to say what is wrong with the variables."""
        if self.values is None:
            raise Unanswerable("its variables are not of their types")
        document, operation = self.document, self.operation
        return engine.Asked(document.key, operation.node, document.fragments, operation.switches, self.values)

    @cached_property
    def values(self) -> VariableValues | None:
        """The variables as resolvers get them; null if graphql-core has to say what is wrong with them."""
        try:
            return self.operation.variables.values(self.asked.variables)
        except NotCoercible:
            return None


class Operations:
    """Runs the operations of one schema, which who has a token may read if it `is_open`."""

    def __init__(
        self,
        schema: strawberry.Schema,
        engine: ReadEngine = ReadEngine.COMPILED,
        budgets: Budgets | None = None,
        *,
        is_open: bool = False,
    ) -> None:
        self._schema = schema
        self._documents = Documents(schema, is_open)
        self._trusted = TrustedTexts()
        self._engine = Engine(schema) if engine is ReadEngine.COMPILED else None
        self._budgets = budgets or Budgets()

    async def found(self, sent: Sent, context: object) -> Asked:
        """What is asked for, if whoever asks may send it so. The context is of whoever asks now: when it has to be
        looked up anew, so has this.

        Raises: Refused, Changed.
        """
        text = await self._trusted.text(sent.text, sent.document_id, context)
        return Asked(text, sent.operation_name, sent.variables, sent.document_id)

    def prepare(self, asked: Asked) -> Prepared:
        """Raises: Refused."""
        document = self._documents.read(asked.text)
        try:
            guard.check_variables(asked.variables)
            return Prepared(document, document.operation(asked.operation_name), asked)
        except ExchangeError as error:
            raise Refused(masking.refusal(error)) from None

    def admit(self, prepared: Prepared, caller: Payer) -> Charge:
        """Whether the caller may run it, and can pay for it, which it does once for each request.

        Raises: Refused, Throttled.
        """
        unmet = prepared.operation.refusals(caller)
        if unmet:
            raise Refused(*map(masking.refusal, unmet[: limits.MAX_ERRORS]))
        if prepared.charge is None:
            prepared.charge = self.charge(prepared, caller)
        return prepared.charge

    def charge(self, prepared: Prepared, caller: Payer) -> Charge:
        """What the operation takes from the caller's budget now.

        Raises: Refused, Throttled.
        """
        try:
            return self._budgets.spend(caller.author_id, _cost(prepared), caller.as_of)
        except RateLimited as error:
            raise Throttled(error) from None

    def check_confined(self, prepared: Prepared, context: Context) -> None:
        """Raises: Refused if whoever goes on with an operation may by now run nothing but trusted documents."""
        if prepared.asked.document_id is None:
            trusted.check_text(context)

    async def check_served(self, prepared: Prepared, context: Context) -> None:
        """The same for an operation that goes on for long. Raises: Refused also once its document is retired."""
        await self._trusted.text(prepared.asked.text, prepared.asked.document_id, context)

    async def run(self, prepared: Prepared, caller: Payer, context: object, request_id: str) -> Answer:
        """Raises: Refused, before anything ran or when the deadline stops it, and what is open is undone; Changed."""
        charge = self.admit(prepared, caller)
        seconds = _SECONDS.get(prepared.operation.kind, limits.QUERY_SECONDS)
        try:
            async with asyncio.timeout(seconds):
                answer, reason = await self._compiled(prepared, context)
                metrics.count(prepared.operation.kind, reason)
                if answer is not None:
                    return Answer(None, [], charge, answer)
                result = await self._execute(prepared, context)
        except TimeoutError:
            stopped = TooMany(f"The operation took longer than {seconds:g} seconds and was stopped. Ask for less.")
            raise Refused(masking.refusal(stopped)) from None
        finally:
            if isinstance(context, Context):
                self._budgets.owe(caller.author_id, context.owed, caller.as_of)
        errors = result.errors or []
        if result.data is None and errors and all(error.path is None for error in errors):
            raise Refused(*map(masking.of_variable, errors))
        return Answer(result.data, masking.of_execution(errors, request_id), charge, fallback=reason)

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
        values, document = prepared.values, prepared.document
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


def _cost(prepared: Prepared) -> int:
    """At least 1. Variables that are none of their types are looked at as they came.

    Raises: Refused if no operation may cost this much.
    """
    price = prepared.operation.price
    if not isinstance(price, int):
        values = prepared.values
        price = at(price, prepared.asked.variables if values is None else values.coerced)
    if price > limits.MAX_COST:
        told = f"{price:,}" if price < _TELLABLE else "too much to count"
        refused = TooMany(f"The operation costs {told}, and may cost {limits.MAX_COST:,}: ask for fewer items at once.")
        raise Refused(masking.refusal(refused))
    return max(1, price)
