"""The servers of a federated graph: the exchange, a partner's subgraphs, and gateways before them."""

import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from scripts import node_packages
from tests.federation import installed
from tests.federation.started import Started, started
from tests.federation.subgraphs import PARTNERS
from tests.readme_exchange import CHECKOUT

# Gateways that hand tokens on and leave it to the subgraphs to look at them, and those that look at them themselves.
FORWARDING, ENFORCING = "forwarding", "enforcing"


@dataclass(frozen=True)
class Starting:
    """Where each server is to serve, and what has been started of them."""

    directory: Path
    urls: Mapping[str, str]
    stack: AsyncExitStack

    async def start(self, name: str, command: list[str], place: Path, ready: str = "/", **environment: str) -> Started:
        output = self.directory / f"{name}.log"
        server = started(command, place, self.urls[name], output=output, ready=ready, environment=environment)
        return await self.stack.enter_async_context(server)

    async def exchange(self, data: Path) -> Started:
        settings = {"LANTERN_DATA_DIRECTORY": str(data), "LANTERN_PORT": _port(self.urls["exchange"])}
        return await self.start("exchange", [sys.executable, "-m", "app.main"], CHECKOUT, "/health/ready", **settings)

    async def partner(self, name: str, client: str, **environment: str) -> Started:
        given = [_port(self.urls[name]), self.urls["exchange"], client]
        return await self.start(name, [sys.executable, "-m", PARTNERS[name], *given], CHECKOUT, **environment)

    async def gateway(self, way: str, place: Path, supergraph: Path) -> Started:
        node = [str(node_packages.node()), installed.GATEWAY, "supergraph", str(supergraph)]
        given = ["--config-path", f"{way}.config.mjs", "--host", "127.0.0.1", "--port", _port(self.urls[way])]
        return await self.start(way, [*node, *given], place, EXCHANGE=self.urls["exchange"])


def _port(url: str) -> str:
    return url.rpartition(":")[2]
