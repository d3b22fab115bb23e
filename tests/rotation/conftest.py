"""An exchange whose keys change, and two servers of it that started before."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.database_urls import DatabaseUrls
from tests.rotation.world import Server, Shared, shared_at


@pytest.fixture
async def shared(emptied: DatabaseUrls, owner_engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Shared]:
    async with shared_at(emptied, owner_engine, tmp_path) as made:
        yield made


@pytest.fixture
async def one(shared: Shared) -> AsyncIterator[Server]:
    async with shared.server() as server:
        yield server


@pytest.fixture
async def other(shared: Shared) -> AsyncIterator[Server]:
    async with shared.server() as server:
        yield server
