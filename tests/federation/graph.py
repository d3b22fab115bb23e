"""The whole of it as processes: the exchange, the subgraph of a partner, Cedar, and gateways before the two."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from scripts import node_packages
from tests.federation import installed, subgraphs
from tests.federation.started import Started, started
from tests.ports import free_port
from tests.readme_exchange import CHECKOUT

# Hands tokens on and leaves it to the subgraphs to look at them; or looks at them itself.
FORWARDING, ENFORCING = "forwarding", "enforcing"
UPLOAD = """mutation ($input: UploadSignalsInput!) {
  uploadSignals(input: $input) { ... on UploadSignalsPayload { rows { signalId } } ... on Problem { code } } }"""


@dataclass(frozen=True)
class Graph:
    """`gateways` by their way; `known` holds the clients of the demo as its file names them."""

    exchange: Started
    partner: Started
    gateways: dict[str, Started]
    known: dict[str, str]
    http: httpx.AsyncClient

    async def token(self, who: str, scope: str = "") -> str:
        """Of the demo's client of this participant, with all its scopes unless some are named."""
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        auth = (self.known[f"{who}_CLIENT"], self.known[f"{who}_SECRET"])
        answer = await self.http.post(f"{self.exchange.url}/oauth/token", data=form, auth=auth)
        return str(answer.raise_for_status().json()["access_token"])

    async def ask(self, gateway: str, token: str | None, document: str, **variables: Any) -> dict[str, Any]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        body = {"query": document, "variables": variables}
        url = f"{self.gateways[gateway].url}/graphql"
        answer: dict[str, Any] = (await self.http.post(url, json=body, headers=headers)).json()
        return answer

    async def upload(self, who: str, *values: str, **more: Any) -> list[str]:
        """The ids of signals with these addresses, sent through a gateway as everything else."""
        labels = {"violations": ["SEXTORTION_FINANCIAL"], "severity": "HIGH", "confidence": 80}
        drafts = [{"type": "EMAIL_ADDRESS", "value": value, **labels, **more} for value in values]
        answer = await self.ask(FORWARDING, await self.token(who), UPLOAD, input={"signals": drafts})
        return [row["signalId"] for row in answer["data"]["uploadSignals"]["rows"]]

    async def requests(self) -> int:
        """How many the exchange has answered at its endpoint. A line of its log may come just after its answer."""
        marker = str(uuid4())
        await self.http.get(f"{self.exchange.url}/health/live", headers={"X-Request-Id": marker})
        for _ in range(600):
            logged = self.exchange.output.read_text()
            if marker in logged:
                return logged.count('"route":"/graphql"')
            await asyncio.sleep(0.05)
        raise AssertionError("the exchange did not log a request")


@asynccontextmanager
async def served(directory: Path) -> AsyncIterator[Graph]:
    place, data = installed.federation(), directory / "data"
    urls = {name: f"http://127.0.0.1:{free_port()}" for name in ("exchange", "partner", FORWARDING, ENFORCING)}
    asked = {"LANTERN_DATA_DIRECTORY": str(data), "LANTERN_PORT": _port(urls["exchange"])}
    schemas = {"exchange": subgraphs.CONTRACT, "partner": await subgraphs.printed(directory)}
    where = {name: (f"{urls[name]}/graphql", schema) for name, schema in schemas.items()}
    composed = await subgraphs.compose(place, subgraphs.GUILD, directory, where)
    async with AsyncExitStack() as stack:

        async def start(name: str, command: list[str], place: Path, ready: str = "/", **environment: str) -> Started:
            output = directory / f"{name}.log"
            server = started(command, place, urls[name], output=output, ready=ready, environment=environment)
            return await stack.enter_async_context(server)

        exchange = await start("exchange", [sys.executable, "-m", "app.main"], CHECKOUT, "/health/ready", **asked)
        known = _known(data / "demo.env")
        theirs = [_port(urls["partner"]), urls["exchange"], known["CEDAR_CLIENT"]]
        partner = await start("partner", [sys.executable, "-m", "tests.partner.subgraph", *theirs], CHECKOUT)
        gateways = {
            name: await start(name, _gateway(name, composed.file, urls[name]), place, EXCHANGE=urls["exchange"])
            for name in (FORWARDING, ENFORCING)
        }
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
        yield Graph(exchange, partner, gateways, known, http)


def _gateway(name: str, supergraph: Path, url: str) -> list[str]:
    node = [str(node_packages.node()), installed.GATEWAY, "supergraph", str(supergraph)]
    return [*node, "--config-path", f"{name}.config.mjs", "--host", "127.0.0.1", "--port", _port(url)]


def _port(url: str) -> str:
    return url.rpartition(":")[2]


def _known(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line and line[0] != "#")
