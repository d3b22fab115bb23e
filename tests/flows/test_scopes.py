"""Without a scope, nothing that names it can be reached: by the root, through objects, by `node` or by `_entities`."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, get_named_type
from sqlalchemy import text

from app.graphql import scopes
from app.graphql.schema import schema
from app.graphql.scopes import SchemaScopes
from app.rules.scopes import Scope
from app.store.database_urls import DatabaseUrls
from tests.flows import examples
from tests.flows.documents import mutation
from tests.flows.full_world import ALDER, ALL_SCOPES, OPERATOR, FullWorld, full_world
from tests.flows.guarded import ALSO_NEEDED, GRAPH, READING_THE_SCHEMA, STATED, Operation, operations
from tests.served_exchange import served

# What is guarded by what. It stands here once more, so that a directive that gets lost is missed.
GUARDED = {
    Scope.SIGNALS_READ: "Signal Contribution SignalLink Network Query.signal Query.signals Query.myContributions",
    Scope.SIGNALS_MATCH: "Query.matchSignals Mutation.issueMatchKey Signal.matchTag Signal.matchTagKey"
    " Signal.nearMatchTags",
    Scope.SIGNALS_REVEAL: "Mutation.revealValues",
    Scope.SIGNALS_WRITE: "Mutation.uploadSignals Mutation.linkSignals Mutation.unlinkSignals"
    " Mutation.updateContribution Mutation.renewContributions",
    Scope.SIGNALS_RETRACT: "Mutation.retractContribution Mutation.retractContributions",
    Scope.FEED_READ: "Query.changes Mutation.acknowledgeChanges Subscription.signalChanged",
    Scope.FEEDBACK_READ: "Feedback FeedbackSummary Query.feedbackGiven Query.feedbackReceived"
    " Subscription.feedbackOnMySignals Signal.feedback Signal.feedbackSummary",
    Scope.FEEDBACK_WRITE: "Mutation.recordFeedback",
    Scope.CASES_READ: "Case CaseEvent CaseMember CaseNote CaseSignal Query.cases Signal.cases"
    " Subscription.caseActivity",
    Scope.CASES_WRITE: "Mutation.openCase Mutation.removeFromCase Mutation.addSignalsToCase Mutation.addCaseNote"
    " Mutation.changeCaseStatus Mutation.closeCase Mutation.reopenCase",
    Scope.CASES_SHARE: "Mutation.inviteToCase",
    Scope.PARTICIPANTS_READ: "Participant SharingGroup Query.participants",
    Scope.PARTICIPANTS_MANAGE: "Mutation.admitParticipant Mutation.changeParticipantStatus Mutation.createGroup"
    " Mutation.renameGroup Mutation.addGroupMembers Mutation.removeGroupMembers",
    Scope.COMPLIANCE_MANAGE: "VictimReport Query.victimReports Query.guardLists Participant.quarantines"
    " Mutation.setQuarantine Mutation.decideVictimReport Mutation.loadGuardEntries Mutation.unloadGuardEntries"
    " Mutation.releaseContributions Mutation.setContributionsHidden Mutation.setSignalHidden"
    " Mutation.setParticipantHidden",
    Scope.IMPACT_READ: "Impact Viewer.impact",
    Scope.AUDIT_READ: "AccessRecord Query.accessRecords",
    Scope.CLIENTS_MANAGE: "ApiClient Query.clients Mutation.registerClient Mutation.registerKeyClient"
    " Mutation.rotateClientSecret"
    " Mutation.setClientKeys Mutation.setClientRequiresDpop Mutation.disableClient"
    " Mutation.registerPublicClient Person Query.people Mutation.invitePerson Mutation.setPersonRoles"
    " Mutation.disablePerson Mutation.resetPersonPassword"
    " Mutation.confineClient TrustedDocument Query.trustedDocuments"
    " Mutation.registerDocuments Mutation.retireDocuments",
    Scope.SCHEMA_READ: "Query.__schema Query.__type Query._service",
}

# Participants in any status may shut out their own clients and people, confine clients, and retire their documents:
# this only ever takes rights away. And they may say that they have deleted what they have to.
IN_ANY_STATUS = {"disableClient", "confineClient", "retireDocuments", "disablePerson", "acknowledgeChanges"}

# All that a token without a single scope reaches; objects by id ask for the scopes of their type when they are found.
OPEN = {
    "Query.viewer", "Viewer.clientId", "Viewer.scopes", "Viewer.person", "SignedInPerson.id", "SignedInPerson.email",
    "SignedInPerson.name", "SignedInPerson.roles", "Query.node", "Query.nodes", "Node.id", "Query._entities",
}  # fmt: skip


@pytest.fixture(scope="module")
async def world(database_urls: DatabaseUrls) -> AsyncIterator[FullWorld]:
    async with full_world(database_urls) as world:
        yield world


@pytest.fixture(scope="module")
def every_operation(world: FullWorld) -> list[Operation]:
    return operations(world)


def codes(answer: Mapping[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", [])]


async def is_refused(world: FullWorld, operation: Operation, scope: str) -> bool:
    """Whether nothing is answered to a token that has everything but this scope, for the want of it."""
    answer = await world.send(world.token(scopes=ALL_SCOPES - {scope}), operation.text, **operation.variables)
    named = {f"{at} needs the scope {scope}." for at, needed in operation.needs.items() if scope in needed}
    told = {error["message"] for error in answer.get("errors", [])}
    nothing = [value for value in (answer.get("data") or {}).values() if value not in (None, [None])] == []
    return nothing and set(codes(answer)) == {"FORBIDDEN"} and told == named


def naming(every_operation: list[Operation], scope: str) -> list[Operation]:
    return [operation for operation in every_operation if scope in operation.scopes]


async def reached(world: FullWorld, every_operation: list[Operation], scope: str) -> list[str]:
    """What names the scope and can be had without it."""
    named = naming(every_operation, scope)
    return [operation.label for operation in named if not await is_refused(world, operation, scope)]


def test_the_server_reads_in_the_schema_what_its_text_says() -> None:
    read = {at: need.any_of for at, need in scopes.of(schema).by_coordinate.items()}
    assert {at: any_of for at, any_of in read.items() if at not in READING_THE_SCHEMA} == {
        at: frozenset({needed}) for at, needed in STATED.items()
    }


def test_each_scope_guards_what_it_should() -> None:
    found = {at: {scope} for scope, all_of in GUARDED.items() for at in all_of.split()}
    assert {at: set(needed) for at, needed in STATED.items()} == {
        at: scope for at, scope in found.items() if at not in READING_THE_SCHEMA
    }
    assert set(GUARDED) == set(Scope)


def test_a_token_without_scopes_reaches_nothing_but_itself() -> None:
    assert _reachable_without_scopes() == OPEN


def _reachable_without_scopes() -> set[str]:
    found: set[str] = set()
    waiting = ["Query", "Mutation", "Subscription"]
    while waiting:
        parent = GRAPH.type_map[waiting.pop()]
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in parent.fields.items():
                leaf = get_named_type(field.type)
                at = f"{parent.name}.{name}"
                if at not in found | STATED.keys() | READING_THE_SCHEMA.keys() and leaf.name not in STATED:
                    found.add(at)
                    waiting.append(leaf.name)
        elif isinstance(parent, GraphQLUnionType):
            waiting += [member.name for member in parent.types if member.name not in STATED]
    return found


def test_the_operations_reach_everything_that_names_a_scope_in_several_ways(every_operation: list[Operation]) -> None:
    ways = Counter(at for operation in every_operation for at in operation.needs)
    assert set(ways) == {*STATED, *READING_THE_SCHEMA}
    # A type is met wherever one of its kind can stand; the least met is the one that a single field leads to.
    assert ways["Impact"] == 1
    assert {operation.label.split(" ")[0] for operation in every_operation if "Case" in operation.needs} >= {
        "Query.cases",
        "Query.node",
        "Query.nodes",
        "Query._entities",
        "Mutation.openCase",
    }


@pytest.mark.parametrize("scope", list(Scope))
async def test_without_a_scope_everything_that_names_it_is_refused(
    world: FullWorld, every_operation: list[Operation], scope: Scope
) -> None:
    before = await world.rows()
    assert await reached(world, every_operation, str(scope)) == []
    assert await world.rows() == before


@pytest.mark.parametrize(
    ("lost", "scope"),
    [
        ("Signal.feedback", "feedback:read"),
        ("Case", "cases:read"),
        ("Query.changes", "feed:read"),
        ("Subscription.signalChanged", "feed:read"),
    ],
)
async def test_a_directive_that_is_not_enforced_is_noticed(
    world: FullWorld,
    every_operation: list[Operation],
    monkeypatch: pytest.MonkeyPatch,
    lost: str,
    scope: str,
) -> None:
    enforced = {at: need for at, need in scopes.of(schema).by_coordinate.items() if at != lost}
    monkeypatch.setattr(scopes, "of", lambda _schema, *_open: SchemaScopes(GRAPH, enforced))
    async with served(world.exchange) as http:
        found = await reached(replace(world, http=http), every_operation, scope)
    assert [label for label in found if lost in label]


async def test_a_mutation_without_its_directive_is_noticed(
    world: FullWorld, every_operation: list[Operation], monkeypatch: pytest.MonkeyPatch
) -> None:
    enforced = {at: need for at, need in scopes.of(schema).by_coordinate.items() if at != "Mutation.createGroup"}
    monkeypatch.setattr(scopes, "of", lambda _schema, *_open: SchemaScopes(GRAPH, enforced))
    async with served(world.exchange) as http:
        found = await reached(replace(world, http=http), every_operation, "participants:manage")
    assert "Mutation.createGroup" in found


async def test_objects_by_id_that_are_not_asked_for_their_scopes_are_noticed(
    world: FullWorld, every_operation: list[Operation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scopes, "require", lambda *_given: None)
    found = await reached(world, every_operation, "cases:read")
    assert {label.split(" ")[0] for label in found} == {"Query.node", "Query.nodes", "Query._entities"}


async def test_of_several_objects_only_those_without_their_scope_are_null(world: FullWorld) -> None:
    asked = [world.ids["Case"], world.ids["Signal"], "no id", world.ids["Case"]]
    token = world.token(scopes=["signals:read"])
    answer = await world.send(token, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=asked)
    assert answer["data"]["nodes"] == [None, {"id": world.ids["Signal"]}, None, None]
    told = [(error["path"], error["extensions"]["code"]) for error in answer["errors"]]
    assert told == [(["nodes", 0], "FORBIDDEN"), (["nodes", 3], "FORBIDDEN")]


@asynccontextmanager
async def changed(world: FullWorld, table: str, change: str, back: str, id: str) -> AsyncIterator[None]:
    """A row of the store as somebody changed it behind the token's back."""
    update = f"UPDATE {table} SET {{}} WHERE id = '{id.partition('_')[2]}'"  # our own words
    async with world.owner.begin() as connection:
        await connection.execute(text(update.format(change)))
    try:
        yield
    finally:
        async with world.owner.begin() as connection:
            await connection.execute(text(update.format(back)))


