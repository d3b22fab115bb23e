"""Which plan is taken for a request, and how many are kept."""

from collections.abc import Hashable
from dataclasses import dataclass

import pytest

from app.graphql.engine.arguments import Call
from app.graphql.engine.engine import Asked, Engine
from app.graphql.engine.plans import Plans
from app.rules.scopes import Scope
from app.store.database_urls import DatabaseUrls
from tests.flows.full_world import ALDER, BIRCH, FullWorld, full_world

READS = frozenset(map(str, Scope)) - {str(Scope.CASES_READ)}


@dataclass(frozen=True)
class Sized:
    size: int


def kept(plans: Plans[Sized], *keys: str) -> list[str]:
    return [key for key in keys if list(plans.of(key))]


def test_the_latest_used_are_kept_within_their_number() -> None:
    plans = Plans[Sized](2, 1_000)
    for key in "ab":
        plans.keep(key, Sized(1))
    assert kept(plans, "a")
    plans.keep("c", Sized(1))
    assert kept(plans, "a", "b", "c") == ["a", "c"]


def test_the_latest_used_are_kept_within_their_memory() -> None:
    plans = Plans[Sized](100, 1_000)
    plans.keep("a", Sized(600))
    plans.keep("b", Sized(600))
    assert kept(plans, "a", "b") == ["b"]
    plans.keep("c", Sized(2_000))
    assert kept(plans, "b", "c") == []
    plans.keep("d", Sized(999))
    assert kept(plans, "d")


def test_plans_for_other_shapes_of_one_operation_count_each() -> None:
    plans = Plans[Sized](2, 1_000)
    for _ in range(3):
        plans.keep("a", Sized(1))
    assert not kept(plans, "a")


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> list[Engine]:
    """The engines of applications that are made meanwhile."""
    made: list[Engine] = []

    def noted(*given: object) -> Engine:
        made.append(Engine(*given))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr("app.graphql.execution.Engine", noted)
    return made


async def count(world: FullWorld, engine: Engine, who: str, scopes: frozenset[str], **variables: object) -> int:
    """How many plans there are after a request."""
    document = """query ($after: String, $full: Boolean = true) {
        signals(after: $after) { pageInfo { endCursor } edges { node { id severity @include(if: $full) } } } }"""
    answer = await world.post(world.token(who, scopes), document, dict(variables))
    assert answer.headers["lantern-engine"] == "compiled", answer.text
    return engine._plans._count


async def test_a_plan_is_shared_only_by_those_who_look_alike(
    database_urls: DatabaseUrls, engines: list[Engine]
) -> None:
    async with full_world(database_urls, development=True) as world:
        (engine,) = engines
        before = await count(world, engine, ALDER, READS)
        assert await count(world, engine, ALDER, READS) == before
        assert await count(world, engine, BIRCH, READS) == before, "values are parameters"
        assert await count(world, engine, ALDER, READS - {str(Scope.FEEDBACK_READ)}) == before + 1, "scopes"
        assert await count(world, engine, ALDER, READS, full=False) == before + 2, "switches"
        cursor = (await world.send(world.token(ALDER), "{ signals { pageInfo { endCursor } } }"))["data"]
        after = cursor["signals"]["pageInfo"]["endCursor"]
        assert await count(world, engine, ALDER, READS, after=after) >= before + 3, "the shape of its arguments"
        world.exchange.clock.forward(seconds=1)
        again = await count(world, engine, ALDER, READS, after=after)
        assert await count(world, engine, ALDER, READS, after=after) == again


async def test_a_plan_that_forgot_its_scopes_would_be_noticed(
    database_urls: DatabaseUrls, engines: list[Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Engine._key

    def forgetful(asked: Asked, call: Call) -> tuple[dict[str, bool], Hashable]:
        switched, (*kept, _, sight) = key(asked, call)  # type: ignore[misc]  # it is a tuple
        return switched, (*kept, sight)

    monkeypatch.setattr(Engine, "_key", staticmethod(forgetful))
    async with full_world(database_urls, development=True) as world:
        (engine,) = engines
        before = await count(world, engine, ALDER, READS)
        assert await count(world, engine, ALDER, READS - {str(Scope.FEEDBACK_READ)}) == before
