"""Operations that ask for too much: refused, after work that grows with their text alone, and nothing ran."""

import pytest
from graphql import parse

from app.graphql import costs, guard
from app.rules import limits
from tests.attacks.operations import ATTACKS, Attack
from tests.attacks.target import Target
from tests.graphql.naive_costs import GRAPH


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_an_operation_that_asks_for_too_much_is_refused(target: Target, attack: Attack) -> None:
    before = await target.statements()
    answer = await target.ask(attack.body, target.token)
    told = answer.json()
    assert told["errors"][0]["extensions"]["code"] == attack.code, told
    # The last one says that there are more.
    assert len(told["errors"]) <= limits.MAX_ERRORS + 1
    assert len(answer.content) < 10_000
    assert await target.statements() == before
    assert target.work.visits <= attack.selections
    assert target.work.executions == 0


async def test_a_page_that_is_too_long_is_refused_by_its_field_before_anything_is_read(target: Target) -> None:
    before = await target.statements()
    text = "{ signals(first: 9999) { edges { node { id } } } }"
    answer = await target.ask({"query": text}, target.token)
    (error,) = answer.json()["errors"]
    assert (error["path"], error["extensions"]["reason"]) == (["signals"], "OUT_OF_RANGE")
    # Whoever asks is looked up anew, as there is an error; then the read engine leaves it to the executor once more.
    assert target.work.executions == 3
    (statement,) = (last for _, _, last in await target.statements() - before)
    assert "FROM actor_of(" in statement


async def test_what_may_run_is_noticed_to_run(target: Target) -> None:
    """Or the counts above would prove nothing."""
    before = await target.statements()
    answer = await target.ask({"query": "{ signals(first: 2) { edges { node { id } } } }"}, target.token)
    assert answer.json()["data"]["signals"] == {"edges": []}
    assert (target.work.executions, target.work.visits) == (1, 4)
    assert await target.statements() != before


def test_the_fan_out_is_looked_at_once_by_each_pass() -> None:
    """2^55 fields in 56 fragments."""
    attack = next(attack for attack in ATTACKS if "2^55" in attack.name)
    document = parse(attack.text)
    fragments = guard.fragments_of(document)
    walk, checking = costs.Walk(costs.of(GRAPH), fragments), guard.Guard(fragments)
    operation = document.definitions[0].selection_set  # type: ignore[attr-defined]
    walk.on_type(GRAPH.type_map["Query"], operation, frozenset())
    measured = checking.of_set(operation)
    assert walk.visits == checking.visits == attack.selections
    assert measured.fields == 2 + 2**55
