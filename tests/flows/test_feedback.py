"""Feedback over HTTP: from a shared signal to what its contributor reads of it (R8-R11)."""

import json
from typing import Any

from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session

UPLOAD = """mutation ($input: UploadSignalsInput!) { uploadSignals(input: $input) {
    ... on UploadSignalsPayload { rows { signalId } } } }"""
RECORD = """mutation ($input: RecordFeedbackInput!) { recordFeedback(input: $input) {
    __typename ... on Problem { code }
    ... on RecordFeedbackPayload { created updated unchanged rejected rows {
        index outcome feedbackId problem { code field reason message } } } } }"""
READ = """query ($id: ID!) { node(id: $id) { ... on Feedback {
    id verdict reason actions { action count } updatedAt
    author { slug } version createdAt reviewStatus reviewedAt reviewerRole policyReference note victimReport
    signal { id } history { edges { node { version verdict note } } } } } }"""
ON_SIGNAL = """query ($id: ID!) { signal(id: $id) {
    feedback { edges { node { id verdict author { slug } } } }
    feedbackSummary { opinion participants verdicts { verdict participants } } } }"""
LISTED = """query ($filter: FeedbackFilterInput) { feedbackReceived(filter: $filter) {
    edges { node { verdict } } pageInfo { hasNextPage } } }"""
GIVEN = """query ($filter: FeedbackFilterInput) { feedbackGiven(filter: $filter) { edges { node { verdict } } } }"""
REPORTS = """query { victimReports(state: HIDDEN) { edges { node { id state reporter { slug } signal { id } } } } }"""
DECIDE = """mutation ($input: DecideVictimReportInput!) { decideVictimReport(input: $input) {
    __typename ... on VictimReport { state decidedBy { slug } } ... on Problem { code } } }"""
IMPACT = """query ($from: DateTime!, $to: DateTime!) { viewer { impact(from: $from, to: $to) { from to
    total { downloaded matched reviewed actionable alreadyActioned actions { action count } }
    byParticipantClass { key funnel { matched } } } } }"""

REVEAL_AND_RECORD = """mutation ($id: ID!, $input: RecordFeedbackInput!) {
    revealValues(input: { signalIds: [$id], purpose: MATCH_REVIEW, purposeText: "It matched an account" }) {
        __typename }
    recordFeedback(input: $input) { __typename } }"""
TIMES = """query ($id: ID!, $hidden: ID!) {
    records: accessRecords { edges { node { at reader { slug } } } }
    received: feedbackReceived { edges { node { updatedAt createdAt } } }
    nodes(ids: [$id, $hidden]) { ... on Signal { updatedAt contributions { updatedAt }
        feedback { edges { node { updatedAt createdAt reviewedAt } } } } }
    mine: myContributions { edges { node { updatedAt } } }
    changes { ... on ChangePage { items { signal { updatedAt } } } } }"""
RECEIVED_AFTER = """query ($after: String) { feedbackReceived(after: $after) { edges { node { id } } } }"""
ON_SIGNAL_AFTER = """query ($id: ID!, $after: String) { signal(id: $id) {
    feedback(after: $after) { edges { node { id } } } } }"""


async def _shared(by: Session, host: str = "files") -> str:
    draft = {
        "type": "URL",
        "value": f"https://{host}.example/a",
        "violations": ["SEXTORTION_FINANCIAL"],
        "severity": "LOW",
        "confidence": 50,
    }
    payload = await by.ask(UPLOAD, input={"signals": [draft]})
    return str(payload["rows"][0]["signalId"])


def _acted(signal: str, **more: Any) -> dict[str, Any]:
    return {
        "signalId": signal,
        "verdict": "CONFIRMED_VIOLATION",
        "reviewStatus": "REVIEWED_MANUALLY",
        "reviewedAt": "2026-06-30T10:00:00Z",
        "reviewerRole": "Analyst",
        "policyReference": "Policy 4.2",
        "note": "Two accounts of one person",
        "actions": [{"action": "ACCOUNT_REMOVED", "count": 2}],
        **more,
    }


