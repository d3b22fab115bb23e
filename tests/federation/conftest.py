"""What npm has for these tests, the schemas of the subgraphs, and the federated graph, once for all of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scripts.node_packages import CannotInstall
from tests.federation import graph, installed, subgraphs
from tests.federation.graph import Graph


@pytest.fixture(scope="session", autouse=True)
def packages() -> None:
    """They are skipped only where npm cannot be reached at all."""
    try:
        installed.federation()
        installed.apollo()
    except CannotInstall:
        if installed.is_reachable():
            raise
        pytest.skip("npm's registry cannot be reached, and its packages are not installed yet")


@pytest.fixture(scope="session")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return subgraphs.contracts(tmp_path_factory.mktemp("contracts"))


@pytest.fixture(scope="session")
async def federated(contracts: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Graph]:
    async with graph.served(tmp_path_factory.mktemp("federation"), contracts) as served:
        yield served
