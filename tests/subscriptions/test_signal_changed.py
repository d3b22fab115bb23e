"""Following the change feed as it goes on: what comes, to whom, and from where it is resumed."""

from dataclasses import replace

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from app.rules.drafts import Audience
from app.rules.ids import Prefix, read
from app.rules.labels import RetractionReason, Severity, Violation
from app.rules.participants import ParticipantStatus
from app.services import clients, contributions, groups, participants
from app.services.contributions import Revision
from app.store import watch
from tests.feed.world import LABELS, OPERATOR, Program, draft
from tests.live_exchange import Client, LiveExchange

CHANGED = """subscription ($after: String, $filter: ChangeFilterInput) {
    signalChanged(after: $after, filter: $filter) {
        __typename
        ... on ChangePage { items { signalId removed signal { id value } } startCursor endCursor caughtUp }
        ... on ResyncRequired { code startCursor } } }"""


@pytest.fixture
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.2)


async def following(served: LiveExchange, slug: str, **variables: object) -> Client:
    """A client that has had its first event, which tells of nothing."""
    client = await served.client(slug)
    await client.subscribe(CHANGED, **variables)
    first = await client.event()
    assert (first["items"], first["caughtUp"]) == ([], True)
    return client


async def told(client: Client) -> list[str | None]:
    """The next event: the values, null for each that is gone."""
    items = (await client.event())["items"]
    assert all(item["removed"] == (item["signal"] is None) for item in items)
    return [item["signal"] and item["signal"]["value"] for item in items]


async def share(program: Program, slug: str, host: str, *groups: object, **said: object) -> object:
    (row,) = await program.share(slug, draft(host, *groups, **said))  # type: ignore[arg-type]
    await program.sequence()
    return row.subject_id


async def test_what_is_shared_comes_as_it_happens(program: Program, served: LiveExchange) -> None:
    birch = await following(served, "birch")
    await share(program, "alder", "one")
    assert await told(birch) == ["one.example"]
    await share(program, "cedar", "two")
    assert await told(birch) == ["two.example"]
    assert await birch.silence()


async def test_what_was_missed_comes_first_and_once(program: Program, served: LiveExchange) -> None:
    birch = await following(served, "birch")
    await share(program, "alder", "one")
    cursor = (await birch.event())["endCursor"]
    await birch.socket.close()
    for host in ("two", "three"):
        await share(program, "alder", host)
    again = await served.client("birch")
    await again.subscribe(CHANGED, after=cursor)
    assert await told(again) == ["two.example", "three.example"]
    await share(program, "alder", "four")
    assert await told(again) == ["four.example"]


async def test_the_first_event_is_enough_to_resume_from(program: Program, served: LiveExchange) -> None:
    birch = await served.client("birch")
    await birch.subscribe(CHANGED)
    cursor = (await birch.event())["endCursor"]
    await birch.say(type="complete", id="1")
    await share(program, "alder", "meanwhile")
    await birch.subscribe(CHANGED, "2", after=cursor)
    assert [item["signal"]["value"] for item in (await birch.event("2"))["items"]] == ["meanwhile.example"]


async def test_long_backlogs_come_in_several_events(program: Program, served: LiveExchange) -> None:
    birch = await served.client("birch")
    await birch.subscribe(CHANGED)
    cursor = (await birch.event())["endCursor"]
    await birch.say(type="complete", id="1")
    await program.share("alder", *(draft(f"host-{number}") for number in range(250)))
    await program.sequence()
    await birch.subscribe(CHANGED, "2", after=cursor)
    pages = [await birch.event("2") for _ in range(3)]
    assert [(len(page["items"]), page["caughtUp"]) for page in pages] == [(100, False), (100, False), (50, True)]
    assert len({item["signalId"] for page in pages for item in page["items"]}) == 250


async def test_who_is_not_in_the_audience_hears_nothing(program: Program, served: LiveExchange) -> None:
    birch, cedar = await following(served, "birch"), await following(served, "cedar")
    await share(program, "alder", "secret", program.payments)
    assert await told(birch) == ["secret.example"]
    assert await cedar.silence()
    await share(program, "alder", "open")
    for client in (birch, cedar):
        assert await told(client) == ["open.example"]


async def test_losing_sight_is_told_and_gaining_it_too(program: Program, served: LiveExchange) -> None:
    birch, cedar = await following(served, "birch"), await following(served, "cedar")
    id = await share(program, "alder", "moving", program.payments)
    assert await told(birch) == ["moving.example"]
    revision = Revision(id, {}, audience=Audience(None))  # type: ignore[arg-type]
    await program.do("alder", contributions.update, program.exchange.keyring, revision)
    await program.sequence()
    assert await told(cedar) == ["moving.example"]
    assert await told(birch) == ["moving.example"]
    await program.do("alder", contributions.retract, [id], RetractionReason.ERROR)
    await program.sequence()
    for client in (birch, cedar):
        assert await told(client) == [None]