async def _recorded(by: Session, *rows: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = await by.ask(RECORD, input={"feedback": list(rows), "idempotencyKey": key})
    return answer


async def test_an_author_reads_its_feedback_in_full(alder: Session, birch: Session) -> None:
    signal = await _shared(alder)
    (row,) = (await _recorded(birch, _acted(signal)))["rows"]
    assert (row["outcome"], row["problem"]) == ("CREATED", None)
    read = await birch.ask(READ, id=row["feedbackId"])
    assert read["author"] == {"slug": "birch"}
    assert (read["reviewerRole"], read["policyReference"]) == ("Analyst", "Policy 4.2")
    assert read["note"] == "Two accounts of one person"
    assert read["history"]["edges"] == [
        {"node": {"version": 1, "verdict": "CONFIRMED_VIOLATION", "note": "Two accounts of one person"}}
    ]


async def test_a_contributor_reads_the_verdict_and_the_actions_and_nothing_of_the_author(
    alder: Session, birch: Session
) -> None:
    signal = await _shared(alder)
    (row,) = (await _recorded(birch, _acted(signal)))["rows"]
    read = await alder.ask(READ, id=row["feedbackId"])
    assert read["actions"] == [{"action": "ACCOUNT_REMOVED", "count": 2}]
    assert read.pop("history") == {"edges": []}
    told = {name for name, value in read.items() if value is not None and value != []}
    assert told == {"id", "verdict", "actions", "updatedAt", "signal"}


async def test_no_time_that_a_contributor_reads_names_the_author(
    alder: Session, birch: Session, exchange: DemoExchange
) -> None:
    """Birch reveals a value and says in the same request what it found: the reveal has its name and its moment."""
    signal, (host, other) = await _shared(alder), [await _shared(alder, name) for name in "ab"]
    exchange.clock.forward(minutes=17, seconds=23, microseconds=456)
    found = {"verdict": "FALSE_POSITIVE", "reason": "VICTIM_NOT_OFFENDER", "reviewStatus": "REVIEWED_MANUALLY"}
    rows = [_acted(signal), {"signalId": host, "verdict": "NO_MATCH"}, {"signalId": other, **found}]
    await birch.send(REVEAL_AND_RECORD, id=signal, input={"feedback": rows})
    told = (await alder.send(TIMES, id=signal, hidden=other))["data"]
    ((record,), received) = ([edge["node"] for edge in told[name]["edges"]] for name in ("records", "received"))
    assert (record["at"][:19], record["reader"]) == ("2026-07-01T12:17:23", {"slug": "birch"})
    assert [one["updatedAt"] for one in received] == ["2026-07-01T12:00:00+00:00"] * 3
    assert record["at"] not in json.dumps({name: told[name] for name in told.keys() - {"records"}})
    given = (await birch.ask("{ feedbackGiven { edges { node { updatedAt } } } }"))["edges"]
    assert {edge["node"]["updatedAt"] for edge in given} == {record["at"]}, "its author reads the moment itself"


async def test_a_place_in_one_list_does_not_measure_the_times_of_another(
    alder: Session, birch: Session, exchange: DemoExchange
) -> None:
    """A cursor holds a time: those of reveals stand just before, at and just after the moment of the finding."""
    signal = await _shared(alder)
    exchange.clock.forward(minutes=17)
    for found in ([], [_acted(signal)], []):
        exchange.clock.forward(microseconds=1)
        await birch.send(REVEAL_AND_RECORD, id=signal, input={"feedback": found})
    edges = (await alder.ask("{ accessRecords { edges { cursor } } }"))["edges"]
    for document in (RECEIVED_AFTER, ON_SIGNAL_AFTER):
        lists = [json.dumps(await alder.ask(document, id=signal, after=edge["cursor"])) for edge in edges]
        assert len(edges) == 3
        assert len(set(lists)) == 1


async def test_everybody_else_gets_the_aggregate_only(alder: Session, birch: Session, cedar: Session) -> None:
    signal = await _shared(alder)
    (row,) = (await _recorded(birch, _acted(signal)))["rows"]
    assert await cedar.ask(READ, id=row["feedbackId"]) is None
    read = await cedar.ask(ON_SIGNAL, id=signal)
    assert read["feedback"] == {"edges": []}
    assert read["feedbackSummary"] == {
        "opinion": "CONFIRMED",
        "participants": 1,
        "verdicts": [{"verdict": "CONFIRMED_VIOLATION", "participants": 1}],
    }
    assert len((await alder.ask(ON_SIGNAL, id=signal))["feedback"]["edges"]) == 1


async def test_rows_say_what_a_person_can_act_on(alder: Session, birch: Session) -> None:
    signal, other = await _shared(alder), await _shared(alder, "more")
    rows = [
        _acted(signal, reviewerRole=None),
        {"signalId": "sig_" + "0" * 32, "verdict": "NO_MATCH"},
        {"signalId": other, "verdict": "MATCHED", "note": "nul \0"},
        {"signalId": other, "verdict": "NO_MATCH", "reviewedAt": "0001-01-01T00:00:00+14:00"},
        {"signalId": other, "verdict": "NO_MATCH", "reviewedAt": "2026-01-01T00:00:00"},
        {"signalId": other, "verdict": "NO_MATCH"},
    ]
    payload = await _recorded(birch, *rows, key="one")
    reasons = [row["problem"]["reason"] for row in payload["rows"] if row["problem"]]
    assert reasons == ["ATTESTATION_REQUIRED", "NOT_FOUND", "CONTROL_CHARACTER", "OUT_OF_RANGE", "OFFSET_REQUIRED"]
    assert [row["index"] for row in payload["rows"]] == list(range(6))
    assert (payload["created"], payload["rejected"]) == (1, 5)
    assert await _recorded(birch, *rows, key="one") == payload
    assert (await _recorded(birch, rows[0], key="one"))["code"] == "CONFLICT"


async def test_what_was_given_is_what_was_received(alder: Session, birch: Session) -> None:
    for host, verdict in (("a", "NO_MATCH"), ("b", "MATCHED")):
        await _recorded(birch, {"signalId": await _shared(alder, host), "verdict": verdict})
    wanted = {"verdicts": ["MATCHED"], "signalType": "URL", "updatedSince": "2026-01-01T00:00:00Z"}
    assert await birch.ask(GIVEN, filter=wanted) == {"edges": [{"node": {"verdict": "MATCHED"}}]}
    received = await alder.ask(LISTED, filter=wanted)
    assert received == {"edges": [{"node": {"verdict": "MATCHED"}}], "pageInfo": {"hasNextPage": False}}
    assert (await alder.ask(GIVEN))["edges"] == []
    refused = await birch.send(GIVEN, filter={"updatedSince": "2026-01-01T00:00:00"})
    assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_operator_lifts_a_victim_report(alder: Session, birch: Session, operator: Session) -> None:
    signal = await _shared(alder)
    said = {"verdict": "FALSE_POSITIVE", "reason": "VICTIM_NOT_OFFENDER", "reviewStatus": "REVIEWED_MANUALLY"}
    (row,) = (await _recorded(birch, {"signalId": signal, **said}))["rows"]
    assert await birch.ask(ON_SIGNAL, id=signal) is None
    assert (await birch.ask(READ, id=row["feedbackId"]))["victimReport"] == "HIDDEN"
    (edge,) = (await operator.ask(REPORTS))["edges"]
    assert (edge["node"]["reporter"], edge["node"]["signal"]) == ({"slug": "birch"}, {"id": signal})
    decided = await operator.ask(DECIDE, input={"victimReportId": edge["node"]["id"], "decision": "LIFT"})
    assert decided["state"] == "LIFTED"
    assert await birch.ask(ON_SIGNAL, id=signal) is not None


async def test_only_the_operator_reads_and_decides_victim_reports(
    alder: Session, birch: Session, operator: Session
) -> None:
    said = {"verdict": "FALSE_POSITIVE", "reason": "VICTIM_NOT_OFFENDER", "reviewStatus": "REVIEWED_MANUALLY"}
    await _recorded(birch, {"signalId": await _shared(alder), **said})
    (edge,) = (await operator.ask(REPORTS))["edges"]
    for document, input in ((REPORTS, None), (DECIDE, {"victimReportId": edge["node"]["id"], "decision": "LIFT"})):
        answer = await birch.send(document, **({"input": input} if input else {}))
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    absent = await operator.ask(DECIDE, input={"victimReportId": "vic_" + "0" * 32, "decision": "CONFIRM"})
    assert absent == {"__typename": "NotFound", "code": "NOT_FOUND"}


async def test_a_contributor_asks_what_came_of_its_signals(alder: Session, birch: Session) -> None:
    await _recorded(birch, _acted(await _shared(alder)))
    period = {"from": "2026-07-01T11:00:00Z", "to": "2026-07-01T13:00:00Z"}
    impact = (await alder.ask(IMPACT, **period))["impact"]
    assert (impact["from"], impact["to"]) == ("2026-07-01T00:00:00+00:00", "2026-07-02T00:00:00+00:00")
    assert impact["total"]["alreadyActioned"] == 1
    assert impact["total"]["actions"] == [{"action": "ACCOUNT_REMOVED", "count": 2}]
    assert isinstance(impact["total"]["actions"][0]["count"], int)
    assert impact["byParticipantClass"] == [{"key": "OTHER", "funnel": {"matched": 1}}]


async def test_feedback_without_its_scope_is_refused(alder: Session, birch: Session) -> None:
    signal = await _shared(alder)
    reader = Session(birch.http, birch.client, scope="signals:read feedback:read")
    writer = Session(birch.http, birch.client, scope="signals:read feedback:write")
    assert (await reader.send(RECORD, input={"feedback": [_acted(signal)]}))["errors"]
    assert (await _recorded(writer, _acted(signal)))["created"] == 1
    for document, variables in ((ON_SIGNAL, {"id": signal}), (LISTED, {}), (GIVEN, {})):
        answer = await writer.send(document, **variables)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    period = {"from": "2026-07-01T00:00:00Z", "to": "2026-07-02T00:00:00Z"}
    assert (await writer.send(IMPACT, **period))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
