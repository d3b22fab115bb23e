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

# Trials of each mutation that fail: with input that is spoilt, and by somebody who may not.
SPOILT = 8
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
    async with full_world(database_urls, development=True) as world:
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


@dataclass(frozen=True)
class Trial:
    """Who calls a mutation, with what, and which field of the result it tries to reach."""

    slug: str
    input: dict[str, Any]
    aim: str


def trials(world: FullWorld, name: str) -> Iterator[Trial]:
    """Such as succeed, one for each field that only this returns; such as fail; and some of somebody who may not."""
    rng, input = Random(name), inputs(world).get(name, {})
    reached = sorted(graph.readable(get_named_type(MUTATIONS[name].type).name))
    problems = graph.objects_of("Problem")
    own = [at for at in reached if at in OWN and at.partition(".")[0] not in problems]
    refused = [at for at in reached if at.endswith(".problem")] or [at for at in reached if at not in own]
    for number, aim in enumerate([*own, *rng.sample(reached, 4)]):
        keyed = {"idempotencyKey": f"{name} {number}"} if input.get("idempotencyKey") and number % 3 else {}
        yield Trial(OPERATOR, input | keyed, aim)
    # A key that came before would hide what else is wrong.
    unkeyed = {name: None if name == "idempotencyKey" else value for name, value in input.items()}
    for _ in range(SPOILT):
        yield Trial(OPERATOR, spoilt(rng, unkeyed), rng.choice(refused))
    for _ in range(UNABLE):
        yield Trial(CEDAR, input, rng.choice(reached))


def asking(rng: Random, material: Material, name: str, trial: Trial) -> Asked:
    """The mutation with a selection by chance."""
    field = MUTATIONS[name]
    result = get_named_type(field.type).name
    problems = graph.objects_of("Problem")
    writer = Writer(rng, material, ALL_SCOPES, aim=trial.aim)
    writer.left, writer.size = max(writer.left, 40), 4_000
    # What it makes is asked for; problems as chance will have it.
    wanted = tuple(sorted(graph.objects_of(result) - problems)) + tuple(rng.sample(sorted(problems), 2))
    place = Place(result, rng.choice((4, 7, 10)), 1, Taken(), wanted)
    children = [one for _ in range(4) for one in writer.selections(place)]
    arguments = ""
    if field.args:
        arguments = "(input: $input)"
        writer.variables.declared.append(f"$input: {field.args['input'].type}")
        writer.variables.given["input"] = plain(trial.input)
    root = Field("Mutation", name, name, str(field.type), arguments, leads_to=result, children=children)
    operation = writer.finished("Mutation", [root])
    return Asked([operation], operation)


def spoilt(rng: Random, input: dict[str, Any]) -> dict[str, Any]:
    """With one thing in it that is refused, or of another object; of one row, where there are rows."""
    # Words of an enum are refused before anything runs.
    able = sorted(name for name, value in input.items() if value is not None and not str(value).isupper())
    rows = [name for name in able if isinstance(input[name], list) and input[name]]
    chosen = rng.choice(rows if rows and rng.random() < 0.8 else able) if able else ""
    value = input.get(chosen)
    if isinstance(value, list) and value:
        other: Any = [_spoilt_value(rng, value[0]), *value[1:]] if rng.random() < 0.85 else []
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
    for number, trial in enumerate(trials(laboratory.world, name)):
        asked = asking(Random(f"{name} {number}"), laboratory.material, name, trial)
        one, other = await laboratory.twice(trial.slug, asked)
        assert BROKEN_OFF.status not in (one.status, other.status)
        coverage.take(asked, one, other)
        if told := differences(asked, one, other):
            failures.append("\n".join([*told, asked.text, str(asked.chosen.given)]))
    assert not failures, f"{len(failures)} differ:\n" + "\n\n".join(failures[:2])


def test_every_result_was_met(coverage: Coverage, evidence: Callable[[str], None]) -> None:
    if coverage.operations < len(MUTATIONS) * (4 + SPOILT):
        pytest.skip("speaks of all mutations")
    evidence(str(coverage))
    assert not sorted(at for at in OWN if not coverage.answered[at])
