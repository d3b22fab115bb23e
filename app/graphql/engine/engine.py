"""The engine itself: finds or writes the plan of an operation, runs it as the viewer, and fills what it answers."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import FragmentDefinitionNode, OperationDefinitionNode
from graphql.execution.values import VariableValues, get_variable_values

from app.graphql.context import Context
from app.graphql.engine import plans
from app.graphql.engine.arguments import Call, Slot
from app.graphql.engine.holes import Filling, filled
from app.graphql.engine.plans import FILLS, Plan, Plans
from app.graphql.engine.selections import Selections
from app.graphql.engine.unanswerable import Changed, Unanswerable
from app.rules import limits
from app.store.viewpoint import Viewpoint


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation of a document that is kept under `document`, or null where it is not kept."""

    document: Hashable
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    switches: frozenset[str]
    variables: dict[str, Any]


@dataclass(slots=True)
class Engine:
    """Answers queries of one schema."""

    schema: strawberry.Schema
    _plans: Plans = field(default_factory=lambda: Plans(limits.MAX_KEPT_PLANS, limits.MAX_KEPT_PLAN_BYTES))

    async def answer(self, asked: Asked, context: Context) -> bytes:
        """The whole answer as JSON. The caller has the scopes that the operation needs.

        Raises: Changed; Unanswerable, or whatever a resolver would raise: the standard executor is to answer then.
        """
        answer = await self._answer(asked, context)
        if answer is None and context.standing is not None:
            raise Changed
        if answer is None:
            await context.refresh()
            answer = await self._answer(asked, context)
        if answer is None:
            raise Unanswerable("the keys are being changed")
        return answer

    async def _answer(self, asked: Asked, context: Context) -> bytes | None:
        """Null if other keys are in use than this process knew of, or whoever asks is not what was remembered."""
        call = Call(self.schema, context, self._variables(asked), FILLS)
        plan, slots = self._plan(asked, call)
        plan.check(slots)
        for slot in slots:
            if slot.later is not None:
                await slot.later()
        text = await context.answer(plan.statement, plan.values(call, slots))
        if text is None:
            return None
        return filled(text, plan.holes, Filling(context, context.keyring, {s.name: s.given for s in slots}))

    def _variables(self, asked: Asked) -> VariableValues:
        read = get_variable_values(
            self.schema._schema,
            asked.operation.variable_definitions or (),
            asked.variables,
            max_errors=1,
            hide_suggestions=True,
        )
        if not isinstance(read, VariableValues):
            raise Unanswerable("its variables are not of their types")
        return read

    def _plan(self, asked: Asked, call: Call) -> tuple[Plan, list[Slot]]:
        given = call.variables.coerced
        # Another operation of the document may have a variable of the same name and another type.
        switched = {name: given[name] for name in asked.switches if isinstance(given.get(name), bool)}
        actor, name = call.context.actor, asked.operation.name
        shape = frozenset(switched.items())
        key = (asked.document, name.value if name else None, shape, actor.scopes, Viewpoint.of(actor))
        if asked.document is not None:
            for plan in self._plans.of(key):
                slots = plan.slots(call)
                if slots is not None:
                    return plan, slots
        plan = plans.query(call, Selections(self.schema._schema, asked.fragments, switched), asked.operation)
        if asked.document is not None:
            self._plans.keep(key, plan)
        slots = plan.slots(call)
        if slots is None:
            raise Unanswerable("its arguments changed their shape")
        return plan, slots
