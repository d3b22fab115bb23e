"""A case over HTTP: opened, worked in, closed, and unknown to everybody else."""

from typing import Any

import pytest

from app.services.demo import DemoClient
from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session

PROBLEM = "... on Problem { code message ... on InvalidInput { field reason } ... on NotFound { noun } }"
CASE = """id title summary status disposition createdAt updatedAt openedBy { slug }
    members { participant { slug } invitedBy { slug } joinedAt }
    signals { edges { node { signal { id } addedBy { slug } addedAt } } pageInfo { hasNextPage } }
    notes { edges { node { id text author { slug } } } }
    timeline { edges { node {
        kind actor { slug } member { slug } signal { id } note { text } status disposition } } }"""
UPLOAD = """mutation ($input: UploadSignalsInput!) { uploadSignals(input: $input) {
    ... on UploadSignalsPayload { rows { outcome signalId problem { message } } } } }"""
ADD = f"""mutation ($input: AddSignalsToCaseInput!) {{ addSignalsToCase(input: $input) {{
    __typename ... on AddSignalsToCasePayload {{
        case {{ id }} rows {{ index outcome signal {{ id }} problem {{ code message }} }} }} {PROBLEM} }} }}"""
NOTE = f"""mutation ($input: AddCaseNoteInput!) {{ addCaseNote(input: $input) {{
    __typename ... on CaseNote {{ id text author {{ slug }} }} {PROBLEM} }} }}"""
REMOVE = f"""mutation ($input: RemoveFromCaseInput!) {{ removeFromCase(input: $input) {{
    __typename ... on RemoveFromCasePayload {{ case {{ members {{ participant {{ slug }} }} }} }} {PROBLEM} }} }}"""
LIST = """query ($filter: CaseFilterInput, $first: Int! = 50, $after: String) {
    cases(filter: $filter, first: $first, after: $after) {
        edges { node { id } } pageInfo { hasNextPage endCursor } } }"""
NODE = f"query ($id: ID!) {{ node(id: $id) {{ __typename ... on Case {{ {CASE} }} ... on CaseNote {{ text }} }} }}"
SIGNAL = "query ($id: ID!) { signal(id: $id) { cases { id title } } }"
ENTITIES = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Case { id title } } }"
NO_CASE = "cas_" + "0" * 32


def changing(mutation: str) -> str:
    """A mutation that answers with the case."""
    name = mutation[0].upper() + mutation[1:]
    return (
        f"mutation ($input: {name}Input!) {{ {mutation}(input: $input) {{"
        f" __typename ... on Case {{ {CASE} }} {PROBLEM} }} }}"
    )


OPEN, INVITE, CHANGE, CLOSE, REOPEN = map(
    changing, ("openCase", "inviteToCase", "changeCaseStatus", "closeCase", "reopenCase")
)


async def share(session: Session, value: str, group: str | None = None) -> str:
    """The id of a domain that is shared with the program, or with a group alone."""
    draft = {"type": "DOMAIN", "value": value, "violations": ["SEXTORTION_FINANCIAL"], "severity": "HIGH"}
    audience = {} if group is None else {"audienceGroups": [group]}
    answer = await session.ask(UPLOAD, input={"signals": [draft | audience | {"confidence": 60}]})
    (row,) = answer["rows"]
    assert row["problem"] is None
    return str(row["signalId"])


def nodes(connection: dict[str, Any]) -> list[Any]:
    return [edge["node"] for edge in connection["edges"]]


def own(client: DemoClient, case_id: str) -> dict[str, str]:
    return {"caseId": case_id, "participantId": client.participant_id}


async def test_a_case_is_opened_worked_in_and_closed(alder: Session, birch: Session) -> None:
    signal = await share(birch, "ring-one.example")
    case = await alder.ask(
        OPEN,
        input={
            "title": "Ring one",
            "summary": "Seen twice",
            "signalIds": [signal],
            "memberIds": [birch.client.participant_id],
        },
    )
    assert (case["title"], case["summary"], case["status"]) == ("Ring one", "Seen twice", "OPEN")
    assert {member["participant"]["slug"] for member in case["members"]} == {"alder", "birch"}
    assert [row["signal"]["id"] for row in nodes(case["signals"])] == [signal]
    note = await birch.ask(NOTE, input={"caseId": case["id"], "text": "Also with us"})
    assert (note["text"], note["author"]["slug"]) == ("Also with us", "birch")
    await birch.ask(CHANGE, input={"caseId": case["id"], "status": "INVESTIGATING"})
    closed = await alder.ask(CLOSE, input={"caseId": case["id"], "disposition": "ACTIONED"})
    assert (closed["status"], closed["disposition"]) == ("CLOSED", "ACTIONED")
    told = [(event["kind"], event["actor"]["slug"]) for event in nodes(closed["timeline"])]
    assert told == [
        ("OPENED", "alder"),
        ("MEMBER_INVITED", "alder"),
        ("SIGNAL_ADDED", "alder"),
        ("NOTE_ADDED", "birch"),
        ("STATUS_CHANGED", "birch"),
        ("CLOSED", "alder"),
    ]
    assert (await birch.ask(REOPEN, input={"caseId": case["id"]}))["status"] == "OPEN"


