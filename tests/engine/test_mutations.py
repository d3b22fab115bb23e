"""The objects that mutations return: asked of both engines, each in its own copy of the same world."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import orjson
import pytest
from graphql import get_named_type
from sqlalchemy import text

from app.rules import ids
from app.rules.cursors import Cursors
from app.rules.ids import Prefix
from app.store.database_urls import DatabaseUrls
from tests.engine import graph
from tests.engine.answers import differences
from tests.engine.coverage import Coverage
from tests.engine.keeping import Keeper
from tests.engine.material import PREFIXES, REFUSED, Material
from tests.engine.merging import Taken
from tests.engine.naming import Names, secrets_without_chance
from tests.engine.servers import BROKEN_OFF, Answer, Servers, ask, compiled, served, standard
from tests.engine.spelling import plain
from tests.engine.tree import Asked, Field
from tests.engine.writing import Place, Writer
from tests.flows.examples import inputs
from tests.flows.full_world import ALL_SCOPES, CEDAR, OPERATOR, FullWorld, full_world

# Selections that are tried for each mutation; then as many with input that is spoilt, and some by somebody who may not.
SELECTIONS = 6
UNABLE = 2
MUTATIONS = graph.fields_of("Mutation")
# What only mutations answer.
OWN = graph.readable("Mutation") - graph.readable()


@dataclass
class Laboratory:
    """One world; each experiment is made twice in it, and its outcome stays."""

    world: FullWorld
    servers: Servers
    keeper: Keeper
    material: Material

    async def twice(self, slug: str, asked: Asked) -> tuple[Answer, Answer]:
        """What both answer this participant, with new ids under the same names."""
        known, token = await self.keeper.keep(), self.world.token(slug)
        answers = []
        for http in (self.servers.standard, self.servers.compiled):
            await self.keeper.restore()
            answer = await ask(http, token, asked.body)
            participant = ids.read(Prefix.PARTICIPANT, self.world.ids[slug])
            assert participant is not None
            names = Names(known, Cursors(self.world.exchange.keyring, participant))
            answers.append(replace(answer, body=orjson.dumps(names.renamed(answer.content))))
        return answers[0], answers[1]


@pytest.fixture(scope="module", autouse=True)
def equal_secrets() -> Iterator[None]:
    yield from secrets_without_chance()


@pytest.fixture(scope="module")
async def laboratory(database_urls: DatabaseUrls) -> AsyncIterator[Laboratory]:
    async with full_world(database_urls) as world:
        exchange = world.exchange
        parts = exchange.database, exchange.keyring, exchange.clock
        async with world.owner.begin() as connection:
            await connection.execute(
                text("UPDATE participant SET status = 'RESTRICTED' WHERE slug = :slug"), {"slug": CEDAR}
            )
        keeper = Keeper(world.owner)
        await keeper.prepare()
        async with served(standard(*parts), compiled(*parts)) as servers:
            yield Laboratory(world, servers, keeper, material(world))
        await keeper.clear()


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return Coverage()


def material(world: FullWorld) -> Material:
    found = {noun: [id for id in world.ids.values() if id.startswith(prefix)] for noun, prefix in PREFIXES.items()}
    now = world.exchange.clock()
    return Material(now, found, list(REFUSED), [now], ["alder", "birch"])


def asking(rng: Random, material: Material, name: str, input: dict[str, Any], aim: str = "") -> Asked:
    """The mutation with a selection by chance, that tries to reach some field, or one of this name."""
    field = MUTATIONS[name]
    result = get_named_type(field.type).name
    problems = graph.objects_of("Problem")
    reached = sorted(at for at in graph.readable(result) if at in OWN or rng.random() < 0.1)
    aimed = [at for at in graph.readable(result) if at.endswith(f".{aim}")] if aim else []
    writer = Writer(rng, material, ALL_SCOPES, aim=rng.choice(sorted(aimed) or reached))
    writer.left, writer.size = max(writer.left, 40), 4_000
    # What it makes is asked for; problems as chance will have it.
    wanted = tuple(sorted(graph.objects_of(result) - problems)) + tuple(rng.sample(sorted(problems), 2))
    place = Place(result, rng.choice((4, 7, 10)), 1, Taken(), wanted)
    children = [one for _ in range(4) for one in writer.selections(place)]
    arguments = ""
    if field.args:
        arguments = "(input: $input)"
        writer.variables.declared.append(f"$input: {field.args['input'].type}")
        writer.variables.given["input"] = plain(input)
    root = Field("Mutation", name, name, str(field.type), arguments, leads_to=result, children=children)
    operation = writer.finished("Mutation", [root])
    return Asked([operation], operation)


def spoilt(rng: Random, input: dict[str, Any]) -> dict[str, Any]:
    """With one thing in it that is refused, or of another object."""
    chosen = rng.choice(sorted(input)) if input else ""
    value = input.get(chosen)
    if isinstance(value, list) and value:
        other: Any = [_spoilt_value(rng, value[0]), *value[1:]] if rng.random() < 0.7 else []
    else:
        other = _spoilt_value(rng, value)
    return {**input, chosen: other} if chosen else input


def _spoilt_value(rng: Random, value: Any) -> Any:
    if isinstance(value, dict):
        return spoilt(rng, value)
    if isinstance(value, str) and value[3:4] == "_":
        return value[:4] + "ab" * 16
    if isinstance(value, str):
        return rng.choice(("", "x" * 5_000, "\U0001f33f\x01"))
    return -1 if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.parametrize("name", MUTATIONS)
async def test_what_a_mutation_returns_is_the_same(laboratory: Laboratory, coverage: Coverage, name: str) -> None:
    failures = []
    for number in range(2 * SELECTIONS + UNABLE):
        rng = Random(f"{name} {number}")
        input = inputs(laboratory.world).get(name, {})
        if input and "idempotencyKey" in input and rng.random() < 0.7:
            input = {**input, "idempotencyKey": f"{name} {number}"}
        is_spoilt = SELECTIONS <= number < 2 * SELECTIONS
        given, aim = (spoilt(rng, input), "problem") if is_spoilt else (input, "")
        asked = asking(rng, laboratory.material, name, given, aim)
        one, other = await laboratory.twice(CEDAR if number >= 2 * SELECTIONS else OPERATOR, asked)
        assert BROKEN_OFF.status not in (one.status, other.status)
        coverage.take(asked, one, other)
        if told := differences(asked, one, other):
            failures.append("\n".join([*told, asked.text, str(asked.chosen.given)]))
    assert not failures, f"{len(failures)} differ:\n" + "\n\n".join(failures[:2])


def test_every_result_was_met(coverage: Coverage, evidence: Callable[[str], None]) -> None:
    if coverage.operations < len(MUTATIONS) * SELECTIONS:
        pytest.skip("speaks of all mutations")
    evidence(str(coverage))
    assert not sorted(at for at in OWN if not coverage.answered[at])
