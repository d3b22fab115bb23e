"""Operations that Relay's compiler wrote, registered as trusted documents, and asked for by another client."""

import pytest

from scripts.exchange_client import Client, Credentials, Exchange
from tests.clients.live_world import LiveExchange
from tests.clients.node import Node
from tests.clients.relay_compiler import Operations
from tests.flows.full_world import BIRCH, LABELS

REGISTER = """mutation ($input: RegisterDocumentsInput!) { registerDocuments(input: $input) {
    ... on RegisterDocumentsPayload { rows { documentId problem { message } } } ... on Problem { code message } } }"""
NEW_CLIENT = """mutation ($input: RegisterClientInput!) { registerClient(input: $input) {
    ... on ClientWithSecret { clientSecret client { id } } ... on Problem { code message } } }"""
CONFINE = """mutation ($input: ConfineClientInput!) { confineClient(input: $input) {
    ... on ApiClient { confined } ... on Problem { code message } } }"""
UPLOAD = """mutation ($signals: [SignalDraftInput!]!) { uploadSignals(input: {signals: $signals}) {
    ... on UploadSignalsPayload { created } } }"""


@pytest.fixture
async def confined(running: Exchange, principals: dict[str, Client]) -> Client:
    """A client of Birch's that may only ask for trusted documents."""
    assert running.directory is not None
    birch = LiveExchange(running.directory / "demo.env").client(BIRCH).participant_id
    scopes = ["signals:read", "feedback:read", "participants:read"]
    given = {"participantId": birch, "name": "Frontend", "scopes": scopes}
    made = await principals["operator"].ask(NEW_CLIENT, input=given)
    await principals["operator"].ask(CONFINE, input={"clientId": made["client"]["id"], "confined": True})
    return Client(principals["birch"].http, "frontend", Credentials(made["client"]["id"], made["clientSecret"]))


async def test_a_confined_client_asks_by_id_and_keeps_what_has_not_changed(
    running: Exchange, principals: dict[str, Client], confined: Client, scripts: Node, operations: Operations
) -> None:
    rows = (await principals["operator"].ask(REGISTER, input={"documents": [one.text for one in operations.values()]}))[
        "rows"
    ]
    assert [row["documentId"] for row in rows] == [one.document_id for one in operations.values()]
    await principals["alder"].ask(UPLOAD, signals=[{"type": "DOMAIN", "value": "kept.example", **LABELS}])
    listed = operations["SignalListQuery"]

    told = await scripts.run(
        "documents.mjs",
        url=f"{running.url}/graphql",
        token=await confined.token(),
        documentId=listed.document_id,
        text=listed.text,
        variables={"filter": {"types": ["DOMAIN"]}},
    )
    (edge,) = told["first"]["data"]["signals"]["edges"]
    assert edge["node"]["maskedValue"].endswith(".example")
    assert told["again"] == told["first"]
    assert told["byText"]["codes"] == ["FORBIDDEN"]
    assert [(seen["method"], seen["sent"], seen["status"]) for seen in told["seen"]] == [
        ("GET", "id", 200),
        ("GET", "id", 304),
        ("GET", "text", 403),
    ]
