"""The exchange that is attacked, with somebody's good token."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.database_urls import DatabaseUrls
from app.store.tables import metadata
from tests.attacks.target import Target, Work, on_loopback
from tests.demo_exchange import opened


@pytest.fixture(scope="module")
async def served(database_urls: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[Target]:
    async with opened(database_urls) as exchange, on_loopback(exchange) as target:
        yield target
    async with owner_engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)}"))


@pytest.fixture
async def target(served: Target) -> Target:
    """With a client that is known, and nothing counted yet."""
    answer = await served.ask({"query": "{ viewer { clientId } }"}, served.token)
    assert answer.status_code == 200, answer.text
    work = served.work
    work.bytes_read = work.requests = work.executions = 0
    work.guards.clear()
    assert work == Work()
    return served
