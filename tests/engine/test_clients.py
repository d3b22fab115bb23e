"""API clients are listed alike by both engines, to those who manage them."""

import httpx
import pytest

from app.graphql.execution import ReadEngine
from tests.demo_exchange import DemoExchange
from tests.engine.servers import ENGINE_HEADER
from tests.person import graphql
from tests.served_exchange import Session, served

CLIENT = "id name scopes authMethod registeredAt secretRotatedAt disabledAt participant { slug }"
ALL = f"{{ clients {{ edges {{ cursor node {{ {CLIENT} }} }} pageInfo {{ hasNextPage }} }} }}"
OF_ONE = f"query ($of: ID!) {{ clients(participantId: $of) {{ edges {{ node {{ {CLIENT} }} }} }} }}"
NEXT = "query ($after: String) { clients(first: 1, after: $after) { edges { cursor node { id } } } }"
SLUGS = ("lantern-operator", "alder", "birch", "cedar")


async def listed(session: Session, document: str, **variables: str | None) -> list[str]:
    return [edge["node"]["id"] for edge in (await session.ask(document, **variables))["edges"]]


@pytest.mark.parametrize("who", SLUGS)
async def test_both_engines_list_the_same_clients(exchange: DemoExchange, who: str) -> None:
    of_alder = {"of": exchange.client("alder").participant_id}
    async with served(exchange, ReadEngine.STANDARD) as standard, served(exchange) as compiled:
        token = await Session(compiled, exchange.client(who)).token()
        for document, given in ((ALL, {}), (OF_ONE, of_alder), (NEXT, {"after": None})):
            fast, slow = [await graphql(one, token, document, **given) for one in (compiled, standard)]
            assert fast.headers[ENGINE_HEADER] == "compiled"
            assert fast.content == slow.content


async def test_a_participant_lists_its_own_and_the_operator_all(
    exchange: DemoExchange, http: httpx.AsyncClient
) -> None:
    ids = {slug: exchange.client(slug).client_id for slug in SLUGS}
    sessions = {slug: Session(http, exchange.client(slug)) for slug in SLUGS}
    for slug in ("alder", "birch", "cedar"):
        assert await listed(sessions[slug], ALL) == [ids[slug]]
    operator = sessions["lantern-operator"]
    assert set(await listed(operator, ALL)) == {*ids.values()}
    for slug in SLUGS:
        assert await listed(operator, OF_ONE, of=exchange.client(slug).participant_id) == [ids[slug]]
    assert await listed(operator, OF_ONE, of="par_1") == []


async def test_nobody_lists_the_clients_of_others(exchange: DemoExchange, http: httpx.AsyncClient) -> None:
    birch, alder = Session(http, exchange.client("birch")), exchange.client("alder")
    assert await listed(birch, OF_ONE, of=alder.participant_id) == []
    blind = Session(http, alder, scope="signals:read participants:read")
    answer = await blind.send(ALL)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}


async def test_the_list_is_read_page_by_page_the_oldest_first(exchange: DemoExchange, http: httpx.AsyncClient) -> None:
    operator = Session(http, exchange.client("lantern-operator"))
    whole, pages, after = await listed(operator, ALL), [], None
    while edges := (await operator.ask(NEXT, after=after))["edges"]:
        pages += [edge["node"]["id"] for edge in edges]
        after = edges[-1]["cursor"]
    assert pages == whole
    assert len(whole) == len(SLUGS)
