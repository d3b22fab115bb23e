"""The federated graph, started once for all tests of it."""

from collections.abc import AsyncIterator

import pytest

from tests.federation import graph
from tests.federation.graph import Graph


@pytest.fixture(scope="session")
async def federated(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Graph]:
    async with graph.served(tmp_path_factory.mktemp("federation")) as served:
        yield served
