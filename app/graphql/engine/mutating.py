"""What a resolver gave, a mutation's or a subscription's: one statement answers all the kept objects in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import FieldNode, GraphQLField, GraphQLObjectType, GraphQLSchema
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from sqlalchemy import Uuid, column, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.graphql.context import Context
from app.graphql.engine import plans, text
from app.graphql.engine.arguments import Call
from app.graphql.engine.compiler import At, Compiler
from app.graphql.engine.plans import Plan
from app.graphql.engine.selections import Selections
from app.graphql.engine.text import constant, glued
from app.graphql.engine.unanswerable import Unanswerable
from app.graphql.engine.values import Reference, References, Show, Values
from app.store.tables.row import UUIDS

# Between two objects of an answer; JSON writes control characters of texts as escapes.
_BETWEEN = "\x04"


@dataclass(frozen=True, slots=True)
class Step:
    """One field of a mutation or a subscription: what it gives is shown from hand, the kept objects in it by a plan."""

    key: str
    field: GraphQLField
    node: FieldNode
    show: Show
    plan: Plan | None

    @property
    def size(self) -> int:
        return 2_000 + (0 if self.plan is None else self.plan.size)


@dataclass(frozen=True, slots=True)
class _RawInfo:
    """What resolvers of ours ask of graphql-core's own, which is made by its executor alone."""

    schema: GraphQLSchema
    context: Context
    field_name: str
    path: Path


def step(
    call: Call, selections: Selections, root: GraphQLObjectType | None, named: tuple[str, list[FieldNode]]
) -> Step:
    """Of a root type, under a name in the answer."""
    key, nodes = named
    name = nodes[0].name.value
    if root is None or name not in root.fields:
        raise Unanswerable("it is no operation of ours")
    field = root.fields[name]
    values = Values(selections, [])
    show = values.show(field.type, nodes)
    return Step(key, field, nodes[0], show, _objects(call, selections, values.kinds) if values.kinds else None)


def _objects(call: Call, selections: Selections, kinds: Sequence[tuple[GraphQLObjectType, list[FieldNode]]]) -> Plan:
    """For each kind the objects of the ids in `ids_0`, `ids_1` …, in their order, with a mark behind each."""
    compiler = plans.compiler_of(call, selections)
    parts = [_kind(compiler, number, At(GraphQLField(type_), nodes)) for number, (type_, nodes) in enumerate(kinds)]
    return plans.planned(compiler, glued([*plans.taggers_for(compiler), *parts]))


def _kind(compiler: Compiler, number: int, at: At) -> Any:
    noun = plans.noun_of(at)
    ids = func.unnest(compiler.writing.given(f"a{number}_ids", UUIDS))
    each = ids.table_valued(column("id", Uuid()), with_ordinality="place").render_derived(compiler.writing.row())
    json = compiler.by_id(noun, literal_column(f"{each.name}.id", Uuid()), at)
    marked = glued([json, _BETWEEN])
    listed = func.string_agg(marked, aggregate_order_by(constant(""), each.c.place))
    return compiler.part(select(func.coalesce(listed, constant(""))).select_from(each))


async def run(step: Step, call: Call) -> Any:
    """What the resolver gives. Raises: as it does."""
    context = call.context
    given = get_argument_values(step.field, step.node, call.variables, hide_suggestions=True)
    info = _RawInfo(call.schema, context, step.node.name.value, Path(None, step.key, "Mutation"))
    resolve: Any = step.field.resolve
    return await resolve(None, info, **given)


async def written(step: Step, value: Any, answer: Callable[[Plan, Mapping[str, object]], Any]) -> bytes:
    """The JSON of what a mutation gave. `answer` runs a plan with further parameters.

    Raises: Unanswerable if an object is gone that has to be there.
    """
    noted: References = []
    tree = step.show(value, noted)
    found = await _found(step.plan, noted, answer) if step.plan is not None and noted else {}

    def fragment(reference: Any) -> Any:
        return orjson.Fragment(found[id(reference)])

    # References are dataclasses, which orjson would write by itself.
    return orjson.dumps(tree, default=fragment, option=orjson.OPT_PASSTHROUGH_DATACLASS)


async def _found(
    plan: Plan, noted: References, answer: Callable[[Plan, Mapping[str, object]], Any]
) -> dict[int, bytes]:
    """By the reference itself, as one object may be asked for in several ways."""
    kinds: dict[int, list[Reference]] = {}
    for reference in noted:
        kinds.setdefault(reference.kind, []).append(reference)
    most = 1 + max(int(name[1:].removesuffix("_ids")) for name in plan.names if name.endswith("_ids"))
    ids = {f"a{kind}_ids": [reference.id for reference in kinds.get(kind, [])] for kind in range(most)}
    told: bytes = await answer(plan, ids)
    objects = told.split(_BETWEEN.encode())
    in_order = [reference for kind in range(most) for reference in kinds.get(kind, [])]
    found = dict(zip(map(id, in_order), objects, strict=False))
    if any(reference.needed and found[id(reference)] == text.NULL.encode() for reference in in_order):
        raise Unanswerable("an object is gone that has to be there")
    return found
