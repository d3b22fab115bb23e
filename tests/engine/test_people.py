"""People are read alike by both engines, by those who manage them and by themselves."""

import httpx
import pytest

from app.graphql.execution import ReadEngine
from app.rules import ids
from app.rules.ids import Prefix
from tests.demo_exchange import DemoExchange
from tests.person import Browser, Program, graphql
from tests.served_exchange import served

PERSON = "id email name roles invitedAt passwordSetAt linkExpiresAt disabledAt participant { slug }"
DOCUMENTS = {
    "viewer": "{ viewer { clientId person { __typename id email name roles } } }",
    "people": f"{{ people {{ edges {{ cursor node {{ {PERSON} }} }} pageInfo {{ hasNextPage }} }} }}",
    "of one": f"query ($of: ID!) {{ people(participantId: $of, first: 1) {{ edges {{ node {{ {PERSON} }} }} }} }}",
    "by id": f"query ($person: ID!) {{ node(id: $person) {{ ... on Person {{ {PERSON} }} }} }}",
}
# How many people each is told of, and whether it is one itself.
TOLD = {"alder": (1, True), "birch": (1, True), "lantern-operator": (3, True), "a program": (1, False)}


async def token_of(http: httpx.AsyncClient, exchange: DemoExchange, who: str) -> str:
    if who in exchange.credentials.people:
        http.cookies.clear()
        tokens = await Program(http).tokens(await Browser(http).code(exchange.person(who)))
        return str(tokens["access_token"])
    client = ids.read(Prefix.CLIENT, exchange.client("alder").client_id)
    assert client is not None
    return exchange.access_tokens.issue(client, ["clients:manage", "participants:read"], exchange.clock())


@pytest.mark.parametrize("who", TOLD)
async def test_both_engines_tell_the_same_of_people(http: httpx.AsyncClient, exchange: DemoExchange, who: str) -> None:
    token = await token_of(http, exchange, who)
    people = (await graphql(http, token, DOCUMENTS["people"])).json()["data"]["people"]["edges"]
    given = {"of": exchange.client("alder").participant_id, "person": people[-1]["node"]["id"]}
    async with served(exchange, ReadEngine.STANDARD) as standard, served(exchange) as compiled:
        for name, document in DOCUMENTS.items():
            variables = {key: value for key, value in given.items() if f"${key}" in document}
            fast, slow = [await graphql(one, token, document, **variables) for one in (compiled, standard)]
            assert fast.headers["lantern-engine"] == "compiled", name
            assert fast.content == slow.content, name
        viewer = (await graphql(compiled, token, DOCUMENTS["viewer"])).json()["data"]["viewer"]
    assert (len(people), viewer["person"] is not None) == TOLD[who]


async def test_nobody_reads_the_people_of_others(http: httpx.AsyncClient, exchange: DemoExchange) -> None:
    alder, birch = [await token_of(http, exchange, who) for who in ("alder", "birch")]
    (own,) = (await graphql(http, alder, DOCUMENTS["people"])).json()["data"]["people"]["edges"]
    asked = {"of": exchange.client("alder").participant_id, "person": own["node"]["id"]}
    for name, key in (("of one", "of"), ("by id", "person")):
        answer = await graphql(http, birch, DOCUMENTS[name], **{key: asked[key]})
        assert answer.json()["data"] in ({"people": {"edges": []}}, {"node": None})
        assert exchange.person("alder").email not in answer.text
