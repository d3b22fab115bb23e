"""The stage on which worlds are played, and the two applications that are asked about them."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.store.database_urls import DatabaseUrls
from tests.engine.servers import Servers, compiled, cursors_without_chance, served, standard
from tests.oracle.conftest import seldom_collected, unlogged
from tests.oracle.stage import Stage, staged


@pytest.fixture(scope="module")
async def stage(database_urls: DatabaseUrls) -> AsyncIterator[Stage]:
    with seldom_collected():
        async with staged(database_urls) as stage:
            yield stage
            await stage.empty()


@pytest.fixture(scope="module", autouse=True)
def equal_cursors() -> Iterator[None]:
    with cursors_without_chance():
        yield


@pytest.fixture(scope="module", autouse=True)
def silence() -> Iterator[None]:
    with unlogged():
        yield


@pytest.fixture(scope="module")
async def servers(stage: Stage) -> AsyncIterator[Servers]:
    parts = stage.database, stage.keyring, stage.clock
    async with served(standard(*parts), compiled(*parts)) as servers:
        yield servers


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the large sizes were asked for."""
    return bool(request.config.getoption("full"))
