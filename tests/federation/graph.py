"""A federated graph of the demo exchange and the subgraphs of a partner, Cedar; and who asks there."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson

from scripts.exchange_client import free_port, read_settings
from tests.federation import installed, subgraphs
from tests.federation.started import Started
from tests.federation.starting import ENFORCING, FORWARDING, Starting
from tests.federation.subgraphs import GUILD

UPLOAD = """mutation ($input: UploadSignalsInput!) {
  uploadSignals(input: $input) { ... on UploadSignalsPayload { rows { signalId } } ... on Problem { code } } }"""

ISSUE = "mutation { issueMatchKey { ... on IssueMatchKeyPayload { epoch normaliserVersion key } } }"


@dataclass(frozen=True)
class Graph:
    """`gateways` by their way; `data` is the directory of the exchange."""

    exchange: Started
    gateways: dict[str, Started]
    data: Path
    http: httpx.AsyncClient

    @property
    def known(self) -> dict[str, str]:
        """The clients of the demo, as its file names them."""
        return read_settings(self.data / "demo.env")

    async def token(self, who: str, scope: str = "") -> str:
        """Of the demo's client of this participant, with all its scopes unless some are named."""
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        auth = (self.known[f"{who}_CLIENT"], self.known[f"{who}_SECRET"])
        answer = await self.http.post(f"{self.exchange.url}/oauth/token", data=form, auth=auth)
        return str(answer.raise_for_status().json()["access_token"])

    async def ask(self, gateway: str, token: str | None, document: str, **variables: Any) -> dict[str, Any]:
        return await self._post(self.gateways[gateway].url, token, document, variables)

    async def _post(
        self, server: str, token: str | None, document: str, variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        body = {"query": document, "variables": variables}
        answer: dict[str, Any] = (await self.http.post(f"{server}/graphql", json=body, headers=headers)).json()
        return answer

    @asynccontextmanager
    async def follow(self, gateway: str, token: str | None, document: str) -> AsyncIterator[AsyncIterator[Any]]:
        """The events of a subscription, as the gateway sends them."""
        headers = {"Accept": "text/event-stream"} | ({} if token is None else {"Authorization": f"Bearer {token}"})
        url = f"{self.gateways[gateway].url}/graphql"
        async with self.http.stream("POST", url, json={"query": document}, headers=headers) as answer:
            yield _events(answer)

    async def match_key(self, who: str) -> str:
        """A new one, asked of the exchange itself, as a partner's subgraph takes it."""
        answer = await self._post(self.exchange.url, await self.token(who), ISSUE, {})
        issued = answer["data"]["issueMatchKey"]
        return f"{issued['epoch']}:{issued['normaliserVersion']}:{issued['key']}"

    async def upload(self, who: str, *values: str, **more: Any) -> list[str]:
        """The ids of signals with these addresses, sent through a gateway as everything else."""
        labels = {"violations": ["SEXTORTION_FINANCIAL"], "severity": "HIGH", "confidence": 80}
        drafts = [{"type": "EMAIL_ADDRESS", "value": value} | labels | more for value in values]
        answer = await self.ask(FORWARDING, await self.token(who), UPLOAD, input={"signals": drafts})
        return [row["signalId"] for row in answer["data"]["uploadSignals"]["rows"]]

    async def requests(self) -> list[dict[str, Any]]:
        """What the exchange logged of its endpoint so far. A line may come just after the answer that it is about."""
        marker = str(uuid4())
        await self.http.get(f"{self.exchange.url}/health/live", headers={"X-Request-Id": marker})
        return [line for line in await self.logged(request_id=marker) if line.get("route") == "/graphql"]

    async def logged(self, **awaited: str) -> list[dict[str, Any]]:
        """All lines of the exchange's log, once one says this."""
        for _ in range(600):
            written = self.exchange.output.read_text()
            lines = [orjson.loads(line) for line in written.splitlines(keepends=True) if line.endswith("}\n")]
            if any(all(line.get(name) == said for name, said in awaited.items()) for line in lines):
                return lines
            await asyncio.sleep(0.05)
        raise AssertionError(f"the exchange did not log {awaited}")


@asynccontextmanager
async def served(directory: Path, contracts: Mapping[str, Path]) -> AsyncIterator[Graph]:
    place, data = installed.federation(), directory / "data"
    urls = {name: f"http://127.0.0.1:{free_port()}" for name in (*contracts, FORWARDING, ENFORCING)}
    where = {name: (f"{urls[name]}/graphql", schema) for name, schema in contracts.items()}
    async with AsyncExitStack() as stack, httpx.AsyncClient(timeout=60) as http:
        starting = Starting(directory, urls, stack)
        composed = await subgraphs.compose(place, GUILD, directory, where)
        exchange = await starting.exchange(data)
        graph = Graph(exchange, {}, data, http)
        cedar, key = graph.known["CEDAR_CLIENT"], await graph.match_key("CEDAR")
        async with asyncio.TaskGroup() as group:
            group.create_task(starting.partner("partner", cedar))
            group.create_task(starting.partner("accounts", cedar, MATCH_KEY=key))
            gateways = {
                way: group.create_task(starting.gateway(way, place, composed.file)) for way in (FORWARDING, ENFORCING)
            }
        graph.gateways.update({way: task.result() for way, task in gateways.items()})
        yield graph


async def _events(answer: httpx.Response) -> AsyncIterator[Any]:
    async for line in answer.aiter_lines():
        if line.startswith("data:") and line != "data:":
            yield orjson.loads(line.removeprefix("data:"))
