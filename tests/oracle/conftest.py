"""The stage on which the worlds of a test file are played."""

from collections.abc import AsyncIterator

import pytest

from app.store.database_urls import DatabaseUrls
from tests.oracle.stage import Stage, staged


@pytest.fixture(scope="module")
async def stage(database_urls: DatabaseUrls) -> AsyncIterator[Stage]:
    async with staged(database_urls) as stage:
        yield stage
        await stage.empty()


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the large sizes were asked for."""
    return bool(request.config.getoption("full"))
