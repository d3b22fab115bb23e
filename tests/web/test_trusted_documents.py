"""Requests that name a trusted document by its id, over HTTP: what is served to whom, and for how long."""

from typing import Any

import httpx
import pytest

from app.graphql import documents
from app.graphql.engine.engine import Engine
from app.rules import limits
from app.rules.trusted_documents import id_of
from app.store import trusted_documents
from app.store.database import PARTICIPANT_CONNECTIONS
from tests.charges import taken_off, without
from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session, served
from tests.web.bearers import ALL, GUARDED, JSON, NEW, REGISTER, RETIRE, SEVERAL, SIGNAL, WHO, Bearer, told


@pytest.mark.parametrize("accept", [JSON, NEW])
async def test_a_document_is_answered_as_its_text_would_be(mine: Bearer, accept: str) -> None:
    by_text = await mine.post(query=WHO, accept=accept)
    by_id = await mine.post(documentId=id_of(WHO), accept=accept)
    assert by_id.status_code == by_text.status_code == 200
    assert without(by_id.content) == without(by_text.content)
    assert by_id.headers["content-type"] == by_text.headers["content-type"]
    assert by_id.json()["data"]["viewer"]["participant"]["slug"] == "alder"


async def test_it_takes_variables_and_the_name_of_an_operation(mine: Bearer) -> None:
    none = await mine.post(documentId=id_of(SIGNAL), variables={"id": "sig_" + "0" * 32})
    assert taken_off(none.json()) == {"data": {"signal": None}}
    other = await mine.post(documentId=id_of(SEVERAL), operationName="Other")
    assert set(other.json()["data"]["viewer"]) == {"scopes"}
    assert told(await mine.post(documentId=id_of(SEVERAL))) == (400, "BAD_USER_INPUT")
    assert told(await mine.post(documentId=id_of(SIGNAL))) == (400, "BAD_USER_INPUT")


async def test_scopes_are_asked_for_when_it_runs(mine: Bearer) -> None:
    assert told(await mine.post(documentId=id_of(GUARDED))) == (403, "FORBIDDEN")


async def test_the_operators_documents_are_served_to_everybody(birch: Session, operator: Session) -> None:
    bearer = await Bearer.of(birch)
    assert told(await bearer.post(documentId=id_of(WHO))) == (400, "NOT_FOUND")
    await operator.ask(REGISTER, input={"documents": [WHO]})
    answer = await bearer.post(documentId=id_of(WHO))
    assert answer.json()["data"]["viewer"]["participant"]["slug"] == "birch"


WRONG_IDS = (
    "",
    "Who",
    id_of("never registered"),
    id_of(WHO).upper(),
    id_of(WHO)[7:],
    "sha512:" + "0" * 64,
    "é" * 50_000,
)


async def test_what_is_not_served_is_one_and_the_same(mine: Bearer, birch: Session, exchange: DemoExchange) -> None:
    """Another's, a retired, an absent one, and what is no id."""
    others = await Bearer.of(birch)
    answers = {(await others.post(documentId=id_of(one))).content for one in ALL}
    answers |= {(await bearer.post(documentId=one)).content for one in WRONG_IDS for bearer in (mine, others)}
    await mine.session.ask(RETIRE, input={"documentIds": [id_of(WHO)]})
    exchange.clock.forward(seconds=limits.TRUSTED_SECONDS)
    retired = await mine.post(documentId=id_of(WHO))
    assert answers == {retired.content}
    assert told(retired) == (400, "NOT_FOUND")
    assert retired.json()["errors"][0]["extensions"]["field"] == "documentId"
    assert (await mine.post(documentId="Who", accept=JSON)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"documentId": None}, {"documentId": 1}, {"documentId": {}}, {"documentId": id_of(WHO), "query": WHO}],
    ids=range(5),
)
async def test_a_request_names_a_document_or_brings_one(mine: Bearer, body: dict[str, Any]) -> None:
    assert told(await mine.post(**body)) == (400, "BAD_USER_INPUT")


async def test_nobody_without_a_token_learns_what_is_served(mine: Bearer, http: httpx.AsyncClient) -> None:
    answers = [await http.post("/graphql", json={"documentId": one}) for one in (id_of(WHO), id_of("absent"))]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content