async def test_scopes_that_were_taken_away_no_longer_count(world: FullWorld, every_operation: list[Operation]) -> None:
    client = world.exchange.client(OPERATOR).client_id
    taken = "scopes = array_remove(scopes, 'cases:read')"
    async with changed(world, "api_client", taken, "scopes = scopes || '{cases:read}'", client):
        told = [
            await world.send(world.token(), one.text, **one.variables) for one in naming(every_operation, "cases:read")
        ]
    assert {tuple(sorted(set(codes(answer)))) for answer in told} == {("FORBIDDEN",)}


@pytest.mark.parametrize("status", ["RESTRICTED", "SUSPENDED", "OFFBOARDING", "APPLIED"])
async def test_whoever_is_not_active_can_do_nothing(world: FullWorld, status: str) -> None:
    """With every scope, and told so as a result of the mutation, whichever it is (R4)."""
    before, done = await world.rows(), []
    async with changed(world, "participant", f"status = '{status}'", "status = 'ACTIVE'", world.ids[OPERATOR]):
        for name, input in examples.inputs(world).items():
            if name in IN_ANY_STATUS:
                continue
            answer = await world.send(world.token(), mutation(GRAPH, name, 0), **({"input": input} if input else {}))
            done += [] if answer["data"][name]["__typename"] == "Forbidden" else [(name, answer)]
    assert done == []
    assert {table for table, rows in (await world.rows()).items() if rows != before[table]} <= {"participant"}


