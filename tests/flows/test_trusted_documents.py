"""Trusted documents over HTTP: registered, listed, retired; what others and the wrong ones are told."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules import limits
from app.rules.trusted_documents import id_of
from app.store.database import Database
from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session, served

REGISTER = """mutation ($input: RegisterDocumentsInput!) { registerDocuments(input: $input) { __typename
    ... on RegisterDocumentsPayload { rows { index outcome documentId problem { code field reason message } } }
    ... on Problem { code } } }"""
RETIRE = """mutation ($input: RetireDocumentsInput!) { retireDocuments(input: $input) { __typename
    ... on RetireDocumentsPayload { rows { index outcome } } ... on Problem { code } } }"""
LIST = """query ($first: Int! = 50, $after: String) { trustedDocuments(first: $first, after: $after) {
    edges { node { documentId operationNames byOperator registeredAt retiredAt } }
    pageInfo { hasNextPage endCursor } } }"""

WHO = "query Who { viewer { clientId } }"
SCOPES = "query Scopes { viewer { scopes } } query Status { viewer { participant { status } } }"


async def register(session: Session, *documents: str) -> list[dict[str, Any]]:
    rows = (await session.ask(REGISTER, input={"documents": documents}))["rows"]
    assert [row["index"] for row in rows] == list(range(len(documents)))
    return list(rows)


async def outcomes(session: Session, *documents: str) -> list[str]:
    return [row["outcome"] for row in await register(session, *documents)]


async def retire(session: Session, *document_ids: str) -> list[str]:
    rows = (await session.ask(RETIRE, input={"documentIds": document_ids}))["rows"]
    return [row["outcome"] for row in rows]


async def listed(session: Session) -> list[dict[str, Any]]:
    return [edge["node"] for edge in (await session.ask(LIST))["edges"]]


async def test_a_document_is_registered_once_and_known_by_its_hash(alder: Session) -> None:
    (first,) = await register(alder, WHO)
    assert (first["outcome"], first["documentId"], first["problem"]) == ("CREATED", id_of(WHO), None)
    assert await outcomes(alder, WHO, SCOPES, SCOPES) == ["UNCHANGED", "CREATED", "UNCHANGED"]
    assert {tuple(one["operationNames"]) for one in await listed(alder)} == {("Who",), ("Scopes", "Status")}


WRONG = {
    "query {": ("GRAPHQL_PARSE_FAILED", "NOT_RUNNABLE"),
    "query Absent { nothing }": ("GRAPHQL_VALIDATION_FAILED", "NOT_RUNNABLE"),
    "query Deep { " + "viewer " * 51 + "}": ("TOO_MANY", "NOT_RUNNABLE"),
    "{ viewer { clientId } }": ("BAD_USER_INPUT", "UNNAMED_OPERATION"),
    'query Of { node(id: "sig_1") { id } }': ("BAD_USER_INPUT", "TEXT_IN_DOCUMENT"),
    'query Of { node(id: """sig_1""") { id } }': ("BAD_USER_INPUT", "TEXT_IN_DOCUMENT"),
    'query Of($id: ID! = "sig_1") { node(id: $id) { id } }': ("BAD_USER_INPUT", "TEXT_IN_DOCUMENT"),
    "query Who { viewer { clientId } } # j.doe": ("BAD_USER_INPUT", "TEXT_IN_DOCUMENT"),
    "query Who { viewer { clientId } }" + " " * limits.MAX_TRUSTED_DOCUMENT_BYTES: ("BAD_USER_INPUT", "TOO_LONG"),
}


async def test_a_document_that_cannot_be_trusted_is_rejected_alone_and_not_kept(
    alder: Session, owner_engine: AsyncEngine
) -> None:
    rows = await register(alder, WHO, *WRONG)
    assert rows[0]["outcome"] == "CREATED"
    told = [(row["outcome"], row["problem"]["code"], row["problem"]["reason"], row["documentId"]) for row in rows[1:]]
    assert told == [("REJECTED", code, reason, None) for code, reason in WRONG.values()]
    assert rows[2]["problem"]["message"] == "Query has no such field. (line 1, column 16)"
    async with owner_engine.connect() as owner:
        assert list(await owner.scalars(text("SELECT text FROM trusted_document"))) == [WHO]


async def test_the_operators_documents_are_everybodys_and_a_participants_its_own(
    alder: Session, birch: Session, operator: Session
) -> None:
    await register(operator, WHO)
    await register(alder, SCOPES)
    seen = {name: await listed(one) for name, one in (("alder", alder), ("birch", birch), ("operator", operator))}
    assert {name: {one["documentId"]: one["byOperator"] for one in found} for name, found in seen.items()} == {
        "alder": {id_of(WHO): True, id_of(SCOPES): False},
        "birch": {id_of(WHO): True},
        "operator": {id_of(WHO): True},
    }


async def test_a_participant_has_its_own_of_what_the_operator_has(alder: Session, operator: Session) -> None:
    await register(operator, WHO)
    assert await outcomes(alder, WHO) == ["CREATED"]
    assert await retire(operator, id_of(WHO)) == ["RETIRED"]
    assert {(one["byOperator"], one["retiredAt"] is None) for one in await listed(alder)} == {
        (False, True),
        (True, False),
    }


async def test_nobody_retires_the_documents_of_others(
    alder: Session, birch: Session, operator: Session, owner_engine: AsyncEngine
) -> None:
    await register(operator, WHO)
    await register(alder, SCOPES)
    for session in (birch, operator):
        assert await retire(session, id_of(SCOPES), id_of("absent"), "", "no id") == ["NOT_FOUND"] * 4
    assert await retire(alder, id_of(WHO)) == ["NOT_FOUND"]
    async with owner_engine.connect() as owner:
        assert list(await owner.scalars(text("SELECT id FROM trusted_document WHERE retired_at IS NOT NULL"))) == []


async def test_a_retired_document_leaves_its_text_and_can_come_back(alder: Session, owner_engine: AsyncEngine) -> None:
    await register(alder, WHO)
    assert await retire(alder, id_of(WHO)) == await retire(alder, id_of(WHO)) == ["RETIRED"]
    async with owner_engine.connect() as owner:
        assert list(await owner.scalars(text("SELECT text FROM trusted_document"))) == [None]
        done = await owner.scalars(text("SELECT action FROM audit_event ORDER BY created_at, action"))
        assert sorted(done) == ["document.register", "document.retire"]
    assert await outcomes(alder, WHO) == ["CREATED"]
    assert [one["retiredAt"] for one in await listed(alder)] == [None]


async def test_without_the_scope_nobody_registers_retires_or_lists(
    exchange: DemoExchange, http: httpx.AsyncClient
) -> None:
    poor = Session(http, exchange.client("alder"), scope="signals:read schema:read")
    for document, input in ((REGISTER, {"documents": [WHO]}), (RETIRE, {"documentIds": [id_of(WHO)]}), (LIST, None)):
        answer = await poor.send(document, input=input) if input else await poor.send(document)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
        assert answer.get("data") is None


async def test_who_is_suspended_registers_nothing_and_still_retires(
    alder: Session, operator: Session, exchange: DemoExchange, owner_engine: AsyncEngine
) -> None:
    await register(alder, WHO)
    async with owner_engine.begin() as owner:
        await owner.execute(
            text("UPDATE participant SET status = 'SUSPENDED' WHERE id = :id"), {"id": exchange.id("alder")}
        )
    assert await alder.ask(REGISTER, input={"documents": [SCOPES]}) == {"__typename": "Forbidden", "code": "FORBIDDEN"}
    assert await retire(alder, id_of(WHO)) == ["RETIRED"]


async def test_calls_and_participants_have_their_bounds(
    alder: Session, birch: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for most in (0, limits.MAX_DOCUMENTS_PER_CALL + 1):
        answer = await alder.send(REGISTER, input={"documents": [WHO] * most})
        assert "rows" not in str(answer["data"]), answer
    monkeypatch.setattr(limits, "MAX_TRUSTED_DOCUMENTS", 2)
    assert await outcomes(alder, WHO, SCOPES) == ["CREATED", "CREATED"]
    answer = await alder.send(REGISTER, input={"documents": [WHO, "query Third { viewer { scopes } }"]})
    assert answer["errors"][0]["extensions"]["code"] == "TOO_MANY"
    assert len(await listed(alder)) == 2
    assert await outcomes(birch, WHO) == ["CREATED"], "others have theirs"
    await retire(alder, id_of(WHO))
    assert await outcomes(alder, "query Third { viewer { scopes } }") == ["CREATED"]


async def test_two_registrations_of_one_document_at_once_make_one(
    alder: Session, http: httpx.AsyncClient, owner_engine: AsyncEngine
) -> None:
    both = await asyncio.gather(*(outcomes(alder, SCOPES, WHO) for _ in range(4)), outcomes(alder, WHO, SCOPES))
    assert sorted(map(tuple, both)) == [("CREATED", "CREATED"), *[("UNCHANGED", "UNCHANGED")] * 4]
    async with owner_engine.connect() as owner:
        assert await owner.scalar(text("SELECT count(*) FROM trusted_document")) == 2


async def test_side_by_side_no_more_are_registered_than_there_may_be(
    alder: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_TRUSTED_DOCUMENTS", 2)
    calls = (alder.send(REGISTER, input={"documents": [f"query Q{i} {{ viewer {{ scopes }} }}"]}) for i in range(5))
    answers = await asyncio.gather(*calls)
    assert sum("errors" in answer for answer in answers) == 3
    assert len(await listed(alder)) == 2


async def test_the_list_comes_page_by_page_the_latest_first(alder: Session, exchange: DemoExchange) -> None:
    texts = [f"query Q{i} {{ viewer {{ scopes }} }}" for i in range(3)]
    for one in texts:
        exchange.clock.forward(seconds=1)
        await register(alder, one)
    first = await alder.ask(LIST, first=2)
    rest = await alder.ask(LIST, first=2, after=first["pageInfo"]["endCursor"])
    pages = [[edge["node"]["documentId"] for edge in page["edges"]] for page in (first, rest)]
    assert pages == [[id_of(texts[2]), id_of(texts[1])], [id_of(texts[0])]]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_what_was_registered_is_there_after_a_restart(alder: Session, exchange: DemoExchange) -> None:
    await register(alder, WHO)
    database = Database.at(exchange.urls.serving)
    again = DemoExchange(exchange.urls, database, exchange.keyring, exchange.credentials, exchange.clock)
    async with served(again) as http:
        assert len(await listed(Session(http, exchange.client("alder")))) == 1
    await database.close()
