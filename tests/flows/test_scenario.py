"""The small scenario over HTTP: real data, imported twice, withdrawn and fed back, compared with its stated truth."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from app.store.database_urls import DatabaseUrls
from app.web import asgi, server
from app.worker import jobs
from scripts.exchange_client import Credentials, Exchange, connected
from scripts.scenario import row_counts
from scripts.scenario_play import Play, play
from scripts.scenario_truth import SCENARIO, Truth
from tests.demo_exchange import DemoExchange, opened

needs_data = pytest.mark.skipif(not SCENARIO.exists(), reason="the scenario's files are not in ../shared/data")


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def on_loopback(demo: DemoExchange) -> AsyncIterator[Exchange]:
    """The exchange as a process serves it: over a socket, with its jobs and a clock that goes on."""
    with server.listener("127.0.0.1", 0) as listener:
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        application = asgi.build(demo.database, demo.keyring, url, now)
        async with jobs.running(demo.urls.worker, now):
            answering = asyncio.create_task(server.answer(application, listener))
            clients = demo.credentials.clients.items()
            try:
                yield Exchange(url, {slug: Credentials(one.client_id, one.client_secret) for slug, one in clients})
            finally:
                answering.cancel()
                await asyncio.wait([answering])


@needs_data
async def test_the_exchange_ends_as_the_scenario_says(emptied: DatabaseUrls) -> None:
    async def counts() -> Mapping[str, int]:
        return await row_counts(emptied.owner)

    async with opened(emptied) as demo, on_loopback(demo) as exchange, connected(exchange) as clients:
        comparisons = await play(clients, counts)
    assert len(comparisons) > 50
    assert [one for one in comparisons if not one.holds] == []


@needs_data
@pytest.mark.parametrize("got", [{1: "a", 2: "c"}, {1: "a"}, {1: "a", 2: "b", 3: "c"}])
def test_a_difference_in_one_of_many_is_found(got: dict[int, str]) -> None:
    run = Play(Truth(), {}, None)
    run.compare_all("act", "letters", {1: "a", 2: "b"}, got)
    assert not run.comparisons[0].holds
