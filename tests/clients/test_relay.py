"""Relay's compiler takes our schema as it is, and what it makes of a partner's documents runs."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.exchange_client import Client, Refused
from tests.clients.node import ENDS_WITHIN, Node
from tests.clients.relay_compiler import Operations, compiled
from tests.flows.full_world import LABELS


@pytest.fixture(scope="module")
async def signals(principals: dict[str, Client]) -> list[str]:
    """The ids of what Alder shares."""
    drafts = [{"type": "DOMAIN", "value": f"site{number}.example", **LABELS} for number in range(3)]
    uploaded = await principals["alder"].ask(
        """mutation ($signals: [SignalDraftInput!]!) { uploadSignals(input: {signals: $signals}) {
            ... on UploadSignalsPayload { rows { signalId } } } }""",
        signals=drafts,
    )
    return [row["signalId"] for row in uploaded["rows"]]


def test_the_compiler_writes_every_operation(operations: Operations, evidence: Callable[[str], None]) -> None:
    evidence(f"relay-compiler wrote {len(operations)} operations: {', '.join(sorted(operations))}")
    assert operations.keys() == {
        "SignalListQuery",
        "SignalListPaginationQuery",
        "SignalCardQuery",
        "SignalCardRefetchQuery",
        "SignalCardOutcomeMutation",
        "SignalFeedSubscription",
    }


async def test_a_list_goes_on_from_where_its_page_ended(
    operations: Operations, principals: dict[str, Client], signals: list[str]
) -> None:
    birch, filter_ = principals["birch"], {"types": ["DOMAIN"]}
    page = await birch.ask(operations["SignalListQuery"].text, filter=filter_)
    after = page["pageInfo"]["endCursor"]
    rest = await birch.ask(operations["SignalListPaginationQuery"].text, filter=filter_, after=after)
    assert (len(page["edges"]), page["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (2, True, False)
    assert {edge["node"]["id"] for edge in page["edges"] + rest["edges"]} == set(signals)
    assert {edge["node"]["__typename"] for edge in rest["edges"]} == {"Signal"}


async def test_an_object_is_found_again_by_its_id_alone(
    operations: Operations, principals: dict[str, Client], signals: list[str]
) -> None:
    birch = principals["birch"]
    found = await birch.ask(operations["SignalCardQuery"].text, id=signals[0])
    again = await birch.ask(operations["SignalCardRefetchQuery"].text, id=signals[0], links=True, depth=2)
    bare = await birch.ask(operations["SignalCardRefetchQuery"].text, id=signals[0])
    assert found == again
    assert found == bare | {
        "network": {"truncated": False, "nodes": [{key: found[key] for key in ("id", "maskedValue")}]}
    }


async def test_a_mutation_tells_what_came_of_it_or_why_nothing_did(
    operations: Operations, principals: dict[str, Client], signals: list[str]
) -> None:
    birch, record = principals["birch"], operations["SignalCardOutcomeMutation"].text
    findings = [{"signalId": id, "verdict": "NO_MATCH"} for id in (signals[0], "sig_" + "0" * 32)]
    recorded = await birch.ask(record, input={"feedback": findings})
    assert [row["outcome"] for row in recorded["rows"]] == ["CREATED", "REJECTED"]
    assert recorded["rows"][0]["feedback"]["signal"]["id"] == signals[0]
    assert recorded["rows"][1]["problem"]["reason"] == "NOT_FOUND"
    with pytest.raises(Refused, match="BAD_USER_INPUT"):
        await birch.ask(record, input={"feedback": []})


async def test_a_subscription_goes_on_from_a_cursor(
    operations: Operations, principals: dict[str, Client], signals: list[str]
) -> None:
    birch = principals["birch"]
    begin = await birch.ask("{ changes { ... on ChangePage { startCursor } } }")
    body = {"query": operations["SignalFeedSubscription"].text, "variables": {"after": begin["startCursor"]}}
    headers = {"Authorization": f"Bearer {await birch.token()}", "Accept": "text/event-stream"}
    found: set[str] = set()
    stream = birch.http.stream("POST", "/graphql", json=body, headers=headers)
    async with asyncio.timeout(ENDS_WITHIN), stream as events:
        async for line in events.aiter_lines():
            page = json.loads(line.removeprefix("data: "))["data"]["signalChanged"] if line.startswith("data: ") else {}
            found |= {item["signal"]["id"] for item in page.get("items", [])}
            if found >= set(signals):
                break
    assert found == set(signals)


async def test_the_compiler_notices_a_field_that_is_not_there(scripts: Node, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no field `address`"):
        await compiled(scripts, tmp_path, "fragment More0_signal on Signal { address }")
