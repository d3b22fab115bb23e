"""A program of participants behind a real server, whose feed is read over TAXII."""

from collections.abc import AsyncIterator

import pytest

from app.store.database_urls import DatabaseUrls
from app.web import asgi
from tests.feed.world import Program, program_at
from tests.live_exchange import LiveExchange, live
from tests.served_exchange import UNBOUNDED


@pytest.fixture
async def program(emptied: DatabaseUrls) -> AsyncIterator[Program]:
    async with program_at(emptied) as program:
        yield program


@pytest.fixture
async def served(program: Program) -> AsyncIterator[LiveExchange]:
    """Time stands still here, so nobody saves anything up."""
    async with live(program.exchange, asgi.Serving(cost_per_second=UNBOUNDED)) as served:
        yield served
