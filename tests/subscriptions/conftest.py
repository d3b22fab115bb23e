"""A program of participants behind a real server."""

from collections.abc import AsyncIterator

import pytest

from app.store.database_urls import DatabaseUrls
from tests.feed.world import Program, program_at
from tests.live_exchange import LiveExchange, live


@pytest.fixture
async def program(emptied: DatabaseUrls) -> AsyncIterator[Program]:
    async with program_at(emptied) as program:
        yield program


@pytest.fixture
async def served(program: Program) -> AsyncIterator[LiveExchange]:
    async with live(program.exchange) as served:
        yield served
