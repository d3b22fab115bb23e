"""The stage on which the worlds of a test file are played."""

import gc
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
import structlog

from app.store.database_urls import DatabaseUrls
from tests.oracle.stage import Stage, staged


@pytest.fixture(scope="module")
async def stage(database_urls: DatabaseUrls) -> AsyncIterator[Stage]:
    with seldom_collected():
        async with staged(database_urls) as stage:
            yield stage
            await stage.empty()


@pytest.fixture(scope="module", autouse=True)
def silence() -> Iterator[None]:
    with unlogged():
        yield


@contextmanager
def unlogged() -> Iterator[None]:
    """Thousands of requests are not worth a line each, and a fault shows in the answers."""
    usual = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**usual)


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
