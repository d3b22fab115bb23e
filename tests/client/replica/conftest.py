"""The stage on which histories are played, and how many there are."""

from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from app.store.database_urls import DatabaseUrls
from tests.oracle.conftest import seldom_collected, unlogged
from tests.oracle.stage import Stage, staged

HISTORIES = "histories of replicas"


def pytest_configure(config: pytest.Config) -> None:
    settings.register_profile(
        HISTORIES,
        max_examples=500 if config.getoption("full") else 40,
        derandomize=True,
        database=None,
        deadline=None,
        # A smaller history would take minutes to find, and a failure tells the fields that differ.
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@pytest.fixture(scope="module")
async def stage(database_urls: DatabaseUrls) -> AsyncIterator[Stage]:
    with seldom_collected():
        async with staged(database_urls) as stage:
            yield stage
            await stage.empty()


@pytest.fixture(scope="module")
def silence() -> Iterator[None]:
    with unlogged():
        yield
