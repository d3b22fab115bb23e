"""The administration of participants, groups and API clients, as clients ask for it over HTTP."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.services.demo import DemoClient
from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session

ADMIT = """mutation ($input: AdmitParticipantInput!) { admitParticipant(input: $input) {
    __typename ... on Participant { id slug status quarantines }
    ... on InvalidInput { field } ... on Problem { code } } }"""
STEP = """mutation ($input: ChangeParticipantStatusInput!) { changeParticipantStatus(input: $input) {
    __typename ... on Participant { status } ... on Problem { code message } } }"""
QUARANTINE = """mutation ($input: SetQuarantineInput!) { setQuarantine(input: $input) {
    __typename ... on Participant { quarantines } ... on Problem { code } } }"""
CREATE = """mutation ($input: CreateGroupInput!) { createGroup(input: $input) {
    __typename ... on SharingGroup { id slug name } ... on Problem { code } } }"""
RENAME = """mutation ($input: RenameGroupInput!) { renameGroup(input: $input) {
    __typename ... on SharingGroup { name } ... on Problem { code } } }"""
ADD = """mutation ($input: AddGroupMembersInput!) { addGroupMembers(input: $input) {
    __typename ... on SharingGroup { slug } ... on Problem { code message } } }"""
REMOVE = """mutation ($input: RemoveGroupMembersInput!) { removeGroupMembers(input: $input) {
    __typename ... on SharingGroup { slug } ... on Problem { code } } }"""
REGISTER = """mutation ($input: RegisterClientInput!) { registerClient(input: $input) {
    __typename ... on ClientWithSecret { clientSecret client { id scopes disabledAt participant { slug } } }
    ... on InvalidInput { field reason } ... on Problem { code } } }"""
ROTATE = """mutation ($input: RotateClientSecretInput!) { rotateClientSecret(input: $input) {
    __typename ... on ClientWithSecret { clientSecret client { id } } ... on Problem { code message } } }"""
DISABLE = """mutation ($input: DisableClientInput!) { disableClient(input: $input) {
    __typename ... on ApiClient { disabledAt } ... on Problem { code message } } }"""
LIST = """query ($filter: ParticipantFilterInput, $first: Int! = 50, $after: String) {
    participants(filter: $filter, first: $first, after: $after) {
        edges { node { slug groups { slug } } } pageInfo { hasNextPage endCursor } } }"""
NODE = """query ($id: ID!) { node(id: $id) {
    __typename ... on SharingGroup { slug } ... on ApiClient { name } ... on Participant { slug } } }"""
NOBODY = "par_" + "0" * 32


def slugs(page: dict[str, Any]) -> list[str]:
    return [edge["node"]["slug"] for edge in page["edges"]]


async def test_an_applicant_is_admitted_and_takes_a_step(operator: Session) -> None:
    applicant = {"slug": "dogwood", "name": "Dogwood", "participantClass": "RECEIVE_ONLY"}
    admitted = await operator.ask(ADMIT, input=applicant)
    assert (admitted["__typename"], admitted["status"], admitted["quarantines"]) == ("Participant", "APPLIED", False)
    stepped = await operator.ask(STEP, input={"participantId": admitted["id"], "status": "COMPLIANCE_REVIEW"})
    assert stepped == {"__typename": "Participant", "status": "COMPLIANCE_REVIEW"}
    assert (await operator.ask(ADMIT, input=applicant))["code"] == "CONFLICT"


@pytest.mark.parametrize("slug", ["", "Dog", "dog\0", "1dog", "d" * 10_000])
async def test_a_bad_slug_is_told_as_bad_input(operator: Session, slug: str) -> None:
    refused = await operator.ask(ADMIT, input={"slug": slug, "name": "D", "participantClass": "OBSERVER"})
    assert refused == {"__typename": "InvalidInput", "field": "slug", "code": "BAD_USER_INPUT"}


async def test_a_step_that_may_not_follow_is_a_conflict(operator: Session, cedar: Session) -> None:
    refused = await operator.ask(STEP, input={"participantId": cedar.client.participant_id, "status": "APPLIED"})
    assert (refused["__typename"], refused["code"]) == ("Conflict", "CONFLICT")


@pytest.mark.parametrize("id", ["", "x", NOBODY, "grp_" + "0" * 32, "par_x", "\0", "é" * 1000])
async def test_whatever_is_no_participant_is_not_found_in_the_same_words(operator: Session, id: str) -> None:
    refused = await operator.ask(STEP, input={"participantId": id, "status": "ACTIVE"})
    absent = await operator.ask(STEP, input={"participantId": NOBODY, "status": "ACTIVE"})
    assert refused == absent
    assert refused["code"] == "NOT_FOUND"


async def test_quarantine_is_switched_on_and_off(operator: Session, cedar: Session) -> None:
    for value in (True, False):
        wanted = {"participantId": cedar.client.participant_id, "quarantines": value}
        assert (await operator.ask(QUARANTINE, input=wanted))["quarantines"] is value


async def test_a_group_is_made_filled_renamed_and_emptied(operator: Session, cedar: Session) -> None:
    group = await operator.ask(CREATE, input={"slug": "ferry-watch", "name": "Ferries"})
    members = {"groupId": group["id"], "participantIds": [cedar.client.participant_id]}
    assert await cedar.ask(NODE, id=group["id"]) is None
    await operator.ask(ADD, input=members)
    assert (await cedar.ask(NODE, id=group["id"]))["slug"] == "ferry-watch"
    assert slugs(await cedar.ask(LIST, filter={"group": group["id"]})) == ["cedar"]
    assert (await operator.ask(RENAME, input={"groupId": group["id"], "name": "Ships"}))["name"] == "Ships"
    await operator.ask(REMOVE, input=members)
    assert await cedar.ask(NODE, id=group["id"]) is None


async def test_groups_that_are_out_of_sight_show_nowhere(
    exchange: DemoExchange, alder: Session, cedar: Session, operator: Session
) -> None:
    def with_groups(page: dict[str, Any]) -> set[str]:
        return {edge["node"]["slug"] for edge in page["edges"] if edge["node"]["groups"]}

    assert with_groups(await alder.ask(LIST)) == {"alder", "birch"}
    assert with_groups(await operator.ask(LIST)) == {"alder", "birch"}
    assert with_groups(await cedar.ask(LIST)) == set()
    assert (await cedar.ask(LIST, filter={"group": exchange.credentials.group_id}))["edges"] == []
    for text in ("", "x", "grp_" + "0" * 32):
        assert (await alder.ask(LIST, filter={"group": text}))["edges"] == []


async def test_a_list_is_paged_by_cursor(operator: Session) -> None:
    first = await operator.ask(LIST, first=3)
    rest = await operator.ask(LIST, first=3, after=first["pageInfo"]["endCursor"])
    assert sorted(slugs(first) + slugs(rest)) == ["alder", "birch", "cedar", "lantern-operator"]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_participants_are_found_by_what_they_are(operator: Session) -> None:
    for filter in (
        {"slug": "cedar"},
        {"slug": "cedar", "status": "ACTIVE", "participantClass": "CONTRIBUTOR_CONSUMER"},
    ):
        assert slugs(await operator.ask(LIST, filter=filter)) == ["cedar"]
    assert slugs(await operator.ask(LIST, filter={"slug": "cedar", "status": "APPLIED"})) == []


@pytest.mark.parametrize("slug", ["", "\0", "Cedar", "x" * 100_000])
async def test_a_slug_that_nobody_can_have_is_refused(operator: Session, slug: str) -> None:
    answer = await operator.send(LIST, filter={"slug": slug})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("asked", [{"first": 0}, {"first": -1}, {"first": 1001}, {"after": "x"}, {"after": ""}])
async def test_a_page_that_is_none_is_refused(operator: Session, asked: dict[str, Any]) -> None:
    answer = await operator.send(LIST, **asked)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_registered_client_gets_tokens_with_the_secret_that_is_shown_once(
    operator: Session, cedar: Session, http: httpx.AsyncClient
) -> None:
    wanted = {"participantId": cedar.client.participant_id, "name": "Night shift", "scopes": ["participants:read"]}
    issued = await operator.ask(REGISTER, input=wanted)
    assert issued["client"]["participant"] == {"slug": "cedar"}
    known = replace(cedar.client, client_id=issued["client"]["id"], client_secret=issued["clientSecret"])
    assert len((await Session(http, known).ask(LIST))["edges"]) == 4
    assert (await cedar.ask(NODE, id=issued["client"]["id"]))["name"] == "Night shift"


@pytest.mark.parametrize(
    ("scopes", "reason"),
    [
        ([], "EMPTY"),
        (["signals:everything"], "UNKNOWN_SCOPE"),
        (["SIGNALS_READ"], "UNKNOWN_SCOPE"),
        (["participants:manage"], "SCOPE_NOT_ALLOWED"),
    ],
)
async def test_scopes_that_cannot_be_had_are_refused(
    operator: Session, cedar: Session, scopes: list[str], reason: str
) -> None:
    wanted = {"participantId": cedar.client.participant_id, "name": "Night shift", "scopes": scopes}
    refused = await operator.ask(REGISTER, input=wanted)
    assert (refused["field"], refused["reason"]) == ("scopes", reason)


async def test_a_participant_rotates_and_disables_its_own_clients(cedar: Session, http: httpx.AsyncClient) -> None:
    rotated = await cedar.ask(ROTATE, input={"clientId": cedar.client.client_id})
    assert await cedar.token() == ""
    fresh = Session(http, replace(cedar.client, client_secret=rotated["clientSecret"]))
    assert (await fresh.ask(DISABLE, input={"clientId": cedar.client.client_id}))["disabledAt"]
    assert await fresh.token() == ""


async def test_the_clients_of_others_do_not_exist(alder: Session, cedar: Session, operator: Session) -> None:
    theirs, nobodys = cedar.client.client_id, f"cli_{uuid4().hex}"
    for document in (ROTATE, DISABLE):
        hidden = await alder.ask(document, input={"clientId": theirs})
        assert hidden["code"] == "NOT_FOUND"
        for absent in (nobodys, "", "x"):
            assert await alder.ask(document, input={"clientId": absent}) == hidden
    assert await alder.ask(NODE, id=theirs) is None
    assert (await operator.ask(NODE, id=theirs))["name"] == "First client of Cedar"


OPERATORS = {
    ADMIT: {"slug": "dogwood", "name": "Dogwood", "participantClass": "OBSERVER"},
    STEP: {"participantId": NOBODY, "status": "ACTIVE"},
    QUARANTINE: {"participantId": NOBODY, "quarantines": True},
    CREATE: {"slug": "ferry-watch", "name": "Ferries"},
    RENAME: {"groupId": "grp_x", "name": "Ferries"},
    ADD: {"groupId": "grp_x", "participantIds": [NOBODY]},
    REMOVE: {"groupId": "grp_x", "participantIds": [NOBODY]},
}


@pytest.mark.parametrize("document", OPERATORS)
async def test_what_operators_do_needs_a_scope_that_others_cannot_have(alder: Session, document: str) -> None:
    answer = await alder.send(document, input=OPERATORS[document])
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
    assert not answer.get("data")


async def test_registering_is_refused_to_everybody_but_the_operator(alder: Session) -> None:
    wanted = {"participantId": alder.client.participant_id, "name": "More", "scopes": ["signals:read"]}
    assert (await alder.ask(REGISTER, input=wanted))["code"] == "FORBIDDEN"


@pytest.mark.parametrize("document", [REGISTER, ROTATE, DISABLE])
async def test_clients_are_managed_with_the_scope_for_it(
    exchange: DemoExchange, http: httpx.AsyncClient, document: str
) -> None:
    less = Session(http, exchange.client("lantern-operator"), scope="participants:read participants:manage")
    inputs: dict[str, dict[str, Any]] = {REGISTER: {"participantId": NOBODY, "name": "x", "scopes": []}}
    answer = await less.send(document, input=inputs.get(document, {"clientId": "x"}))
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_an_operator_that_is_suspended_is_told_so(
    exchange: DemoExchange, operator: Session, http: httpx.AsyncClient
) -> None:
    second = await operator.ask(ADMIT, input={"slug": "second", "name": "Second", "participantClass": "OPERATOR"})
    for status in ("COMPLIANCE_REVIEW", "APPROVED", "AGREEMENT_SIGNED", "ONBOARDING", "ACTIVE", "SUSPENDED"):
        await operator.ask(STEP, input={"participantId": second["id"], "status": status})
    wanted = {"participantId": second["id"], "name": "x", "scopes": ["participants:read", "participants:manage"]}
    issued = await operator.ask(REGISTER, input=wanted)
    client = DemoClient("Second", second["id"], issued["client"]["id"], issued["clientSecret"])
    own = {"participantId": operator.client.participant_id, "status": "SUSPENDED"}
    assert (await Session(http, client).ask(STEP, input=own))["code"] == "FORBIDDEN"
