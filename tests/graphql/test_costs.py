"""What operations cost: examples worked out by hand, and by chance against a way that is slow and plain."""

from random import Random
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
    is_introspection_type,
    is_leaf_type,
    is_list_type,
    parse,
    validate,
)

from app.graphql import costs, guard
from app.graphql.documents import Refused
from app.graphql.execution import Asked, Operations, ReadEngine
from app.graphql.prices import at
from app.graphql.schema import schema
from app.rules import limits
from app.rules.budgets import Budgets
from tests.graphql.naive_costs import GRAPH, Naive, Writer
from tests.graphql.toy import SCHEMA, Visitor

FEED = """query ($first: Int!) { changes(first: $first) { ... on ChangePage {
  items { signal { id contributions { contributor { name } } } } } ... on ResyncRequired { startCursor } } }"""
UPLOAD = """mutation ($input: UploadSignalsInput!) { uploadSignals(input: $input) {
  ... on UploadSignalsPayload { rows { outcome signal { id } } } } }"""
DRAFT = {"type": "URL", "value": "https://a.example", "violations": ["CSAM_SOLICITATION"], "severity": "LOW"}


def cost(text: str, variables: dict[str, Any] | None = None) -> int:
    document = parse(text)
    price = costs.of(GRAPH).price(document.definitions[0], guard.fragments_of(document))  # type: ignore[arg-type]
    return at(price, variables or {})


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("{ __typename }", {}, 0),
        ('{ signal(id: "a") { id severity } }', {}, 1),
        # The connection, and for each item an edge and a node.
        ("{ signals { edges { node { id } } pageInfo { endCursor } } }", {}, 1 + 50 * 2 + 1),
        ("{ signals(first: 3) { edges { node { id } } } }", {}, 1 + 3 * 2),
        ("query ($n: Int = 4) { signals(first: $n) { edges { node { id } } } }", {"n": 4}, 1 + 4 * 2),
        ("{ signals(first: 3) { ...E } } fragment E on SignalConnection { edges { cursor } }", {}, 1 + 3),
        # The page, and for each change itself, its signal, two contributions, each with a contributor.
        (FEED, {"first": 1_000}, 1 + 1_000 * (1 + 1 + 2 * (1 + 1))),
        # A mutation, its payload and input, and for each draft its weight, a row and a signal.
        (UPLOAD, {"input": {"signals": [DRAFT] * 7}}, 10 + 1 + 1 + 7 * (10 + 1 + 1)),
        ("query ($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["a", "b"]}, 2),
        ("query ($r: [_Any!]!) { _entities(representations: $r) { ... on Signal { cases { id } } } }", {"r": [{}]}, 3),
        # Looser spellings are worked out.
        ("{ signals(first: 3) { edges { node { nearMatchTags } } } }", {}, 1 + 3 * (2 + 5)),
        ("{ signals(first: 0) { edges { node { id } } } }", {}, 1),
        ("{ signals(first: -5) { edges { node { id } } } }", {}, 1),
        ('{ signal(id: "a") { network(depth: 1, limit: 9) { nodes { id } } } }', {}, 1 + 5_000 + 9),
        ("query ($s: Boolean!) { signals { edges { node @skip(if: $s) { id } } } }", {"s": True}, 1 + 50),
        ("query ($s: Boolean!) { signals { edges { node @include(if: $s) { id } } } }", {"s": True}, 1 + 50 * 2),
    ],
)
def test_a_cost_is_what_one_works_out_by_hand(text: str, variables: dict[str, Any], expected: int) -> None:
    assert validate(GRAPH, parse(text)) == []
    assert cost(text, variables) == expected


def test_a_picture_costs_more_to_look_up() -> None:
    text = "query ($v: [MatchValueInput!]!) { matchSignals(values: $v) { index } }"
    others = cost(text, {"v": [{"type": "URL", "value": "a"}] * 3})
    assert others == 3 * (1 + 1)
    assert cost(text, {"v": [{"type": "HASH_PDQ", "value": "a"}] * 3}) == others + 3 * 60


def test_the_cost_is_the_naive_one_whatever_is_asked() -> None:
    numbers = set()
    for seed in range(600):
        writer = Writer(Random(seed))
        text = writer.document()
        document = parse(text)
        assert validate(GRAPH, document) == [], text
        naive = Naive(document, writer.variables).cost()
        assert cost(text, writer.variables) == naive, (seed, text, writer.variables)
        numbers.add(naive)
    assert len(numbers) > 150


@pytest.mark.parametrize("forgotten", ["fragments", "multipliers"])
def test_a_cost_that_forgets_something_is_noticed(forgotten: str) -> None:
    differing = 0
    for seed in range(100):
        writer = Writer(Random(seed))
        text = writer.document()
        forgetful = Naive(parse(text), writer.variables, frozenset({forgotten}))
        differing += forgetful.cost() != cost(text, writer.variables)
    assert differing > 10


