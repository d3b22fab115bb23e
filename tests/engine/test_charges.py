"""What an operation cost and what is left stands in the answers of both engines, byte for byte."""

from typing import Any

import orjson

from app.graphql.execution import ReadEngine
from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session, served

ASKED: list[tuple[str, dict[str, Any]]] = [
    ("{ viewer { clientId } }", {}),
    ("query ($n: Int!) { signals(first: $n) { edges { node { id contributors { name } } } } }", {"n": 7}),
    ("{ changes(first: 9) { ... on ChangePage { items { signal { id } } } } }", {}),
    ("query ($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["sig_1", "nothing"]}),
    # One that ends in an error, which the standard executor tells in either case.
    ("{ viewer { clientId } signals(first: 2000) { edges { cursor } } }", {}),
    ('mutation { createGroup(input: {slug: "a", name: ""}) { ... on Problem { code } } }', {}),
]


async def test_both_engines_say_the_same_of_costs(exchange: DemoExchange) -> None:
    answers: dict[ReadEngine, list[bytes]] = {}
    for engine in ReadEngine:
        async with served(exchange, engine) as http:
            session = Session(http, exchange.client("lantern-operator"))
            token = {"Authorization": f"Bearer {await session.token()}"}
            sent = [
                await http.post("/graphql", json={"query": text, "variables": values}, headers=token)
                for text, values in ASKED
            ]
        answers[engine] = [answer.content for answer in sent]
    assert answers[ReadEngine.COMPILED] == answers[ReadEngine.STANDARD]
    told = [orjson.loads(answer)["extensions"]["cost"] for answer in answers[ReadEngine.COMPILED]]
    assert [cost["requestedQueryCost"] for cost in told][:4] == [1, 1 + 7 * (2 + 2), 1 + 9 * 2, 2]
    left = [cost["throttleStatus"]["currentlyAvailable"] for cost in told]
    assert left == sorted(left, reverse=True)
