"""The engine itself: finds or writes the plan of an operation, runs it as the viewer, and fills what it answers."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
import strawberry
from graphql import FieldNode, FragmentDefinitionNode, GraphQLObjectType, OperationDefinitionNode, VariableValues

from app.graphql.context import Context
from app.graphql.engine import mutating, plans
from app.graphql.engine.arguments import Call, Slot
from app.graphql.engine.holes import Filling, filled
from app.graphql.engine.mutating import Step
from app.graphql.engine.plans import FILLS, Plan, Plans
from app.graphql.engine.selections import Selections
from app.graphql.engine.unanswerable import Unanswerable
from app.rules import limits
from app.store.clients import Changed


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation of a document that is kept under `document`, or null where it is not kept."""

    document: Hashable
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    switches: frozenset[str]
    variables: VariableValues


@dataclass(slots=True)
class Engine:
    """Answers queries of one schema."""

    schema: strawberry.Schema
    _plans: Plans[Plan] = field(default_factory=lambda: Plans(limits.MAX_KEPT_PLANS, limits.MAX_KEPT_PLAN_BYTES))
    _steps: Plans[Step] = field(default_factory=lambda: Plans(limits.MAX_KEPT_PLANS, limits.MAX_KEPT_PLAN_BYTES))

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
        call = Call(self.schema, context, asked.variables, FILLS)
        plan, slots = self._plan(asked, call)
        plan.check(slots)
        for slot in slots:
            if slot.later is not None:
                await slot.later()
        text = await context.answer(plan.statement, plan.values(call, slots))
        if text is None:
            return None
        return filled(text, plan.holes, Filling(context, context.keyring, {s.name: s.given for s in slots}))

    async def mutate(self, asked: Asked, context: Context) -> bytes:
        """The whole answer of a mutation, each field done after the other.

        What was done is kept in the context, value or error, so that the standard executor does not do it again.
        Raises: as `answer`; Changed before anything was done.
        """
        call = Call(self.schema, context, asked.variables, FILLS)
        switched, key = self._key(asked, call)
        selections = Selections(self.schema._schema, asked.fragments, switched)
        root = self.schema._schema.mutation_type
        if root is None:
            raise Unanswerable("no mutations")
        selected = selections.collected(root, [asked.operation.selection_set])
        parts: dict[str, bytes] = {}
        for name, nodes in selected.items():
            step = self._step(asked, (key, name), call, root, nodes)
            value = await self._done(step, call)
            _check_is_confirmed(context)
            written = await mutating.written(step, value, partial(self._told, call))
            parts[name] = written
        _check_is_confirmed(context)
        return b'{"data":' + orjson.dumps({name: orjson.Fragment(part) for name, part in parts.items()}) + b"}"

    async def event(self, value: object, asked: Asked, context: Context) -> bytes:
        """The whole answer of a subscription to an event, which its source gave as `value`.

        Raises: as `answer`.
        """
        call = Call(self.schema, context, asked.variables, FILLS)
        switched, key = self._key(asked, call)
        root = self.schema._schema.subscription_type
        if root is None:
            raise Unanswerable("no subscriptions")
        selected = Selections(self.schema._schema, asked.fragments, switched).collected(
            root, [asked.operation.selection_set]
        )
        ((name, nodes),) = selected.items()
        step = self._step(asked, (key, name, "event"), call, root, nodes)
        written = await mutating.written(step, value, partial(self._told, call))
        return b'{"data":' + orjson.dumps({name: orjson.Fragment(written)}) + b"}"

    def _step(self, asked: Asked, key: Hashable, call: Call, root: GraphQLObjectType, nodes: list[FieldNode]) -> Step:
        name = nodes[0].alias.value if nodes[0].alias else nodes[0].name.value
        for step in self._steps.of(key) if asked.document is not None else ():
            if step.plan is None or step.plan.slots(call) is not None:
                return step
        selections = Selections(self.schema._schema, asked.fragments, self._key(asked, call)[0])
        made = mutating.step(call, selections, root, (name, nodes))
        if asked.document is not None:
            self._steps.keep(key, made)
        return made

    @staticmethod
    async def _done(step: Step, call: Call) -> Any:
        try:
            value = await mutating.run(step, call)
        except Exception as error:
            call.context.done[step.key] = error
            raise
        call.context.done[step.key] = value
        return value

    async def _told(self, call: Call, plan: Plan, further: Mapping[str, object]) -> bytes:
        slots = plan.slots(call)
        if slots is None:
            raise Unanswerable("its arguments changed their shape")
        plan.check(slots)
        text = await call.context.answer(plan.statement, plan.values(call, slots, further))
        if text is None:
            raise Unanswerable("the keys are being changed")
        filling = Filling(call.context, call.context.keyring, {slot.name: slot.given for slot in slots})
        return filled(text, plan.holes, filling)

    @staticmethod
    def _key(asked: Asked, call: Call) -> tuple[dict[str, bool], Hashable]:
        """How the operation's switches stand, and what its plans are kept under."""
        given = call.variables.coerced
        # Another operation of the document may have a variable of the same name and another type.
        switched = {name: given[name] for name in asked.switches if isinstance(given.get(name), bool)}
        actor, name = call.context.actor, asked.operation.name
        # What Viewpoint.of(actor) is made of, and without making it.
        viewpoint = (actor.sees_others, actor.is_operator)
        shape = frozenset(switched.items())
        return switched, (asked.document, name.value if name else None, shape, actor.scopes, viewpoint)

    def _plan(self, asked: Asked, call: Call) -> tuple[Plan, list[Slot]]:
        switched, key = self._key(asked, call)
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


def _check_is_confirmed(context: Context) -> None:
    """Raises: Changed if all so far was decided by what is remembered of whoever asks."""
    if context.standing is not None and not context.is_confirmed:
        raise Changed
