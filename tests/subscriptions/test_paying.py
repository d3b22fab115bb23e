"""What following costs: each read is paid for before it is made, whether or not it finds anything to tell."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.rules.limits import SAVED_SECONDS
from app.web import asgi
from tests.feed.world import Program, draft
from tests.live_exchange import Client, LiveExchange, live

PER_SECOND = 1_000
WHOLE = PER_SECOND * SAVED_SECONDS
FOLLOW = """subscription ($filter: ChangeFilterInput) { signalChanged(filter: $filter) {
    ... on ChangePage { items { signalId } } } }"""
OTHERS = {"types": ["URL"]}


@pytest.fixture
async def served(program: Program, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LiveExchange]:
    # The clock stands still, so no budget fills up.
    monkeypatch.setattr(program.clock, "forward", lambda **_: None)
    async with live(program.exchange, asgi.Serving(cost_per_second=PER_SECOND)) as served:
        yield served


async def cost(client: Client) -> dict[str, Any]:
    """Of the answer that comes next."""
    told: dict[str, Any] = (await client.hear())["payload"]["extensions"]["cost"]
    return told


async def left(client: Client) -> int:
    await client.subscribe("{ viewer { clientId } }", "left")
    told = await cost(client)
    assert (await client.hear())["type"] == "complete"
    return int(told["throttleStatus"]["currentlyAvailable"])


async def share(program: Program, host: str) -> None:
    await program.share("alder", draft(host))
    await program.sequence()


async def test_each_event_is_paid_for(program: Program, served: LiveExchange) -> None:
    birch = await served.client("birch")
    await birch.subscribe(FOLLOW)
    told = [await cost(birch)]
    for host in ("one", "two"):
        await share(program, host)
        told.append(await cost(birch))
    (price,) = {one["requestedQueryCost"] for one in told}
    spent = [WHOLE - one["throttleStatus"]["currentlyAvailable"] for one in told]
    assert spent == [price, 2 * price, 3 * price]


async def test_reading_what_a_filter_rules_out_is_paid_for_too(program: Program, served: LiveExchange) -> None:
    """Else thousands of operations that tell nothing would each read at every change, for nothing."""
    birch = await served.client("birch")
    await birch.subscribe(FOLLOW, filter=OTHERS)
    price = (await cost(birch))["requestedQueryCost"]
    before = await left(birch)
    for host in ("one", "two"):
        await share(program, host)
        assert await birch.silence()
    assert before - await left(birch) > 2 * price
