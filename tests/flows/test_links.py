"""Links over HTTP: asserted, read from both ends, walked along and taken back (R3, R5)."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session

UPLOAD = """mutation ($input: UploadSignalsInput!) { uploadSignals(input: $input) {
    ... on UploadSignalsPayload { rows { signalId } } } }"""
LINK = """mutation ($input: LinkSignalsInput!) { linkSignals(input: $input) {
    __typename ... on Problem { code } ... on InvalidInput { field reason }
    ... on LinkSignalsPayload { rows { index outcome linkId problem { code field reason message } } } } }"""
UNLINK = """mutation ($input: UnlinkSignalsInput!) { unlinkSignals(input: $input) {
    ... on Problem { code } ... on UnlinkSignalsPayload { rows { index outcome } } } }"""
LINKS = """query ($id: ID!, $first: Int! = 50, $after: String, $relation: Relation) { signal(id: $id) {
    links(first: $first, after: $after, relation: $relation) {
        edges { node { id from { id } to { id } relation confidence createdAt assertedBy { slug } } }
        pageInfo { hasNextPage endCursor } } } }"""
NETWORK = """query ($id: ID!, $depth: Int!, $limit: Int!) { signal(id: $id) { network(depth: $depth, limit: $limit) {
    truncated nodes { id value } edges { id from { id } to { id } } } } }"""
NODE = "query ($id: ID!) { node(id: $id) { id ... on SignalLink { confidence } } }"


async def _shared(by: Session, count: int, groups: Sequence[str] | None = None) -> list[str]:
    """Signals with the values a, b, c …"""
    drafts = [
        {
            "type": "URL",
            "value": f"https://files.example/{'abcdefghij'[number]}",
            "violations": ["SEXTORTION_FINANCIAL"],
            "severity": "LOW",
            "confidence": 50,
            "audienceGroups": groups,
        }
        for number in range(count)
    ]
    payload = await by.ask(UPLOAD, input={"signals": drafts})
    return [row["signalId"] for row in payload["rows"]]


async def _linked(by: Session, *links: Any, relation: str = "SAME_INCIDENT", **said: Any) -> Any:
    drafts = [{"from": a, "to": b, "relation": relation, **said} for a, b in links]
    return await by.ask(LINK, input={"links": drafts})


async def test_a_link_is_asserted_read_from_both_ends_and_taken_back(alder: Session, birch: Session) -> None:
    a, b = await _shared(alder, 2)
    payload = await _linked(alder, (a, b), relation="REDIRECTS_TO", confidence=75)
    (row,) = payload["rows"]
    assert (row["index"], row["outcome"], row["problem"]) == (0, "CREATED", None)
    for end in (a, b):
        (edge,) = (await birch.ask(LINKS, id=end))["links"]["edges"]
        assert edge["node"] == {
            "id": row["linkId"],
            "from": {"id": a},
            "to": {"id": b},
            "relation": "REDIRECTS_TO",
            "confidence": 75,
            "createdAt": "2026-07-01T12:00:00+00:00",
            "assertedBy": {"slug": "alder"},
        }
    assert await birch.ask(NODE, id=row["linkId"]) == {"id": row["linkId"], "confidence": 75}
    assert await birch.ask(UNLINK, input={"linkIds": [row["linkId"]]}) == {
        "rows": [{"index": 0, "outcome": "NOT_FOUND"}]
    }
    assert await alder.ask(UNLINK, input={"linkIds": [row["linkId"]]}) == {"rows": [{"index": 0, "outcome": "REMOVED"}]}
    assert await birch.ask(NODE, id=row["linkId"]) is None


async def test_links_are_read_page_by_page_and_by_relation(alder: Session, birch: Session) -> None:
    hub, *leaves = await _shared(alder, 6)
    made = await _linked(alder, *[(hub, leaf) for leaf in leaves])
    (other,) = (await _linked(alder, (hub, leaves[0]), relation="HOSTED_AT"))["rows"]
    told, after = [], None
    for _ in range(3):
        page = (await birch.ask(LINKS, id=hub, first=2, after=after))["links"]
        told += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert not page["pageInfo"]["hasNextPage"]
    assert sorted(told) == sorted([row["linkId"] for row in made["rows"]] + [other["linkId"]])
    (edge,) = (await birch.ask(LINKS, id=hub, relation="HOSTED_AT"))["links"]["edges"]
    assert edge["node"]["id"] == other["linkId"]


async def test_links_at_many_signals_are_read_in_one_operation(alder: Session, birch: Session) -> None:
    hub, *leaves = await _shared(alder, 5)
    await _linked(alder, *[(hub, leaf) for leaf in leaves])
    document = "{ signals { edges { node { id links { edges { node { from { id } to { id } } } } } } } }"
    edges = (await birch.ask(document))["edges"]
    counts = {edge["node"]["id"]: len(edge["node"]["links"]["edges"]) for edge in edges}
    assert counts == {hub: 4} | dict.fromkeys(leaves, 1)


async def test_a_network_has_the_nearest_signals_and_the_links_among_them(alder: Session, birch: Session) -> None:
    a, b, c, d = await _shared(alder, 4)
    await _linked(alder, (a, b), (b, c), (c, d))
    found = (await birch.ask(NETWORK, id=a, depth=2, limit=10))["network"]
    assert [node["id"] for node in found["nodes"]] == [a, b, c]
    assert [{edge["from"]["id"], edge["to"]["id"]} for edge in found["edges"]] == [{a, b}, {b, c}]
    assert not found["truncated"]
    found = (await birch.ask(NETWORK, id=a, depth=3, limit=2))["network"]
    assert ([node["id"] for node in found["nodes"]], found["truncated"]) == ([a, b], True)


async def test_a_hidden_and_an_absent_end_get_the_same_bytes(
    exchange: DemoExchange, alder: Session, birch: Session, cedar: Session
) -> None:
    hidden, _ = await _shared(alder, 2, groups=[exchange.credentials.group_id])
    (own,) = await _shared(cedar, 1, groups=None)
    assert own == hidden, "the same value is the same signal, whoever shares it"
    (hidden_only,) = (await _shared(alder, 2, groups=[exchange.credentials.group_id]))[1:]
    absent = f"sig_{uuid4().hex}"
    told = [
        await _linked(cedar, (own, end)) for end in (hidden_only, absent, "sig_x", "no id", "\0", "con_" + "0" * 32)
    ]
    assert all(answer == told[0] for answer in told)
    (row,) = told[0]["rows"]
    assert row["linkId"] is None
    assert (row["problem"]["code"], row["problem"]["field"]) == ("NOT_FOUND", "to")


async def test_a_link_out_of_sight_is_as_absent_by_its_id(
    exchange: DemoExchange, alder: Session, birch: Session, cedar: Session
) -> None:
    a, b = await _shared(alder, 2, groups=[exchange.credentials.group_id])
    await _shared(cedar, 2)
    (row,) = (await _linked(alder, (a, b)))["rows"]
    assert await birch.ask(NODE, id=row["linkId"]) is not None
    assert await cedar.ask(NODE, id=row["linkId"]) is None
    assert (await cedar.ask(LINKS, id=a))["links"]["edges"] == []
    assert [node["id"] for node in (await cedar.ask(NETWORK, id=a, depth=3, limit=9))["network"]["nodes"]] == [a]
    gone = [await cedar.ask(UNLINK, input={"linkIds": [id]}) for id in (row["linkId"], f"lnk_{uuid4().hex}", "x")]
    assert gone[0] == gone[1] == gone[2]


async def test_a_call_sent_again_is_done_once_and_other_input_is_a_conflict(alder: Session) -> None:
    a, b, c = await _shared(alder, 3)
    link = {"from": a, "to": b, "relation": "SAME_CONTENT"}
    first = await alder.ask(LINK, input={"links": [link], "idempotencyKey": "k"})
    assert await alder.ask(LINK, input={"links": [link], "idempotencyKey": "k"}) == first
    other = await alder.ask(LINK, input={"links": [link | {"to": c}], "idempotencyKey": "k"})
    assert (other["__typename"], other["code"]) == ("Conflict", "CONFLICT")


@pytest.mark.parametrize("key", ["", "\0", "x" * 201])
async def test_an_idempotency_key_that_is_none_is_refused(alder: Session, key: str) -> None:
    a, b = await _shared(alder, 2)
    link = {"from": a, "to": b, "relation": "SAME_CONTENT"}
    answer = await alder.ask(LINK, input={"links": [link], "idempotencyKey": key})
    assert (answer["code"], answer["field"]) == ("BAD_USER_INPUT", "idempotencyKey")


async def test_an_empty_call_and_one_that_is_too_long_are_refused(alder: Session) -> None:
    assert (await alder.ask(LINK, input={"links": []}))["reason"] == "EMPTY"
    assert (await alder.ask(UNLINK, input={"linkIds": []}))["code"] == "BAD_USER_INPUT"
    link = {"from": "x", "to": "y", "relation": "SAME_ACTOR"}
    for answer in (
        await alder.send(LINK, input={"links": [link] * 1_001}),
        await alder.send(UNLINK, input={"linkIds": ["x"] * 1_001}),
    ):
        assert answer["errors"][0]["extensions"]["code"] == "TOO_MANY"


@pytest.mark.parametrize("asked", [(0, 10), (4, 10), (1, 0), (1, 501)])
async def test_a_network_beyond_its_limits_is_a_bad_input(alder: Session, asked: tuple[int, int]) -> None:
    (a,) = await _shared(alder, 1)
    answer = await alder.send(NETWORK, id=a, depth=asked[0], limit=asked[1])
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_operation_asks_for_a_few_networks(alder: Session) -> None:
    (a,) = await _shared(alder, 1)
    for many, refused in ((20, False), (21, True)):
        fields = " ".join(
            f"f{number}: network(depth: 1, limit: {number + 1}) {{ truncated }}" for number in range(many)
        )
        answer = await alder.send(f"query ($id: ID!) {{ signal(id: $id) {{ {fields} }} }}", id=a)
        assert ("errors" in answer) == refused
    assert answer["errors"][0]["extensions"]["code"] == "TOO_MANY"


async def test_an_operation_asks_for_so_many_links_and_no_more(alder: Session) -> None:
    await _shared(alder, 10)
    for many, refused in ((5, False), (6, True)):
        fields = " ".join(f"f{n}: links(first: {1_000 - n}) {{ edges {{ cursor }} }}" for n in range(many))
        answer = await alder.send(f"{{ signals {{ edges {{ node {{ {fields} }} }} }} }}")
        assert ("errors" in answer) == refused
    assert answer["errors"][0]["extensions"]["code"] == "TOO_MANY"


@pytest.mark.parametrize("field", ["links { edges { cursor } }", "network(depth: 1, limit: 1) { truncated }"])
async def test_without_the_scope_to_read_signals_nothing_of_links_is_read(alder: Session, field: str) -> None:
    (a,) = await _shared(alder, 1)
    alder.scope = "signals:write"
    answer = await alder.send(f"query ($id: ID!) {{ signal(id: $id) {{ {field} }} }}", id=a)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    link = await alder.send(NODE, id=f"lnk_{uuid4().hex}")
    assert link["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("document", [LINK, UNLINK])
async def test_without_the_scope_to_write_signals_nothing_is_linked_or_unlinked(alder: Session, document: str) -> None:
    alder.scope = "signals:read"
    given = {"links": [{"from": "x", "to": "y", "relation": "SAME_ACTOR"}]} if document == LINK else {"linkIds": ["x"]}
    answer = await alder.send(document, input=given)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
