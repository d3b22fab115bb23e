"""The schemas of the subgraphs, and the federated graph, started once for all tests of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.federation import graph, subgraphs
from tests.federation.graph import Graph


@pytest.fixture(scope="session")
async def contracts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return await subgraphs.contracts(tmp_path_factory.mktemp("contracts"))


@pytest.fixture(scope="session")
async def federated(contracts: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Graph]:
    async with graph.served(tmp_path_factory.mktemp("federation"), contracts) as served:
        yield served
