"""graphql-transport-ws over real sockets: what the protocol asks for, and each reason for which a socket is closed."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.rules import limits
from app.web import asgi, socket
from tests.demo_exchange import ISSUER, DemoExchange
from tests.live_exchange import Client, LiveExchange, live
from tests.waiting import until_async

VIEWER = "{ viewer { participant { slug } } }"
FOLLOW = "subscription { signalChanged { __typename } }"
OTHER_PAGE = "https://pages.example"


@pytest.fixture
async def served(exchange: DemoExchange) -> AsyncIterator[LiveExchange]:
    async with live(exchange, asgi.Serving(allowed_origins=(OTHER_PAGE,))) as served:
        yield served


async def test_a_query_has_one_answer_and_a_mutation_too(served: LiveExchange) -> None:
    alder = await served.client("alder")
    await alder.subscribe(VIEWER, "q")
    assert await alder.event("q") == {"participant": {"slug": "alder"}}
    assert await alder.hear() == {"type": "complete", "id": "q"}
    await alder.subscribe("mutation ($i: OpenCaseInput!) { openCase(input: $i) { __typename } }", "m", i={"title": "A"})
    assert await alder.event("m") == {"__typename": "Case"}
    assert await alder.hear() == {"type": "complete", "id": "m"}


async def test_many_operations_share_a_socket_and_each_ends_by_itself(served: LiveExchange) -> None:
    alder = await served.client("alder")
    for id in ("a", "b"):
        await alder.subscribe(FOLLOW, id)
        assert await alder.event(id) == {"__typename": "ChangePage"}
    await alder.say(type="complete", id="a")
    await alder.subscribe(FOLLOW, "a")
    assert await alder.event("a") == {"__typename": "ChangePage"}


async def test_what_an_operation_cannot_do_ends_it_alone(served: LiveExchange) -> None:
    alder = await served.client("alder")
    wrong: dict[str, tuple[str, dict[str, Any]]] = {
        "GRAPHQL_PARSE_FAILED": ("{", {}),
        "GRAPHQL_VALIDATION_FAILED": ("{ nothing }", {}),
        "BAD_USER_INPUT": ('subscription { signalChanged(after: "wrong") { __typename } }', {}),
        "TOO_MANY": ("{ " + " ".join(f"a{n}: viewer {{ clientId }}" for n in range(60)) + " }", {}),
    }
    for code, (query, variables) in wrong.items():
        await alder.subscribe(query, code, **variables)
        message = await alder.hear()
        assert (message["type"], message["id"]) == ("error", code)
        assert {error["extensions"]["code"] for error in message["payload"]} == {code}
    await alder.subscribe("subscription ($a: [String!]) { signalChanged(after: $a) { __typename } }", "v", a=[])
    assert (await alder.hear())["type"] == "error"
    await alder.subscribe(VIEWER, "q")
    assert await alder.event("q") == {"participant": {"slug": "alder"}}


async def test_a_subscription_has_one_field(served: LiveExchange) -> None:
    alder = await served.client("alder")
    for query in (
        "subscription { a: signalChanged { __typename } b: signalChanged { __typename } }",
        "subscription { signalChanged @skip(if: true) { __typename } }",
    ):
        await alder.subscribe(query)
        assert (await alder.hear())["type"] == "error", query


async def test_pings_are_answered_before_and_after_the_beginning(served: LiveExchange) -> None:
    client = await served.socket()
    for begins in (True, False):
        await client.say(type="ping", payload={"any": "thing"})
        await client.say(type="pong")
        assert await client.hear() == {"type": "pong"}
        if begins:
            await client.begin(served.token("alder"))


@pytest.mark.parametrize("place", ["top", "lower", "headers", "request"])
async def test_the_token_comes_with_the_beginning_or_with_the_request(served: LiveExchange, place: str) -> None:
    bearer = f"Bearer {served.token('alder')}"
    payload = {
        "top": {"Authorization": bearer},
        "lower": {"authorization": bearer},
        "headers": {"headers": {"Authorization": bearer}},
        "request": {},
    }[place]
    client = await served.socket(additional_headers={"Authorization": bearer} if place == "request" else {})
    await client.say(type="connection_init", payload=payload)
    assert await client.hear() == {"type": "connection_ack"}


BAD = [
    {"type": "start", "id": "1"},
    {"type": "next", "id": "1"},
    {"id": "1"},
    {"type": ["subscribe"]},
    {"type": "subscribe", "payload": {"query": VIEWER}},
    {"type": "subscribe", "id": 1, "payload": {"query": VIEWER}},
    {"type": "subscribe", "id": "", "payload": {"query": VIEWER}},
    {"type": "subscribe", "id": "x" * 129, "payload": {"query": VIEWER}},
    {"type": "subscribe", "id": "1"},
    {"type": "subscribe", "id": "1", "payload": VIEWER},
    {"type": "subscribe", "id": "1", "payload": {"query": 1}},
    {"type": "subscribe", "id": "1", "payload": {"query": VIEWER, "variables": []}},
    {"type": "complete"},
    {"type": "connection_init", "payload": "token"},
]


@pytest.mark.parametrize("message", BAD)
async def test_what_is_no_message_closes_with_4400(served: LiveExchange, message: dict[str, Any]) -> None:
    client = await served.client("alder")
    await client.say(**message)
    code, reason = await client.closed()
    assert code == 4400
    assert reason


@pytest.mark.parametrize("sent", ["", "{", "[]", "1", b"{}", "\ud800".encode("utf-16", "surrogatepass")])
async def test_what_is_no_json_closes_with_4400(served: LiveExchange, sent: str | bytes) -> None:
    client = await served.client("alder")
    await client.socket.send(sent)
    assert (await client.closed())[0] == 4400


async def test_an_operation_before_the_beginning_closes_with_4401(served: LiveExchange) -> None:
    client = await served.socket()
    await client.subscribe(VIEWER)
    assert (await client.closed())[0] == 4401


@pytest.mark.parametrize("stated", [None, "", "Bearer", "Bearer forged", "Basic YTpi", 5])
async def test_without_a_good_token_it_closes_with_4403(served: LiveExchange, stated: Any) -> None:
    client = await served.socket()
    await client.say(type="connection_init", payload={} if stated is None else {"Authorization": stated})
    assert (await client.closed())[0] == 4403


async def test_a_client_of_a_legacy_protocol_or_of_none_is_closed_with_4406(served: LiveExchange) -> None:
    for subprotocol in (None, "graphql-ws"):
        client = await served.socket(subprotocol)
        assert (await client.closed())[0] == 4406


async def test_who_does_not_say_who_it_is_is_closed_with_4408(
    served: LiveExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SOCKET_INIT_SECONDS", 0.2)
    client = await served.socket()
    await client.say(type="ping")
    assert (await client.closed())[0] == 4408


async def test_an_id_in_use_closes_with_4409_and_one_that_is_done_does_not(served: LiveExchange) -> None:
    client = await served.client("alder")
    for _ in range(2):
        await client.subscribe(VIEWER)
        assert [(await client.hear())["type"] for _ in range(2)] == ["next", "complete"]
    for _ in range(2):
        await client.subscribe(FOLLOW)
    assert (await client.closed())[0] == 4409


async def test_a_second_beginning_closes_with_4429(served: LiveExchange) -> None:
    client = await served.client("alder")
    await client.say(type="connection_init", payload={"Authorization": f"Bearer {served.token('alder')}"})
    assert (await client.closed())[0] == 4429


async def test_a_socket_ends_with_its_token(served: LiveExchange) -> None:
    token = served.token("alder")
    served.exchange.clock.forward(seconds=596)
    client = await served.socket()
    await client.begin(token)
    await client.subscribe(FOLLOW)
    await client.event()
    assert await client.closed() == (
        4403,
        "Forbidden: the access token has expired, connect again with a new one.",
    )


async def test_a_socket_on_which_nothing_runs_is_closed(served: LiveExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "_MIND_SECONDS", 0.1)
    busy, idle = await served.client("alder"), await served.client("alder")
    await busy.subscribe(FOLLOW)
    await busy.event()
    monkeypatch.setattr(limits, "SOCKET_IDLE_SECONDS", 0.2)
    assert (await idle.closed())[0] == 1000
    await busy.say(type="ping")
    assert await busy.hear() == {"type": "pong"}


@pytest.mark.parametrize("origin", [None, ISSUER, OTHER_PAGE])
async def test_its_own_pages_and_those_that_are_allowed_may_connect(served: LiveExchange, origin: str | None) -> None:
    client = await served.socket(origin=origin)
    await client.begin(served.token("alder"))


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9", f"{OTHER_PAGE}.evil.example"])
async def test_a_page_of_another_origin_is_refused(served: LiveExchange, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await served.socket(origin=origin)
    assert refused.value.response.status_code == 403
    assert b"FORBIDDEN" in (refused.value.response.body or b"")


async def test_an_address_has_so_many_sockets_that_have_not_said_who_they_are(served: LiveExchange) -> None:
    clients = [await served.socket() for _ in range(limits.MAX_NEW_SOCKETS)]
    with pytest.raises(InvalidStatus) as refused:
        await served.socket()
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "5"
    await clients[0].begin(served.token("alder"))
    await (await served.socket()).begin(served.token("alder"))


async def test_a_client_has_so_many_sockets(served: LiveExchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CLIENT_STREAMS", 3)
    clients = [await served.client("alder") for _ in range(3)]
    assert not await is_let_in(served)
    await served.client("birch")
    await clients[0].socket.close()
    # The server has yet to hear that one has gone.
    await until_async(lambda: is_let_in(served))


async def is_let_in(served: LiveExchange) -> bool:
    client = await served.socket()
    await client.say(type="connection_init", payload={"Authorization": f"Bearer {served.token('alder')}"})
    with suppress(ConnectionClosed):
        return bool((await client.hear())["type"] == "connection_ack")
    assert client.socket.close_code == 1013
    return False


async def test_a_flood_of_operations_is_refused_one_by_one(served: LiveExchange) -> None:
    client = await served.client("alder")
    for number in range(limits.MAX_SOCKET_OPERATIONS + 20):
        await client.subscribe(FOLLOW, str(number))
    heard = [await client.hear() for _ in range(limits.MAX_SOCKET_OPERATIONS + 20)]
    refused = [message for message in heard if message["type"] == "error"]
    assert len(refused) == 20
    assert {message["payload"][0]["extensions"]["code"] for message in refused} == {"TOO_MANY"}


async def test_a_message_that_is_too_large_closes_the_socket(served: LiveExchange) -> None:
    client = await served.client("alder")
    with suppress(ConnectionClosed):
        await client.socket.send("x" * (limits.MAX_MESSAGE_BYTES + 1))
    assert (await client.closed())[0] == 1009


async def test_before_the_beginning_messages_are_small(served: LiveExchange) -> None:
    client = await served.socket()
    await client.say(type="connection_init", payload={"about": "x" * limits.MAX_HEAD_BYTES})
    assert (await client.closed())[0] == 4400


async def test_other_paths_have_no_sockets(served: LiveExchange) -> None:
    served.address += "/elsewhere"
    with pytest.raises(InvalidStatus) as refused:
        await served.socket()
    assert refused.value.response.status_code == 404


async def test_nothing_is_told_to_a_token_without_the_scope(served: LiveExchange) -> None:
    client: Client = await served.socket()
    await client.begin(served.token("alder", without="feed:read"))
    await client.subscribe(FOLLOW)
    message = await client.hear()
    assert message["type"] == "error"
    assert message["payload"][0]["message"] == "Subscription.signalChanged needs the scope feed:read."
