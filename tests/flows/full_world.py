"""A demo exchange over HTTP that holds at least one object of every kind, all of them within the operator's sight."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.graphql.schema import schema
from app.rules import ids
from app.rules.ids import Prefix
from app.rules.scopes import Scope
from app.rules.trusted_documents import id_of
from app.store.database_urls import DatabaseUrls
from app.store.tables import metadata
from tests.demo_exchange import DemoExchange, opened
from tests.flows.documents import mutation
from tests.served_exchange import first_event, served

ALL_SCOPES = frozenset(map(str, Scope))
OPERATOR, ALDER, BIRCH, CEDAR = "lantern-operator", "alder", "birch", "cedar"
LABELS = {"violations": ["SEXTORTION_FINANCIAL"], "severity": "LOW", "confidence": 50}
# Trusted ones, of which the first may be retired.
SPARE_DOCUMENT, KEPT_DOCUMENT = "query Spare { viewer { clientId } }", "query Kept { viewer { scopes } }"
MOMENT = "2026-06-30T12:00:00Z"


@dataclass
class FullWorld:
    """`ids` are of objects by name: `Signal`, `Case` and so on for one of each type, and spare ones to spend."""

    exchange: DemoExchange
    http: httpx.AsyncClient
    owner: AsyncEngine
    ids: dict[str, str] = field(default_factory=dict)

    def token(self, slug: str = OPERATOR, scopes: Iterable[str] = ALL_SCOPES) -> str:
        client_id = ids.read(Prefix.CLIENT, self.exchange.client(slug).client_id)
        assert client_id is not None
        return self.exchange.access_tokens.issue(client_id, sorted(scopes), self.exchange.clock())

    async def post(self, token: str, document: str, variables: dict[str, Any]) -> httpx.Response:
        if document.startswith("subscription"):
            return httpx.Response(200, json=await first_event(self.http, token, document, variables))
        body = {"query": document, "variables": variables}
        return await self.http.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})

    async def send(self, token: str, document: str, **variables: Any) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.post(token, document, variables)).json()
        return answer

    async def ask(self, slug: str, document: str, **variables: Any) -> Any:
        """The one field that was asked for, a second after the last."""
        self.exchange.clock.forward(seconds=1)
        answer = await self.send(self.token(slug), document, **variables)
        assert "errors" not in answer, answer["errors"]
        (found,) = answer["data"].values()
        return found

    async def do(self, slug: str, name: str, /, **input: Any) -> Any:
        """A mutation with what it answered, which must not be a problem."""
        result = await self.ask(slug, mutation(schema._schema, name, 1), **({"input": input} if input else {}))
        assert "code" not in result, result
        return result

    async def upload(self, slug: str, *values: tuple[str, str], **hints: Any) -> list[tuple[str, str]]:
        """The ids of the signals and the contributions."""
        drafts = [{"type": type_, "value": value, **LABELS, **hints} for type_, value in values]
        rows = (await self.do(slug, "uploadSignals", signals=drafts))["rows"]
        return [(row["signalId"], row["contributionId"]) for row in rows]

    async def rows(self) -> dict[str, str]:
        """For each table a digest of all that it holds."""
        digest = "SELECT md5(string_agg(t::text, ' ' ORDER BY t)) FROM {} t"
        async with self.owner.connect() as connection:
            return {table: str(await connection.scalar(text(digest.format(table)))) for table in metadata.tables}


@asynccontextmanager
async def full_world(urls: DatabaseUrls, *, development: bool = False) -> AsyncIterator[FullWorld]:
    owner = create_async_engine(urls.owner)
    async with opened(urls) as exchange, served(exchange, development=development) as http:
        world = FullWorld(exchange, http, owner)
        await fill(world)
        yield world
    async with owner.begin() as connection:
        await connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)}"))
    await owner.dispose()


async def fill(world: FullWorld) -> None:
    await _fill_signals(world)
    await _fill_cases(world)
    await _fill_participants(world)
    await _fill_documents(world)
    await _fill_feed(world)
    await _fill_people(world)
    await _fill_findings(world)


async def _fill_signals(world: FullWorld) -> None:
    values = [
        ("EMAIL_ADDRESS", "shared@mail.example"),
        ("URL", "https://files.example/a#b"),
        ("DOMAIN", "sites.example"),
    ]
    await world.upload(ALDER, *values)
    (mail, own), (url, spare), (domain, other) = await world.upload(OPERATOR, *values)
    (spent, first), (_, second) = await world.upload(OPERATOR, ("DOMAIN", "one.example"), ("DOMAIN", "two.example"))
    ((alders, _),) = await world.upload(ALDER, ("DOMAIN", "alder.example"))
    links = [{"from": mail, "to": to, "relation": "SAME_ACTOR"} for to in (url, domain)]
    rows = (await world.do(OPERATOR, "linkSignals", links=links))["rows"]
    world.ids |= {"Signal": mail, "url": url, "domain": domain, "alder's signal": alders, "spent signal": spent}
    world.ids |= {"Contribution": own, "spare contribution": spare, "other contribution": other}
    world.ids |= {"first to retract": first, "second to retract": second}
    world.ids |= {"SignalLink": rows[0]["linkId"], "spare link": rows[1]["linkId"]}


async def _fill_cases(world: FullWorld) -> None:
    members = [world.exchange.client(slug).participant_id for slug in (ALDER, CEDAR)]
    for name in ("Case", "case to close", "closed case"):
        given = {"title": "A title", "summary": "A summary", "signalIds": [world.ids["Signal"]], "memberIds": members}
        world.ids[name] = (await world.do(OPERATOR, "openCase", **given))["id"]
    await world.do(OPERATOR, "closeCase", caseId=world.ids["closed case"], disposition="DUPLICATE")
    note = await world.do(OPERATOR, "addCaseNote", caseId=world.ids["Case"], text="A note for all members")
    world.ids["CaseNote"] = note["id"]


async def _fill_participants(world: FullWorld) -> None:
    for slug in (ALDER, BIRCH, CEDAR, OPERATOR):
        world.ids[slug] = world.exchange.client(slug).participant_id
    world.ids["Participant"] = world.ids[ALDER]
    world.ids["SharingGroup"] = world.exchange.credentials.group_id
    world.ids["applicant"] = (
        await world.do(OPERATOR, "admitParticipant", slug="dogwood", name="Dogwood", participantClass="RECEIVE_ONLY")
    )["id"]
    world.ids["spare group"] = (await world.do(OPERATOR, "createGroup", slug="spare", name="Spare"))["id"]
    for name in ("ApiClient", "client to disable", "client to confine"):
        given = {"participantId": world.ids[ALDER], "name": "Importer", "scopes": ["signals:read"]}
        world.ids[name] = (await world.do(OPERATOR, "registerClient", **given))["client"]["id"]


async def _fill_documents(world: FullWorld) -> None:
    await world.do(OPERATOR, "registerDocuments", documents=[SPARE_DOCUMENT, KEPT_DOCUMENT])
    listed = await world.ask(OPERATOR, "{ trustedDocuments { edges { node { id documentId } } } }")
    found = {edge["node"]["documentId"]: edge["node"]["id"] for edge in listed["edges"]}
    world.ids["TrustedDocument"] = found[id_of(KEPT_DOCUMENT)]


async def _fill_feed(world: FullWorld) -> None:
    page = await world.ask(OPERATOR, "{ changes(first: 1) { ... on ChangePage { endCursor } } }")
    world.ids["place in the feed"] = page["endCursor"]


async def _fill_people(world: FullWorld) -> None:
    for name in ("Person", "person to disable", "person to reset"):
        given = {"email": f"{name.replace(' ', '.')}@people.example", "name": "Ann Example", "roles": ["ANALYST"]}
        invited = await world.do(OPERATOR, "invitePerson", participantId=world.ids[ALDER], **given)
        world.ids[name] = invited["person"]["id"]


async def _fill_findings(world: FullWorld) -> None:
    await world.do(OPERATOR, "issueMatchKey")
    finding = {"signalId": world.ids["Signal"], "verdict": "NO_MATCH", "note": "Nothing found"}
    (row,) = (await world.do(OPERATOR, "recordFeedback", feedback=[finding]))["rows"]
    world.ids["Feedback"] = row["feedbackId"]
    reason = {"purpose": "MATCH_REVIEW", "purposeText": "A sign-up matched it"}
    revealed = await world.do(BIRCH, "revealValues", signalIds=[world.ids["Signal"]], **reason)
    world.ids["AccessRecord"] = revealed["values"][0]["recordId"]
    ((harmed, _),) = await world.upload(ALDER, ("USERNAME", "somebody"), platform="chirper")
    said = {"verdict": "FALSE_POSITIVE", "reason": "VICTIM_NOT_OFFENDER", "reviewStatus": "REVIEWED_MANUALLY"}
    await world.do(BIRCH, "recordFeedback", feedback=[{"signalId": harmed, **said}])
    reports = await world.ask(OPERATOR, "{ victimReports { edges { node { id } } } }")
    world.ids["VictimReport"] = reports["edges"][0]["node"]["id"]
