"""Who may read the schema: outside development it takes a scope; in development a token is enough."""

import pytest

from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session, served

READING = ["{ __schema { queryType { name } } }", '{ __type(name: "Signal") { name } }', "{ _service { sdl } }"]


@pytest.mark.parametrize("text", READING)
async def test_the_schema_takes_a_scope_outside_development(exchange: DemoExchange, text: str) -> None:
    for development, is_refused in ((False, True), (True, False)):
        async with served(exchange, development=development) as http:
            answer = await Session(http, exchange.client("alder"), "signals:read").send(text)
            assert ("errors" in answer) is is_refused
            if is_refused:
                assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
            assert "errors" not in await Session(http, exchange.client("alder"), "schema:read").send(text)


async def test_in_development_nobody_reads_it_without_a_token(exchange: DemoExchange) -> None:
    async with served(exchange, development=True) as http:
        for text in READING:
            assert (await http.post("/graphql", json={"query": text})).status_code == 401


async def test_the_names_of_types_are_free(exchange: DemoExchange) -> None:
    async with served(exchange, development=False) as http:
        answer = await Session(http, exchange.client("alder"), "signals:read").send(
            "{ __typename viewer { __typename } }"
        )
    assert answer["data"] == {"__typename": "Query", "viewer": {"__typename": "Viewer"}}
