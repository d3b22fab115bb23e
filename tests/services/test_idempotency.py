"""Idempotency keys: a call that is sent twice acts once, whatever happens in between (R19)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.errors import Conflict, InvalidInput, Refusal
from app.rules.actor import Actor
from app.services.idempotency import Call, once
from app.store.database_urls import DatabaseUrls
from tests.feedback_world import World, world_at


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as made:
        yield made


class Counter:
    """Work that says how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    async def __call__(self) -> int:
        await asyncio.sleep(0.05)
        self.done += 1
        return self.done


async def called(world: World, work: Counter, key: str | None = "k", content: Any = 1, mutation: str = "m") -> Any:
    async def run(session: AsyncSession, actor: Actor) -> Any:
        return await once(session, actor, world.exchange.keyring, Call(mutation, key, content), work)

    return await world.do(run, world.alder)


async def test_the_second_call_gets_the_first_result(world: World) -> None:
    work = Counter()
    assert [await called(world, work) for _ in range(3)] == [1, 1, 1]


async def test_concurrent_calls_wait_for_the_first(world: World) -> None:
    work = Counter()
    assert await asyncio.gather(*(called(world, work) for _ in range(8))) == [1] * 8
    assert work.done == 1


async def test_without_a_key_every_call_acts(world: World) -> None:
    work = Counter()
    assert [await called(world, work, key=None) for _ in range(2)] == [1, 2]


async def test_other_input_is_a_conflict_and_another_mutation_is_not(world: World) -> None:
    work = Counter()
    await called(world, work)
    with pytest.raises(Conflict):
        await called(world, work, content=2)
    assert await called(world, work, mutation="another") == 2


async def test_a_transaction_that_fails_stores_nothing(world: World) -> None:
    async def fail() -> None:
        raise InvalidInput("no", reason=Refusal.EMPTY)

    async def run(session: AsyncSession, actor: Actor) -> Any:
        return await once(session, actor, world.exchange.keyring, Call("m", "k", 1), fail)

    with pytest.raises(InvalidInput):
        await world.do(run, world.alder)
    assert await world.rows("SELECT * FROM idempotency") == []
    assert await called(world, Counter(), content=2) == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "with a \x00 in it", "half \ud800 of it"])
async def test_a_key_that_is_none_is_refused(world: World, key: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await called(world, Counter(), key=key)
    assert refused.value.field == "idempotencyKey"