async def test_a_retired_document_is_served_no_longer_than_it_is_remembered(
    mine: Bearer, exchange: DemoExchange
) -> None:
    """By two processes, of which one did not see it retired."""
    async with served(exchange) as other:
        for http in (mine.session.http, other):
            assert (await mine.post(http, documentId=id_of(WHO))).status_code == 200
        await mine.session.ask(RETIRE, input={"documentIds": [id_of(WHO)]})
        exchange.clock.forward(seconds=limits.TRUSTED_SECONDS)
        for http in (mine.session.http, other):
            assert told(await mine.post(http, documentId=id_of(WHO))) == (400, "NOT_FOUND")


async def test_memory_that_never_ends_would_be_noticed(
    mine: Bearer, exchange: DemoExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TRUSTED_SECONDS", 10_000)
    await mine.post(documentId=id_of(WHO))
    await mine.session.ask(RETIRE, input={"documentIds": [id_of(WHO)]})
    exchange.clock.forward(seconds=2)
    assert (await mine.post(documentId=id_of(WHO))).status_code == 200


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids that were looked up."""
    found: list[str] = []
    text_of = trusted_documents.text_of

    async def counted(*given: Any) -> str | None:
        found.append(given[-1])
        return await text_of(*given)

    monkeypatch.setattr(trusted_documents, "text_of", counted)
    return found


async def test_who_waits_too_long_for_a_document_is_told_so(
    mine: Bearer, exchange: DemoExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "QUERY_SECONDS", 0.01)
    turns = exchange.database._turns[exchange.id("alder")]
    for _ in range(PARTICIPANT_CONNECTIONS):
        await turns.acquire()
    assert told(await mine.post(documentId=id_of(WHO))) == (400, "TOO_MANY")


async def test_a_text_is_looked_up_once_and_anew_in_time(
    mine: Bearer, birch: Session, exchange: DemoExchange, looks: list[str]
) -> None:
    for _ in range(3):
        await mine.post(documentId=id_of(WHO))
    assert looks == [id_of(WHO)]
    exchange.clock.forward(seconds=limits.TRUSTED_SECONDS)
    await mine.post(documentId=id_of(WHO))
    assert looks == [id_of(WHO)] * 2
    others = await Bearer.of(birch)
    assert told(await others.post(documentId=id_of(WHO))) == (400, "NOT_FOUND"), "what one found is not another's"


@pytest.mark.parametrize(("name", "most"), [("MAX_TRUSTED_TEXTS", 1), ("MAX_TRUSTED_TEXT_BYTES", len(WHO))])
async def test_no_more_texts_are_remembered_than_there_is_room_for(
    mine: Bearer, looks: list[str], monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    monkeypatch.setattr(limits, name, most)
    for text in (WHO, WHO, SIGNAL, WHO):
        await mine.post(documentId=id_of(text), variables={"id": "sig_1"} if text == SIGNAL else {})
    assert looks == [id_of(WHO), id_of(SIGNAL), id_of(WHO)]


async def test_it_is_parsed_and_planned_once_whichever_way_it_comes(
    exchange: DemoExchange, mine: Bearer, birch: Session, operator: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines: list[Engine] = []
    parsed: list[str] = []

    def noted(*given: Any) -> Engine:
        engines.append(Engine(*given))
        return engines[-1]

    def parse(text: str, size: int) -> Any:
        parsed.append(text)
        return read(text, size)

    read = documents._parse
    monkeypatch.setattr("app.graphql.execution.Engine", noted)
    monkeypatch.setattr(documents, "_parse", parse)
    await operator.ask(REGISTER, input={"documents": [WHO]})
    others = await Bearer.of(birch)
    async with served(exchange) as http:
        parsed.clear()
        for asking in (mine.post(http, documentId=id_of(WHO)), mine.post(http, query=WHO)):
            assert (await asking).headers["lantern-engine"] == "compiled"
        held = engines[0]._plans._count
        answer = await others.post(http, documentId=id_of(WHO))
        path = f"/graphql?documentId={id_of(WHO)}"
        got = await http.get(path, headers=mine.headers)
    assert answer.headers["lantern-engine"] == got.headers["lantern-engine"] == "compiled"
    assert (parsed, engines[0]._plans._count) == ([WHO], held)
