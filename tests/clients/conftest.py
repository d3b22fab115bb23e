"""One exchange in a process of its own, as others' software meets it, and Node with that software."""

from collections.abc import AsyncIterator, Iterator

import pytest

from scripts.exchange_client import Client, Exchange, connected, own_exchange
from tests.clients import node
from tests.clients.node import Node
from tests.clients.relay_compiler import Operations, compiled


@pytest.fixture(scope="module")
def running() -> Iterator[Exchange]:
    with own_exchange() as exchange:
        yield exchange


@pytest.fixture(scope="module")
async def principals(running: Exchange) -> AsyncIterator[dict[str, Client]]:
    """The demo's clients, by the last word of their participant's slug; each has every scope of its class."""
    async with connected(running) as clients:
        yield clients


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Node:
    return node.prepared(tmp_path_factory.mktemp("clients"))


@pytest.fixture(scope="session")
async def operations(scripts: Node, tmp_path_factory: pytest.TempPathFactory) -> Operations:
    """What Relay's compiler makes of a partner's documents."""
    return await compiled(scripts, tmp_path_factory.mktemp("relay"))