async def test_events_say_what_they_are_about(alder: Session, cedar: Session) -> None:
    signal = await share(alder, "ring-two.example")
    case = await alder.ask(OPEN, input={"title": "Ring two", "signalIds": [signal]})
    await alder.ask(INVITE, input=own(cedar.client, case["id"]))
    await alder.ask(NOTE, input={"caseId": case["id"], "text": "Look here"})
    seen = await cedar.ask(NODE, id=case["id"])
    opened_, added, invited, noted = nodes(seen["timeline"])
    nothing = {"member": None, "signal": None, "note": None, "status": None, "disposition": None}
    who = {"actor": {"slug": "alder"}}
    assert opened_ == {**nothing, **who, "kind": "OPENED", "status": "OPEN"}
    assert added == {**nothing, **who, "kind": "SIGNAL_ADDED", "signal": {"id": signal}}
    assert invited == {**nothing, **who, "kind": "MEMBER_INVITED", "member": {"slug": "cedar"}}
    assert noted == {**nothing, **who, "kind": "NOTE_ADDED", "note": {"text": "Look here"}}


async def test_a_case_shows_on_its_signals_and_by_its_filters(alder: Session, birch: Session) -> None:
    signal = await share(birch, "ring-three.example")
    case = await alder.ask(OPEN, input={"title": "Ring three", "signalIds": [signal]})
    assert (await alder.ask(SIGNAL, id=signal))["cases"] == [{"id": case["id"], "title": "Ring three"}]
    assert (await birch.ask(SIGNAL, id=signal))["cases"] == []
    found = {"hasSignal": signal, "openedBy": alder.client.participant_id, "updatedSince": case["updatedAt"]}
    assert nodes(await alder.ask(LIST, filter=found)) == [{"id": case["id"]}]
    for other in ({"hasSignal": "sig_x"}, {"openedBy": "\0"}, {"status": "CLOSED"}, {"disposition": "DUPLICATE"}):
        assert nodes(await alder.ask(LIST, filter=other)) == []


async def test_cases_are_listed_page_by_page(alder: Session) -> None:
    made = [(await alder.ask(OPEN, input={"title": f"Ring {n}"}))["id"] for n in range(3)]
    first = await alder.ask(LIST, first=2)
    rest = await alder.ask(LIST, first=2, after=first["pageInfo"]["endCursor"])
    assert {node["id"] for node in nodes(first) + nodes(rest)} == set(made)
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_a_foreign_case_reads_like_none(alder: Session, birch: Session, cedar: Session) -> None:
    case = await alder.ask(OPEN, input={"title": "Ring", "memberIds": [birch.client.participant_id]})
    note = await alder.ask(NOTE, input={"caseId": case["id"], "text": "Ours"})
    for id in (case["id"], note["id"], NO_CASE):
        assert await cedar.ask(NODE, id=id) is None
    keys = [{"__typename": "Case", "id": id} for id in (case["id"], NO_CASE)]
    assert await cedar.ask(ENTITIES, of=keys) == [None, None]
    assert (await birch.ask(ENTITIES, of=keys))[0] == {"id": case["id"], "title": "Ring"}
    assert await birch.ask(NODE, id=note["id"]) == {"__typename": "CaseNote", "text": "Ours"}
    assert nodes(await cedar.ask(LIST)) == []


@pytest.mark.parametrize("id", ["", "\0", "cas_x", "sig_" + "0" * 32, "é" * 1_000])
async def test_to_work_in_a_foreign_case_reads_like_working_in_none(alder: Session, cedar: Session, id: str) -> None:
    case = await alder.ask(OPEN, input={"title": "Ring"})
    for document, more in (
        (INVITE, {"participantId": cedar.client.participant_id}),
        (REMOVE, {"participantId": cedar.client.participant_id}),
        (ADD, {"signalIds": ["sig_" + "0" * 32]}),
        (NOTE, {"text": "Me too"}),
        (CHANGE, {"status": "ESCALATED"}),
        (CLOSE, {"disposition": "DUPLICATE"}),
        (REOPEN, {}),
    ):
        foreign = await cedar.ask(document, input={"caseId": case["id"], **more})
        assert foreign == await cedar.ask(document, input={"caseId": id, **more})
        assert (foreign["code"], foreign["noun"]) == ("NOT_FOUND", "case")


