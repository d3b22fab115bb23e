"""A real gateway before the exchange and a partner's subgraph: what it joins, and who is refused where."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.federation.graph import Graph
from tests.federation.starting import ENFORCING, FORWARDING

BOTH = pytest.mark.parametrize("gateway", [FORWARDING, ENFORCING])
WATCH = """mutation ($signal: ID!) {
  watchSignal(signalId: $signal, contact: "alder", note: "Seen in a report.") {
    signal { id localNote maskedValue severity } contact { name } } }"""
WATCHLIST = "{ watchlist { signal { id localNote maskedValue } contact { name } } }"
SIGNAL = "query ($id: ID!) { signal(id: $id) { maskedValue } }"
SIGNALS = "{ signals(first: 20) { edges { node { id maskedValue localMatches localNote } } } }"


async def watched(graph: Graph, signal: str, gateway: str = FORWARDING) -> dict[str, object]:
    answer = await graph.ask(gateway, await graph.token("CEDAR"), WATCH, signal=signal)
    found: dict[str, object] = answer["data"]["watchSignal"]
    return found


@BOTH
async def test_a_mutation_at_the_partner_answers_with_what_the_exchange_knows(federated: Graph, gateway: str) -> None:
    (signal,) = await federated.upload("ALDER", f"{gateway}-mutation@mail.example")
    assert await watched(federated, signal, gateway) == {
        "signal": {
            "id": signal,
            "localNote": "Seen in a report.",
            "maskedValue": f"{gateway[0]}***@m***.example",
            "severity": "HIGH",
        },
        "contact": {"name": "Alder"},
    }


@BOTH
async def test_a_list_of_the_partners_asks_the_exchange_once(federated: Graph, gateway: str) -> None:
    signals = await federated.upload("ALDER", *(f"{gateway}-list-{n}@mail.example" for n in range(5)))
    for signal in signals:
        await watched(federated, signal)
    token, before = await federated.token("CEDAR"), len(await federated.requests())
    answer = await federated.ask(gateway, token, WATCHLIST)
    shown = [item["signal"] for item in answer["data"]["watchlist"]]
    assert {one["id"] for one in shown if one["maskedValue"] and one["localNote"]} >= set(signals)
    assert len(await federated.requests()) - before == 1


@BOTH
async def test_a_list_of_the_exchange_shows_what_the_partner_adds(federated: Graph, gateway: str) -> None:
    (signal,) = await federated.upload("ALDER", f"{gateway}-added@mail.example")
    await watched(federated, signal)
    answer = await federated.ask(gateway, await federated.token("CEDAR"), SIGNALS)
    shown = {edge["node"]["id"]: edge["node"] for edge in answer["data"]["signals"]["edges"]}
    assert shown[signal]["localNote"] == "Seen in a report."
    assert shown[signal]["localMatches"] == 0


@BOTH
async def test_what_the_exchange_hides_is_null_across_the_graph(federated: Graph, gateway: str) -> None:
    """Cedar holds the id of a signal that Alder shares with a group of which Cedar is no member."""
    group = federated.known["PAYMENTS_WATCH_GROUP"]
    (hidden,) = await federated.upload("ALDER", f"{gateway}-hidden@mail.example", audienceGroups=[group])
    (open_to_all,) = await federated.upload("ALDER", f"{gateway}-open@mail.example")
    assert (await federated.ask(gateway, await federated.token("BIRCH"), SIGNAL, id=hidden))["data"]["signal"]
    token = await federated.token("CEDAR")
    to_hidden, to_absent, _ = [
        await federated.ask(gateway, token, WATCH, signal=signal)
        for signal in (hidden, f"sig_{uuid4().hex}", open_to_all)
    ]
    assert to_hidden["data"]["watchSignal"] == {"signal": None, "contact": {"name": "Alder"}}
    assert to_hidden == to_absent
    listed = (await federated.ask(gateway, token, WATCHLIST))["data"]["watchlist"]
    assert open_to_all in {item["signal"]["id"] for item in listed if item["signal"]}
    assert hidden not in str(listed)


@BOTH
async def test_without_its_scope_nothing_of_a_signal_is_shown(federated: Graph, gateway: str) -> None:
    """Where the gateway does not refuse, the exchange does so by itself."""
    (signal,) = await federated.upload("ALDER", f"{gateway}-scope@mail.example")
    await watched(federated, signal)
    before = len(await federated.requests())
    answer = await federated.ask(gateway, await federated.token("CEDAR", "participants:read"), WATCHLIST)
    assert answer["errors"]
    assert not any(item["signal"] for item in (answer["data"] or {"watchlist": []})["watchlist"])
    assert "mail.example" not in str(answer)
    codes = [line.get("codes") for line in (await federated.requests())[before:]]
    assert codes == {FORWARDING: [["FORBIDDEN"]], ENFORCING: []}[gateway]


async def test_a_gateway_that_enforces_refuses_before_the_exchange_is_asked(federated: Graph) -> None:
    token = await federated.token("CEDAR", "participants:read")
    for gateway, asked in ((ENFORCING, 0), (FORWARDING, 1)):
        before = len(await federated.requests())
        answer = await federated.ask(gateway, token, SIGNALS)
        assert answer["errors"]
        assert not (answer["data"] or {}).get("signals")
        assert len(await federated.requests()) - before == asked


@BOTH
@pytest.mark.parametrize("document", [SIGNALS, WATCHLIST])
@pytest.mark.parametrize("token", [None, "no.token.atall"])
async def test_nobody_gets_an_answer_without_a_token(
    federated: Graph, gateway: str, token: str | None, document: str
) -> None:
    answer = await federated.ask(gateway, token, document)
    assert answer.get("data") is None
    assert answer["errors"]


@BOTH
async def test_a_token_that_was_changed_is_refused(federated: Graph, gateway: str) -> None:
    token = await federated.token("CEDAR")
    answer = await federated.ask(gateway, f"{token[:-8]}AAAAAAAA", SIGNALS)
    assert answer.get("data") is None
    assert answer["errors"]


@BOTH
async def test_another_participant_reads_the_exchange_but_not_what_the_partner_keeps(
    federated: Graph, gateway: str
) -> None:
    token = await federated.token("BIRCH")
    assert "errors" not in await federated.ask(gateway, token, "{ signals(first: 1) { edges { node { id } } } }")
    answer = await federated.ask(gateway, token, WATCHLIST)
    assert not answer["data"]
    assert {error["message"] for error in answer["errors"]} == {"This needs a token of one of our own clients."}


FOLLOW = """subscription { signalChanged { ... on ChangePage { items {
  signal { id severity localNote localAccounts } } } } }"""


@BOTH
async def test_a_subscription_joins_what_changes_with_what_the_partner_keeps(federated: Graph, gateway: str) -> None:
    """By server-sent events between gateway and exchange, and over WebSockets, as the two are configured."""
    address = f"{gateway}-followed@mail.example"
    async with federated.follow(gateway, await federated.token("CEDAR"), FOLLOW) as events:
        assert (await anext(events))["data"]["signalChanged"]["items"] == []
        (signal,) = await federated.upload("ALDER", address)
        first = {"id": signal, "severity": "HIGH", "localNote": None, "localAccounts": []}
        assert await told(events, signal) == first
        await watched(federated, signal)
        await federated.upload("ALDER", address, severity="MEDIUM")
        assert await told(events, signal) == first | {"severity": "MEDIUM", "localNote": "Seen in a report."}
    await federated.logged(**{FORWARDING: {"operation": "subscription"}, ENFORCING: {"event": "socket"}}[gateway])


@BOTH
async def test_a_subscription_needs_its_scope(federated: Graph, gateway: str) -> None:
    for token in (await federated.token("CEDAR", "signals:read signals:match"), None, "no.token.atall"):
        async with federated.follow(gateway, token, FOLLOW) as events:
            said = [event async for event in events]
        assert all(not event.get("data") for event in said)
        assert any(event.get("errors") for event in said)


async def told(events: AsyncIterator[Any], signal: str) -> Any:
    """The next that is said about a signal."""
    async with asyncio.timeout(60):
        async for event in events:
            for item in event["data"]["signalChanged"]["items"]:
                if item["signal"] and item["signal"]["id"] == signal:
                    return item["signal"]
    raise AssertionError("the stream ended")


ACCOUNTS = "{ accounts { handle signal { severity maskedValue contributors { slug } } } }"


@BOTH
async def test_a_partners_accounts_are_joined_by_its_own_match_tags(federated: Graph, gateway: str) -> None:
    """In both directions, and without any address that the exchange did not have."""
    await federated.upload("ALDER", "jane.doe@mail.example")
    token = await federated.token("CEDAR")
    known = {"severity": "HIGH", "maskedValue": "j***@m***.example", "contributors": [{"slug": "alder"}]}
    accounts = await until(federated, gateway, ACCOUNTS, lambda data: data["accounts"][0]["signal"])
    assert {account["handle"]: account["signal"] for account in accounts["accounts"]} == {
        "jd": known,
        "jdoe": known,
        "mx": None,
    }
    listed = await federated.ask(
        gateway, token, "{ signals(first: 50) { edges { node { maskedValue localAccounts } } } }"
    )
    shown = [edge["node"] for edge in listed["data"]["signals"]["edges"]]
    assert {"maskedValue": "j***@m***.example", "localAccounts": ["jd", "jdoe"]} in shown
    assert sum(bool(one["localAccounts"]) for one in shown) == 1


@BOTH
async def test_who_may_not_match_joins_nothing_by_tags(federated: Graph, gateway: str) -> None:
    await federated.upload("ALDER", "jane.doe@mail.example")
    token = await federated.token("CEDAR", "signals:read participants:read")
    answer = await federated.ask(gateway, token, ACCOUNTS)
    assert [account["signal"] for account in answer["data"]["accounts"]] == [None, None, None]
    assert answer["errors"]


async def until(graph: Graph, gateway: str, document: str, holds: Callable[[Any], object]) -> Any:
    """What is answered once the feed has come so far."""
    for _ in range(100):
        answer = await graph.ask(gateway, await graph.token("CEDAR"), document)
        if holds(answer["data"]):
            return answer["data"]
        await asyncio.sleep(0.1)
    raise AssertionError(answer)