async def test_a_client_that_was_disabled_is_nobody(world: FullWorld) -> None:
    client = world.exchange.client(ALDER)
    async with changed(world, "api_client", "disabled_at = now()", "disabled_at = NULL", client.client_id):
        answer = await world.post(world.token(ALDER), "{ viewer { clientId } }", {})
        form, auth = {"grant_type": "client_credentials"}, (client.client_id, client.client_secret)
        refused = await world.http.post("/oauth/token", data=form, auth=auth)
    assert (answer.status_code, codes(answer.json())) == (401, ["UNAUTHENTICATED"])
    assert refused.status_code == 401


async def test_a_token_that_was_revoked_is_nobodys(world: FullWorld) -> None:
    client, token = world.exchange.client(ALDER), world.token(ALDER)
    assert codes(await world.send(token, "{ viewer { clientId } }")) == []
    auth = (client.client_id, client.client_secret)
    assert (await world.http.post("/oauth/revoke", data={"token": token}, auth=auth)).status_code == 200
    assert codes(await world.send(token, "{ viewer { clientId } }")) == ["UNAUTHENTICATED"]


async def test_a_receiver_is_never_given_the_right_to_upload(world: FullWorld) -> None:
    given = {"participantId": world.ids["applicant"], "name": "Uploader", "scopes": ["signals:read", "signals:write"]}
    answer = await world.send(world.token(), mutation(GRAPH, "registerClient"), input=given)
    assert answer["data"]["registerClient"]["reason"] == "SCOPE_NOT_ALLOWED"


