"""Clients of GraphQL that others wrote: each asks, is refused in its own way, follows, and resumes where it was."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from gql import Client as GqlClient
from gql import GraphQLRequest
from gql.transport.exceptions import (
    TransportQueryError,
)
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from scripts.exchange_client import Client, Exchange
from tests.clients.node import Node
from tests.flows.full_world import LABELS

# How each shows that a token is forged, and that one has not the scope.
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "urql": ({"codes": ["UNAUTHENTICATED"], "status": 401}, {"codes": ["FORBIDDEN"], "status": 403}),
    "apollo": ({"codes": ["UNAUTHENTICATED"]}, {"codes": ["FORBIDDEN"]}),
    "graphql_ws": ({"closed": 4403}, {"codes": ["FORBIDDEN"]}),
}
Told = Callable[[str], Awaitable[Any]]
EMPTY = {"__typename": "InvalidInput", "code": "BAD_USER_INPUT", "field": "feedback", "reason": "EMPTY"}


@pytest.fixture(scope="module")
async def tokens(principals: dict[str, Client]) -> dict[str, str]:
    """Of Alder and Birch, and one of Birch's that only follows the feed."""
    birch = principals["birch"]
    poor = await birch.http.post(
        "/oauth/token",
        data={"grant_type": "client_credentials", "scope": "feed:read"},
        auth=(birch.credentials.client_id, birch.credentials.secret),
    )
    whole = {slug: await principals[slug].token() for slug in ("alder", "birch")}
    return whole | {"poor": poor.json()["access_token"]}


@pytest.fixture(scope="module")
def told(running: Exchange, scripts: Node, tokens: dict[str, str]) -> Told:
    """What a client's script tells of its story, which it plays once."""
    stories: dict[str, Any] = {}

    async def run(client: str) -> Any:
        if client not in stories:
            url = f"{running.url}/graphql"
            stories[client] = await scripts.run(f"{client}.mjs", name=named(client), url=url, tokens=tokens)
        return stories[client]

    return run


def named(client: str) -> str:
    """In names of hosts."""
    return client.replace("_", "-")


@pytest.mark.parametrize("client", sorted(REFUSED))
async def test_a_client_of_others_asks_is_refused_follows_and_resumes(told: Told, client: str) -> None:
    story, (forged, poor) = await told(client), REFUSED[client]
    assert story["asked"]["data"]["viewer"]["participant"]["slug"] == "birch"
    assert story["forged"] == forged
    assert story["withoutScope"] == poor
    assert story["invalid"]["data"]["recordFeedback"] == EMPTY
    assert story["live"]["values"] == [f"{named(client)}-live.example"]
    assert story["resumed"]["values"] == [f"{named(client)}-missed.example"]


async def test_urql_gets_queries_by_get_as_json_though_it_takes_events_too(told: Told) -> None:
    requests = (await told("urql"))["requests"]
    assert all("text/event-stream" in request["accept"] for request in requests)
    assert [request["method"] for request in requests] == ["GET"] * 3 + ["POST"] * 3


class Gql:
    """The Python library gql: queries over HTTP, subscriptions over a WebSocket."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def ask(self, token: str, document: str, **variables: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        transport = HTTPXAsyncTransport(self._url, headers=headers, trust_env=False)
        async with GqlClient(transport=transport) as session:
            return await session.execute(GraphQLRequest(document, variable_values=variables))

    async def values(self, token: str, after: str | None, until: str, first: Callable[[], Awaitable[Any]]) -> list[str]:
        """What comes, up to a value; the cursor behind it is kept as `cursor`. `first` is called when it follows."""
        transport = WebsocketsTransport(
            self._url.replace("http", "ws"),
            init_payload={"Authorization": f"Bearer {token}"},
            subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
            connect_args={"proxy": None},
        )
        found: list[str] = []
        async with GqlClient(transport=transport) as session:
            async for event in session.subscribe(GraphQLRequest(FOLLOW, variable_values={"after": after})):
                found += [item["signal"]["value"] for item in event["signalChanged"]["items"]]
                self.cursor = event["signalChanged"]["endCursor"]
                if until in found:
                    break
                await first()
        return found


async def nothing() -> None: ...


FOLLOW = """subscription ($after: String) { signalChanged(after: $after) {
    ... on ChangePage { endCursor items { signal { value } } } } }"""
UPLOAD = """mutation ($signals: [SignalDraftInput!]!) { uploadSignals(input: {signals: $signals}) {
    ... on UploadSignalsPayload { created } } }"""
RECORD = """mutation { recordFeedback(input: {feedback: []}) {
    __typename ... on InvalidInput { code field reason } } }"""


async def test_gql_asks_is_refused_follows_and_resumes(
    running: Exchange, principals: dict[str, Client], tokens: dict[str, str]
) -> None:
    client, birch = Gql(f"{running.url}/graphql"), tokens["birch"]

    async def share(value: str) -> None:
        await principals["alder"].ask(UPLOAD, signals=[{"type": "DOMAIN", "value": value, **LABELS}])

    assert await client.ask(birch, "{ viewer { participant { slug } } }") == {
        "viewer": {"participant": {"slug": "birch"}}
    }
    for token, code in (("forged", "UNAUTHENTICATED"), (tokens["poor"], "FORBIDDEN")):
        with pytest.raises(TransportQueryError) as refused:
            await client.ask(token, "{ cases { pageInfo { hasNextPage } } }")
        assert [error["extensions"]["code"] for error in refused.value.errors or []] == [code]
    assert (await client.ask(birch, RECORD))["recordFeedback"] == EMPTY

    live = await client.values(birch, None, "gql-live.example", partial(share, "gql-live.example"))
    await share("gql-missed.example")
    resumed = await client.values(birch, client.cursor, "gql-missed.example", nothing)
    assert (live, resumed) == (["gql-live.example"], ["gql-missed.example"])
