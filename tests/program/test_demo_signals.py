"""What the demo's participants share: all is taken and hangs together, and each sees what the rules let it see."""

from typing import Any

import httpx
import pytest

from app.rules.signal_types import SignalType
from app.services import demo_signals
from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session

SIGNALS = """{ signals(first: 100) { edges { node {
  id type maskedValue contributors { name } cases { id } feedbackSummary { opinion } } } } }"""


@pytest.fixture
async def shared(exchange: DemoExchange) -> DemoExchange:
    await demo_signals.share(exchange.database, exchange.keyring, exchange.credentials, exchange.clock())
    return exchange


async def seen_by(exchange: DemoExchange, http: httpx.AsyncClient, slug: str) -> list[dict[str, Any]]:
    found = await Session(http, exchange.client(slug)).ask(SIGNALS)
    return [edge["node"] for edge in found["edges"]]


async def test_alder_and_birch_share_signals_of_every_type(shared: DemoExchange, http: httpx.AsyncClient) -> None:
    seen = await seen_by(shared, http, "birch")
    assert {signal["type"] for signal in seen} == {type.value for type in SignalType}
    # 14 of Alder's, 16 of Birch's, 4 of them of both, and one for their group.
    assert len(seen) == 14 + 16 - 4 + 1
    names = [{who["name"] for who in signal["contributors"]} for signal in seen]
    assert sum(who == {"Alder", "Birch"} for who in names) == 4


async def test_all_links_are_taken_and_one_network_is_worth_drawing(
    shared: DemoExchange, http: httpx.AsyncClient
) -> None:
    birch = Session(http, shared.client("birch"))
    (match,) = await birch.ask(
        """{ matchSignals(values: [{type: HASH_PDQ,
             value: "84afa18d3c5590eb120f29ed67a139968efd7210e5227992b62fffcf83da3300"}]) {
             best { kind signal { network(depth: 3, limit: 100) { nodes { id } edges { id } } } } } }"""
    )
    assert match["best"]["kind"] == "PDQ"
    network = match["best"]["signal"]["network"]
    assert len(network["nodes"]) > 15
    assert len(network["edges"]) > 15
    all_links = await birch.ask("{ signals(first: 100) { edges { node { links { edges { node { id } } } } } } }")
    ids = {link["node"]["id"] for edge in all_links["edges"] for link in edge["node"]["links"]["edges"]}
    assert len(ids) == 12 + 15


async def test_what_is_for_a_group_is_seen_by_its_members_alone(shared: DemoExchange, http: httpx.AsyncClient) -> None:
    alder, cedar = [await seen_by(shared, http, slug) for slug in ("alder", "cedar")]
    hidden = {signal["id"] for signal in alder} - {signal["id"] for signal in cedar}
    assert len(hidden) == 1


async def test_a_case_and_opinions_are_there_for_its_members(shared: DemoExchange, http: httpx.AsyncClient) -> None:
    birch, cedar = [await seen_by(shared, http, slug) for slug in ("birch", "cedar")]
    assert sum(bool(signal["cases"]) for signal in birch) == 5
    assert not any(signal["cases"] for signal in cedar)
    opinions = {signal["feedbackSummary"]["opinion"] for signal in birch}
    assert opinions == {"INVESTIGATION_SEED", "CONFIRMED", "FALSE_POSITIVE"}


async def test_those_who_shared_read_what_came_of_it(shared: DemoExchange, http: httpx.AsyncClient) -> None:
    received = await Session(http, shared.client("alder")).ask("{ feedbackReceived { edges { node { verdict } } } }")
    assert len(received["edges"]) == 4
