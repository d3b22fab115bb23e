"""Clients that may send nothing but ids of trusted documents, over HTTP."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import literal

from app.graphql import guard
from app.graphql.execution import ReadEngine
from app.rules.trusted_documents import id_of
from app.store import reader
from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session, served
from tests.web.bearers import CONFINE, GUARDED, JSON, NEW, NEW_CLIENT, REGISTER, WHO, WRITE, Bearer, confine, told

TEXTS = (
    WHO,
    "{ __schema { __typename } }",
    "{ _service { sdl } }",
    "{ __typename }",
    "{",
    '{ node(id: "a") { id } }',
    WRITE,
)


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The documents that the guard was given."""
    seen: list[object] = []
    check = guard.check

    def counted(ast: Any) -> Any:
        seen.append(ast)
        return check(ast)

    monkeypatch.setattr(guard, "check", counted)
    return seen


async def test_a_confined_client_sends_ids_and_nothing_else(
    mine: Bearer, exchange: DemoExchange, visits: list[object]
) -> None:
    assert await confine(mine.session) == {"confined": True}
    fresh = await Bearer.of(mine.session)
    visits.clear()
    for text in TEXTS:
        assert told(await fresh.post(query=text)) == (403, "FORBIDDEN")
        assert told(await fresh.get(f"query={quote(text)}")) == (403, "FORBIDDEN")
    assert (await fresh.post(query=WHO, accept=JSON)).status_code == 200
    assert visits == [], "refused before it is parsed"
    assert (await fresh.post(documentId=id_of(WHO))).json()["data"]["viewer"]["participant"]["slug"] == "alder"
    assert told(await fresh.post(documentId=id_of("absent"))) == (400, "NOT_FOUND")
    assert told(await fresh.post(documentId=id_of(WHO), query=WHO)) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize("engine", ReadEngine)
async def test_confining_counts_for_the_next_request_of_a_token_in_use(
    exchange: DemoExchange, mine: Bearer, operator: Session, engine: ReadEngine
) -> None:
    async with served(exchange, engine) as other:
        for body in ({"query": WHO}, {"documentId": id_of(WHO)}):
            assert (await mine.post(other, **body)).status_code == 200
        assert await confine(operator, client=mine.session) == {"confined": True}
        disable = {"input": {"clientId": mine.session.client.client_id}}
        for text, variables in ((WHO, {}), (WRITE, disable), ("{ __schema { __typename } }", {}), (GUARDED, {})):
            assert told(await mine.post(other, query=text, variables=variables)) == (403, "FORBIDDEN")
        assert (await mine.post(other, documentId=id_of(WHO))).status_code == 200
        assert await confine(operator, confined=False, client=mine.session) == {"confined": False}
        assert (await mine.post(other, query=WHO)).status_code == 200


async def test_memory_of_a_free_client_would_be_noticed(
    exchange: DemoExchange, mine: Bearer, operator: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_stands", lambda: literal(1) == literal(1))
    async with served(exchange) as other:
        await mine.post(other, query=WHO)
        await confine(operator, client=mine.session)
        assert (await mine.post(other, query=WHO)).status_code == 200


async def test_a_client_can_be_confined_from_the_start(
    exchange: DemoExchange, operator: Session, http: httpx.AsyncClient
) -> None:
    input = {"participantId": exchange.client("alder").participant_id, "name": "App", "scopes": ["signals:read"]}
    issued = await operator.ask(NEW_CLIENT, input={**input, "confined": True})
    assert issued["client"]["confined"] is True
    auth = (issued["client"]["id"], issued["clientSecret"])
    token = (await http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=auth)).json()
    answer = await http.post(
        "/graphql", json={"query": WHO}, headers={"Authorization": f"Bearer {token['access_token']}", "Accept": NEW}
    )
    assert told(answer) == (403, "FORBIDDEN")
    assert (await operator.ask(NEW_CLIENT, input=input))["client"]["confined"] is False


async def test_nobody_confines_the_client_of_another(mine: Bearer, birch: Session) -> None:
    assert await confine(birch, client=mine.session) == {"code": "NOT_FOUND"}
    assert (await mine.post(query=WHO)).status_code == 200
    poor = Session(birch.http, birch.client, scope="signals:read")
    answer = await poor.send(CONFINE, input={"clientId": birch.client.client_id, "confined": True})
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_confined_client_frees_itself_by_no_text(mine: Bearer) -> None:
    await confine(mine.session)
    input = {"clientId": mine.session.client.client_id, "confined": False}
    assert told(await mine.post(query=CONFINE, variables={"input": input})) == (403, "FORBIDDEN")
    assert told(await mine.post(query=REGISTER, variables={"input": {"documents": [WHO]}})) == (403, "FORBIDDEN")
