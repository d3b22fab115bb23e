"""Every committed change reaches the feed once, and every reader, however late it commits and whoever dies."""

from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.database_urls import DatabaseUrls
from tests.feed import mutants
from tests.feed.race import READER, Race, Size, Tally
from tests.feed.readers import ApiReader
from tests.feed.world import program_at
from tests.served_exchange import served


async def race(urls: DatabaseUrls, owner: AsyncEngine, size: Size) -> tuple[Race, Tally]:
    async with program_at(urls) as program, served(program.exchange) as http:
        run = Race(program, owner, Random(7), size)
        return run, await run.run(ApiReader(http, program, READER))


async def test_nothing_is_lost_or_told_twice(
    emptied: DatabaseUrls, owner_engine: AsyncEngine, request: pytest.FixtureRequest
) -> None:
    size = Size(rounds=60, kills=300) if request.config.getoption("full") else Size()
    async with mutants.SLOW_SEQUENCER.at_large(owner_engine):
        run, tally = await race(emptied, owner_engine, size)
    assert tally == Tally()
    assert run.kills >= size.kills
    assert run.abandoned > 0


async def test_cursors_by_order_of_insert_are_caught(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> None:
    async with mutants.POSITIONS_BY_ORDER_OF_INSERT.at_large(owner_engine):
        _, tally = await race(emptied, owner_engine, Size(kills=2, pages=(1000,)))
    assert tally.unread > 0
    assert tally.lost == tally.doubled == 0, "they are in the feed, but not where a reader that goes on looks for them"