async def test_a_signal_out_of_sight_is_not_in_the_case(
    exchange: DemoExchange, alder: Session, birch: Session, cedar: Session
) -> None:
    hidden = await share(birch, "ring-four.example", exchange.credentials.group_id)
    case = await alder.ask(OPEN, input={"title": "Ring four", "memberIds": [cedar.client.participant_id]})
    before = await cedar.ask(NODE, id=case["id"])
    exchange.clock.forward(minutes=1)
    added = await alder.ask(ADD, input={"caseId": case["id"], "signalIds": [hidden, hidden, "sig_x"]})
    assert [row["outcome"] for row in added["rows"]] == ["ADDED", "ALREADY_THERE", "REJECTED"]
    assert await cedar.ask(NODE, id=case["id"]) == before
    refused = await cedar.ask(ADD, input={"caseId": case["id"], "signalIds": [hidden, "sig_" + "0" * 32]})
    assert refused["rows"][0]["problem"] == refused["rows"][1]["problem"]
    assert refused["rows"][0]["problem"]["code"] == "NOT_FOUND"


async def test_who_leaves_gets_no_case_back_and_who_removes_does(
    alder: Session, birch: Session, cedar: Session
) -> None:
    members = [birch.client.participant_id, cedar.client.participant_id]
    case = await alder.ask(OPEN, input={"title": "Ring", "memberIds": members})
    left = await birch.ask(REMOVE, input=own(birch.client, case["id"]))
    assert left == {"__typename": "RemoveFromCasePayload", "case": None}
    removed = await alder.ask(REMOVE, input=own(cedar.client, case["id"]))
    assert removed["case"]["members"] == [{"participant": {"slug": "alder"}}]
    assert await cedar.ask(NODE, id=case["id"]) is None


async def test_each_mutation_of_an_operation_answers_with_what_it_left(alder: Session, birch: Session) -> None:
    case = await alder.ask(OPEN, input={"title": "Ring"})
    twice = """mutation ($birch: InviteToCaseInput!, $leave: RemoveFromCaseInput!) {
        inviteToCase(input: $birch) { ... on Case { members { participant { slug } } } }
        removeFromCase(input: $leave) {
            ... on RemoveFromCasePayload { case { members { participant { slug } } } } } }"""
    who = own(birch.client, case["id"])
    answer = (await alder.send(twice, birch=who, leave=who))["data"]
    assert len(answer["inviteToCase"]["members"]) == 2
    assert len(answer["removeFromCase"]["case"]["members"]) == 1


@pytest.mark.parametrize("words", ["", "nul\0", "a" * 10_001])
async def test_a_note_that_cannot_be_kept_is_bad_input(alder: Session, words: str) -> None:
    case = await alder.ask(OPEN, input={"title": "Ring"})
    refused = await alder.ask(NOTE, input={"caseId": case["id"], "text": words})
    assert (refused["code"], refused["field"]) == ("BAD_USER_INPUT", "text")


async def test_a_call_sent_twice_opens_one_case(alder: Session) -> None:
    wanted = {"title": "Ring", "idempotencyKey": "ring-1"}
    first, again = [await alder.ask(OPEN, input=wanted) for _ in range(2)]
    assert first == again
    assert (await alder.ask(OPEN, input=wanted | {"title": "Ring two"}))["code"] == "CONFLICT"
    assert len(nodes(await alder.ask(LIST))) == 1


async def test_cases_are_read_with_the_scope_to_read_them_by_every_way(alder: Session) -> None:
    case = await alder.ask(OPEN, input={"title": "Ring"})
    signal = await share(alder, "ring-five.example")
    blind = Session(alder.http, alder.client, scope="cases:write cases:share signals:read participants:read")
    key = {"__typename": "Case", "id": case["id"]}
    for answer in (
        await blind.send(LIST),
        await blind.send("query ($id: ID!) { node(id: $id) { id } }", id=case["id"]),
        await blind.send("query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }", of=[key]),
        await blind.send(SIGNAL, id=signal),
        await blind.send(OPEN, input={"title": "Ring"}),
    ):
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
        assert case["id"] not in str(answer.get("data"))


async def test_members_are_named_and_invited_with_the_scope_to_share(alder: Session, birch: Session) -> None:
    quiet = Session(alder.http, alder.client, scope="cases:read cases:write participants:read signals:read")
    who = birch.client.participant_id
    case = await quiet.ask(OPEN, input={"title": "Ring"})
    assert (await quiet.ask(OPEN, input={"title": "Ring", "memberIds": [who]}))["code"] == "FORBIDDEN"
    refused = await quiet.send(INVITE, input={"caseId": case["id"], "participantId": who})
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