def test_every_fragment_is_looked_at_once() -> None:
    """Of 55 levels, each spread twice, or of 2^55 fields."""
    fragments = " ".join(f"fragment F{i} on Signal {{ cases {{ id }} ...F{i + 1} ...F{i + 1} }}" for i in range(55))
    document = parse(f'{{ signal(id: "a") {{ ...F0 }} }} {fragments} fragment F55 on Signal {{ id }}')
    walk = costs.Walk(costs.of(GRAPH), guard.fragments_of(document))
    walk.on_type(GRAPH.query_type, document.definitions[0].selection_set, frozenset())  # type: ignore
    assert walk.visits == 2 + 55 * 4 + 1


def test_every_list_of_objects_says_its_size() -> None:
    """Sized by itself, or by a field that leads to it."""
    known = costs.of(GRAPH)
    sized: set[str] = set()
    lists: set[str] = set()
    for type_ in GRAPH.type_map.values():
        if is_introspection_type(type_) or not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            continue
        for name, field in type_.fields.items():
            cost_of = known.field_of(type_, name)
            assert cost_of is not None
            leads_to = get_named_type(field.type)
            targets = GRAPH.get_possible_types(leads_to) if leads_to.name.endswith("Result") else [leads_to]  # type: ignore[arg-type]
            sized |= {f"{target.name}.{below}" for target in targets for below in cost_of.sizes}
            if is_list_type(get_nullable_type(field.type)) and not is_leaf_type(leads_to):
                lists.add(f"{type_.name}.{name}")
                if cost_of.sized_by or cost_of.size != costs.UNTOLD_SIZE or name in ("byViolation", "bySignalType"):
                    sized.add(f"{type_.name}.{name}")
    assert lists - sized == set()


def refused(operations: Operations, text: str, variables: dict[str, Any] | None = None) -> list[Any]:
    visitor = Visitor(frozenset({"signals:read", "schema:read"}))
    with pytest.raises(Refused) as caught:
        operations.admit(operations.prepare(Asked(text, None, variables or {})), visitor)
    return list(caught.value.errors)


def test_the_limit_of_one_operation_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    operations, text = Operations(schema), "query ($n: Int!) { signals(first: $n) { edges { node { id } } } }"
    visitor = Visitor(frozenset({"signals:read"}))
    monkeypatch.setattr(limits, "MAX_COST", 201)
    assert operations.admit(operations.prepare(Asked(text, None, {"n": 100})), visitor).cost == 201
    (error,) = refused(operations, text, {"n": 101})
    assert error["extensions"]["code"] == "TOO_MANY"
    assert error["message"] == "The operation costs 203, and may cost 201: ask for fewer items at once."


def test_a_cost_beyond_all_counting_is_refused_too() -> None:
    many = "links(first: 2147483647) { edges { node { from { "
    text = '{ signal(id: "a") { ' + many * 3 + "id" + " } } } }" * 3 + " } }"
    (error,) = refused(Operations(schema), text)
    assert "too much to count" in error["message"]


def test_variables_that_are_none_of_their_types_are_counted_as_they_came() -> None:
    operations = Operations(schema)
    text = "query ($i: [ID!]!, $n: Int!) { nodes(ids: $i) { id } signals(first: $n) { edges { cursor } } }"
    prepared = operations.prepare(Asked(text, None, {"i": ["a", "b", {}], "n": "many"}))
    assert prepared.values is None
    assert operations.admit(prepared, Visitor(frozenset({"signals:read"}))).cost == 3 + 1 + 1


def test_introspection_costs_what_it_takes() -> None:
    assert 10_000 < cost(get_introspection_query()) < 100_000
    assert cost("{ _service { sdl } }") == 500


async def test_nothing_runs_of_what_costs_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    hello = SCHEMA._schema.type_map["Query"].fields["hello"]  # type: ignore[attr-defined]
    monkeypatch.setattr(hello, "resolve", lambda *_given, **_named: ran.append("hello"))
    monkeypatch.setattr(limits, "MAX_COST", 1)
    operations, visitor = Operations(SCHEMA, ReadEngine.STANDARD, Budgets()), Visitor(frozenset({"signals:read"}))
    prepared = operations.prepare(Asked("{ hello signal { next { id } } }", None, {}))
    with pytest.raises(Refused):
        await operations.run(prepared, visitor, visitor, "id")
    assert (ran, prepared.charge) == ([], None)


def test_an_operation_that_begins_anew_is_paid_for_once() -> None:
    """As it does where whoever asks is not what was remembered."""
    operations, visitor = Operations(schema), Visitor(frozenset({"signals:read"}))
    prepared = operations.prepare(Asked("{ signals(first: 2) { edges { cursor } } }", None, {}))
    first = operations.admit(prepared, visitor)
    assert operations.admit(prepared, visitor) is first
    again = operations.admit(operations.prepare(prepared.asked), visitor)
    assert again.remaining == first.remaining - first.cost
