"""A client that others wrote follows the exchange over a WebSocket: the Python library gql."""

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport

from tests.feed.world import Program, draft
from tests.live_exchange import LiveExchange
from tests.subscriptions.test_signal_changed import CHANGED


def transport(served: LiveExchange, token: str) -> WebsocketsTransport:
    payload = {"Authorization": f"Bearer {token}"}
    protocols = [WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL]
    url = f"ws://{served.address}/graphql"
    return WebsocketsTransport(url=url, init_payload=payload, subprotocols=protocols, connect_args={"proxy": None})


async def test_gql_asks_is_refused_and_follows(program: Program, served: LiveExchange) -> None:
    async with Client(transport=transport(served, served.token("birch"))) as birch:
        assert await birch.execute(gql("{ viewer { participant { slug } } }")) == {
            "viewer": {"participant": {"slug": "birch"}}
        }
        with pytest.raises(TransportQueryError, match="This cursor is not one of this list"):
            await anext(birch.subscribe(gql('subscription { signalChanged(after: "x") { __typename } }')))
        values = []
        async for event in birch.subscribe(gql(CHANGED)):
            values += [item["signal"]["value"] for item in event["signalChanged"]["items"]]
            if values:
                break
            await program.share("alder", draft("foreign"))
            await program.sequence()
    assert values == ["foreign.example"]