async def test_whoever_becomes_a_receiver_loses_the_right_to_upload(world: FullWorld) -> None:
    client, document = world.exchange.client(ALDER), mutation(GRAPH, "uploadSignals")
    receives, back = ("participant_class = 'RECEIVE_ONLY'", "participant_class = 'CONTRIBUTOR_CONSUMER'")
    async with changed(world, "participant", receives, back, world.ids[ALDER]):
        upload = {"input": examples.inputs(world)["uploadSignals"]}
        assert codes(await world.send(world.token(ALDER), document, **upload)) == ["FORBIDDEN"]
        form = {"grant_type": "client_credentials", "scope": "signals:write"}
        refused = await world.http.post("/oauth/token", data=form, auth=(client.client_id, client.client_secret))
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


async def test_the_scopes_that_are_named_are_enough(world: FullWorld, every_operation: list[Operation]) -> None:
    """With these alone nothing is refused, so each refusal above is for the one that was missing."""
    refused, called = [], set()
    for operation in every_operation:
        mutation_name = operation.label.split(" ")[0] if operation.label.startswith("Mutation") else operation.label
        if mutation_name in called:
            continue
        called.add(mutation_name)
        also = frozenset().union(*(ALSO_NEEDED.get(at, frozenset()) for at in operation.needs))
        answer = await world.send(world.token(scopes=operation.scopes | also), operation.text, **operation.variables)
        if "FORBIDDEN" in str(answer):
            refused.append((operation.label, answer))
    assert refused == []