async def test_a_filter_rules_out_other_types_and_tells_the_rest_as_gone(
    program: Program, served: LiveExchange
) -> None:
    of_urls = await following(served, "birch", filter={"types": ["URL"]})
    grave = await following(served, "birch", filter={"types": ["DOMAIN"], "severityAtLeast": "HIGH"})
    grooming = await following(served, "birch", filter={"violations": ["ONLINE_ENTICEMENT_GROOMING"]})
    high = replace(LABELS, severity=Severity.HIGH)
    id = await share(program, "alder", "grave", labels=high)
    assert await told(grave) == ["grave.example"]
    assert await told(grooming) == [None], "it may have been known as such before"
    lower = replace(high, severity=Severity.LOW, violations=(Violation.ONLINE_ENTICEMENT_GROOMING,))
    await share(program, "alder", "grave", labels=lower)
    assert await told(grave) == [None]
    assert await told(grooming) == ["grave.example"]
    assert await of_urls.silence()
    await program.do("alder", contributions.retract, [id], RetractionReason.ERROR)
    await program.sequence()
    for client in (of_urls, grave, grooming):
        assert await told(client) == [None], "of what type it was is not known any more"


async def test_other_groups_end_the_stream_with_the_need_to_start_afresh(
    program: Program, served: LiveExchange, looking_often: None
) -> None:
    birch = await following(served, "birch")
    await share(program, "alder", "of-group", program.payments)
    cursor = (await birch.event())["endCursor"]
    await program.do(OPERATOR, groups.remove_members, program.payments, [program.exchange.id("birch")])
    event = await birch.event()
    assert (event["__typename"], event["code"]) == ("ResyncRequired", "RESYNC_REQUIRED")
    assert await birch.hear() == {"type": "complete", "id": "1"}
    await birch.subscribe(CHANGED, "2", after=cursor)
    assert (await birch.event("2"))["__typename"] == "ResyncRequired"
    await birch.hear()
    await birch.subscribe(CHANGED, "3", after=event["startCursor"])
    assert (await birch.event("3"))["items"] == []


async def test_a_suspended_participant_is_told_of_nothing_but_its_own(
    program: Program, served: LiveExchange, looking_often: None
) -> None:
    birch = await following(served, "birch")
    await program.do(OPERATOR, participants.change_status, program.exchange.id("birch"), ParticipantStatus.SUSPENDED)
    event = await birch.event()
    assert event["__typename"] == "ResyncRequired"
    await birch.hear()
    await birch.subscribe(CHANGED, "2", after=event["startCursor"])
    assert (await birch.event("2"))["items"] == []
    await share(program, "alder", "open")
    assert await birch.silence()


async def test_a_revoked_token_ends_its_sockets(program: Program, served: LiveExchange, looking_often: None) -> None:
    token, client = served.token("birch"), program.exchange.client("birch")
    birch = await served.socket()
    await birch.begin(token)
    await birch.subscribe(CHANGED)
    await birch.event()
    async with httpx.AsyncClient(base_url=f"http://{served.address}", trust_env=False) as web:
        auth = (client.client_id, client.client_secret)
        answer = await web.post("/oauth/revoke", data={"token": token}, auth=auth)
    assert answer.status_code == 200
    code, reason = await birch.closed()
    assert code == 4403
    assert "revoked" in reason


async def test_a_disabled_client_gets_no_further_event(program: Program, served: LiveExchange) -> None:
    birch = await following(served, "birch")
    id = read(Prefix.CLIENT, program.exchange.client("birch").client_id)
    await program.do(OPERATOR, clients.disable, id)
    await share(program, "alder", "too-late")
    with pytest.raises(ConnectionClosed):
        await birch.hear()
    assert (await birch.closed())[0] == 4403


async def test_a_cursor_of_somebody_else_or_of_another_list_is_refused(program: Program, served: LiveExchange) -> None:
    birch = await served.client("birch")
    await birch.subscribe(CHANGED)
    cursor = (await birch.event())["endCursor"]
    cedar = await served.client("cedar")
    await cedar.subscribe(CHANGED, after=cursor)
    refused = await cedar.hear()
    assert (refused["type"], refused["payload"][0]["extensions"]["reason"]) == ("error", "BAD_CURSOR")
    await birch.subscribe("subscription ($a: String) { feedbackOnMySignals(after: $a) { __typename } }", "2", a=cursor)
    assert (await birch.hear())["payload"][0]["extensions"]["reason"] == "BAD_CURSOR"
