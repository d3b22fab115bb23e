"""Requests that name a trusted document, and clients that may send nothing else, over HTTP."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import literal

from app.graphql import documents, guard
from app.graphql.engine.engine import Engine
from app.graphql.execution import ReadEngine
from app.rules import limits
from app.rules.trusted_documents import id_of
from app.store import reader, trusted_documents
from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session, served

JSON, NEW = "application/json", "application/graphql-response+json"
REGISTER = """mutation ($input: RegisterDocumentsInput!) { registerDocuments(input: $input) {
    ... on RegisterDocumentsPayload { rows { outcome } } } }"""
RETIRE = """mutation ($input: RetireDocumentsInput!) { retireDocuments(input: $input) {
    ... on RetireDocumentsPayload { rows { outcome } } } }"""
CONFINE = """mutation ($input: ConfineClientInput!) { confineClient(input: $input) {
    ... on ApiClient { confined } ... on Problem { code } } }"""
NEW_CLIENT = """mutation ($input: RegisterClientInput!) { registerClient(input: $input) {
    ... on ClientWithSecret { client { id confined } clientSecret } ... on Problem { code } } }"""

WHO = "query Who { viewer { clientId participant { slug } } }"
SIGNAL = "query Signal($id: ID!) { signal(id: $id) { id } }"
SEVERAL = "query One { viewer { clientId } } query Other { viewer { scopes } }"
WRITE = "mutation Disable($input: DisableClientInput!) { disableClient(input: $input) { __typename } }"
GUARDED = "query Guarded { guardLists { guardList } }"
LIST = "query Listed { trustedDocuments { edges { cursor node { documentId retiredAt } } pageInfo { endCursor } } }"
ALL = (WHO, SIGNAL, SEVERAL, WRITE, GUARDED, LIST)


@pytest.fixture
def birch(exchange: DemoExchange, http: httpx.AsyncClient) -> Session:
    return Session(http, exchange.client("birch"))


@pytest.fixture
def operator(exchange: DemoExchange, http: httpx.AsyncClient) -> Session:
    return Session(http, exchange.client("lantern-operator"))


@pytest.fixture
async def mine(exchange: DemoExchange, http: httpx.AsyncClient) -> "Bearer":
    """Alder's client with one token, after its participant has registered all of them."""
    session = Session(http, exchange.client("alder"))
    assert len((await session.ask(REGISTER, input={"documents": ALL}))["rows"]) == len(ALL)
    return await Bearer.of(session)


class Bearer:
    """One client with one token, so that it is remembered from the second request on."""

    def __init__(self, session: Session, token: str) -> None:
        self.session = session
        self.headers = {"Authorization": f"Bearer {token}", "Accept": NEW}

    @classmethod
    async def of(cls, session: Session) -> "Bearer":
        return cls(session, await session.token())

    async def post(self, http: httpx.AsyncClient | None = None, accept: str = NEW, **body: Any) -> httpx.Response:
        headers = {**self.headers, "Accept": accept}
        return await (http or self.session.http).post("/graphql", json=body, headers=headers)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.session.http.get(f"/graphql?{path}", headers={**self.headers, **headers})


def told(answer: httpx.Response) -> tuple[int, str]:
    (error,) = answer.json()["errors"]
    assert "data" not in answer.json()
    return answer.status_code, error["extensions"]["code"]


async def confine(session: Session, confined: bool = True, client: Session | None = None) -> dict[str, Any]:
    input = {"clientId": (client or session).client.client_id, "confined": confined}
    answer: dict[str, Any] = await session.ask(CONFINE, input=input)
    return answer


# --- Named by an id ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", [JSON, NEW])
async def test_a_document_is_answered_as_its_text_would_be(mine: Bearer, accept: str) -> None:
    by_text = await mine.post(query=WHO, accept=accept)
    by_id = await mine.post(documentId=id_of(WHO), accept=accept)
    assert by_id.status_code == by_text.status_code == 200
    assert by_id.content == by_text.content
    assert by_id.headers["content-type"] == by_text.headers["content-type"]
    assert by_id.json()["data"]["viewer"]["participant"]["slug"] == "alder"


async def test_it_takes_variables_and_the_name_of_an_operation(mine: Bearer) -> None:
    none = await mine.post(documentId=id_of(SIGNAL), variables={"id": "sig_" + "0" * 32})
    assert none.json() == {"data": {"signal": None}}
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


# --- Retired ----------------------------------------------------------------------------------------------------------


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


# --- Parsed and planned once ------------------------------------------------------------------------------------------


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


