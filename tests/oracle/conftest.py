"""The stage on which the worlds of a test file are played."""

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from app.store.database_urls import DatabaseUrls
from tests.oracle.stage import Stage, staged


@pytest.fixture(scope="module")
async def stage(database_urls: DatabaseUrls) -> AsyncIterator[Stage]:
    with seldom_collected():
        async with staged(database_urls) as stage:
            yield stage
            await stage.empty()


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Worlds make garbage by the million: to look for it as often as usual takes a quarter of the run."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    yield
    gc.set_threshold(*usual)
    gc.unfreeze()


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the large sizes were asked for."""
    return bool(request.config.getoption("full"))