# --- Confined ---------------------------------------------------------------------------------------------------------

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


# --- By GET -----------------------------------------------------------------------------------------------------------

KEPT = {"cache-control": "private, no-cache", "vary": "Authorization, Accept, Accept-Encoding"}


async def test_a_query_by_get_may_be_kept_and_asked_for_again(mine: Bearer, exchange: DemoExchange) -> None:
    path = f"documentId={id_of(WHO)}"
    first = await mine.get(path)
    tag = first.headers["etag"]
    assert (first.status_code, {name: first.headers[name] for name in KEPT}) == (200, KEPT)
    assert tag.startswith('W/"')
    for stated in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = await mine.get(path, **{"If-None-Match": stated})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert {name: again.headers[name] for name in KEPT} == KEPT
        assert "content-length" not in again.headers
    changed = await mine.get(path, **{"If-None-Match": '"other"'})
    assert (changed.status_code, changed.content) == (200, first.content)
    async with served(exchange) as other:
        elsewhere = await other.get(f"/graphql?{path}", headers=mine.headers)
    assert elsewhere.headers["etag"] == tag, "another process has the same"


async def test_a_page_of_a_list_is_the_same_when_nothing_changed(mine: Bearer) -> None:
    first = await mine.get(f"documentId={id_of(LIST)}")
    assert first.json()["data"]["trustedDocuments"]["pageInfo"]["endCursor"]
    known = {"If-None-Match": first.headers["etag"]}
    assert (await mine.get(f"documentId={id_of(LIST)}", **known)).status_code == 304
    await mine.session.ask(RETIRE, input={"documentIds": [id_of(SIGNAL)]})
    assert (await mine.get(f"documentId={id_of(LIST)}", **known)).status_code == 200


async def test_a_tag_is_of_one_answer_in_one_form(mine: Bearer, birch: Session, operator: Session) -> None:
    await operator.ask(REGISTER, input={"documents": [WHO]})
    path = f"documentId={id_of(WHO)}"
    others = await Bearer.of(birch)
    answers = [await mine.get(path), await mine.get(path, Accept=JSON), await others.get(path)]
    assert len({answer.headers["etag"] for answer in answers}) == 3
    tag = answers[0].headers["etag"]
    assert (await others.get(path, **{"If-None-Match": tag})).status_code == 200


async def test_a_tag_is_no_plain_hash_and_of_these_keys_alone(mine: Bearer) -> None:
    first = await mine.get(f"documentId={id_of(WHO)}")
    assert id_of(first.text)[7:20] not in first.headers["etag"]


async def test_nothing_else_may_be_kept(mine: Bearer) -> None:
    known = {"If-None-Match": "*"}
    answers = [
        await mine.post(documentId=id_of(WHO)),
        await mine.get(f"query={quote(WHO)}", **known),
        await mine.get(f"documentId={id_of('absent')}", **known),
        await mine.get(f"documentId={id_of(GUARDED)}", **known),
        await mine.get(f"documentId={id_of(SIGNAL)}", **known),
        await mine.get(f"documentId={id_of(WRITE)}", **known),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 400, 403, 400, 405]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


async def test_a_mutation_never_runs_by_get(mine: Bearer) -> None:
    input = quote(f'{{"input":{{"clientId":"{mine.session.client.client_id}"}}}}')
    answer = await mine.get(f"documentId={id_of(WRITE)}&variables={input}")
    assert (told(answer), answer.headers["allow"]) == ((405, "BAD_USER_INPUT"), "POST")
    assert (await mine.post(query=WHO)).status_code == 200, "its client is not disabled"


async def test_parameters_come_in_the_url(mine: Bearer) -> None:
    variables = quote('{"id":"sig_1"}')
    answer = await mine.get(f"documentId={id_of(SIGNAL)}&variables={variables}")
    assert (answer.status_code, answer.json()) == (200, {"data": {"signal": None}})
    answer = await mine.get(f"documentId={quote(id_of(SEVERAL))}&operationName=Other")
    assert set(answer.json()["data"]["viewer"]) == {"scopes"}
    assert (await mine.get(f"documentId={id_of(WHO)}&operationName=")).status_code == 200


async def test_who_is_shut_out_is_not_told_that_nothing_changed(mine: Bearer, operator: Session) -> None:
    path = f"documentId={id_of(WHO)}"
    tag = (await mine.get(path)).headers["etag"]
    await operator.send(WRITE, input={"clientId": mine.session.client.client_id})
    assert (await mine.get(path, **{"If-None-Match": tag})).status_code == 401
