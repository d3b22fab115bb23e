"""Following a case: its members alone hear of it, each of what it sees, and nothing is missed."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.cases import CaseDraft, CaseStatus
from app.rules.drafts import SignalDraft
from app.rules.ids import Prefix, shown
from app.services import cases
from app.services.cases import NoteDraft
from tests.feed.world import Program, draft
from tests.live_exchange import Client, LiveExchange

ACTIVITY = """subscription ($case: ID!, $after: String) { caseActivity(caseId: $case, after: $after) {
    items { kind status note { text } signal { value } member { slug } } endCursor caughtUp } }"""


async def opened(program: Program, *members: str, signals: tuple[UUID, ...] = ()) -> UUID:
    """A case of alder's."""
    given = CaseDraft("Ring", signal_ids=signals, member_ids=tuple(map(program.exchange.id, members)))
    return (await program.do("alder", cases.open, program.exchange.keyring, given, None)).id


async def note(program: Program, case: UUID, words: str, slug: str = "alder") -> None:
    await program.do(slug, cases.add_note, program.exchange.keyring, NoteDraft(case, words))
    await program.sequence()


async def following(served: LiveExchange, slug: str, case: UUID, after: str | None = None) -> Client:
    client = await served.client(slug)
    await client.subscribe(ACTIVITY, case=shown(Prefix.CASE, case), after=after)
    return client


async def refusal(client: Client) -> Any:
    message = await client.hear()
    assert message["type"] == "error", message
    return message["payload"]


async def test_members_hear_what_happens(program: Program, served: LiveExchange) -> None:
    case = await opened(program, "birch")
    birch = await following(served, "birch", case)
    first = await birch.event()
    assert (first["items"], first["caughtUp"]) == ([], True)
    await note(program, case, "Look here")
    (event,) = (await birch.event())["items"]
    assert (event["kind"], event["note"]) == ("NOTE_ADDED", {"text": "Look here"})
    await program.do("birch", cases.change_status, case, CaseStatus.ESCALATED)
    await program.do("birch", cases.invite, case, program.exchange.id("cedar"))
    await program.sequence()
    events = (await birch.event())["items"]
    assert [(event["kind"], event["status"]) for event in events] == [
        ("STATUS_CHANGED", "ESCALATED"),
        ("MEMBER_INVITED", None),
    ]
    assert await birch.silence()


async def test_a_case_is_followed_from_where_one_left_it(program: Program, served: LiveExchange) -> None:
    case = await opened(program, "birch")
    birch = await following(served, "birch", case)
    cursor = (await birch.event())["endCursor"]
    await birch.socket.close()
    for words in ("one", "two"):
        await note(program, case, words)
    again = await following(served, "birch", case, cursor)
    event = await again.event()
    assert [item["note"]["text"] for item in event["items"]] == ["one", "two"]
    assert len(event["endCursor"]) == len(cursor)


async def test_an_unseen_signal_in_a_case_is_not_heard_of(program: Program, served: LiveExchange) -> None:
    """Alder and birch are in the group of payments, cedar is not."""
    hidden = await _shared(program, draft("hidden", program.payments))
    case = await opened(program, "birch", "cedar")
    birch, cedar = await following(served, "birch", case), await following(served, "cedar", case)
    quiet = [await client.event() for client in (birch, cedar)]
    assert len({len(event["endCursor"]) for event in quiet}) == 1
    await program.do("alder", cases.add_signals, case, [hidden])
    await program.sequence()
    (event,) = (await birch.event())["items"]
    assert (event["kind"], event["signal"]["value"]) == ("SIGNAL_ADDED", "hidden.example")
    assert await cedar.silence()
    await note(program, case, "For all")
    for client in (birch, cedar):
        assert [item["kind"] for item in (await client.event())["items"]] == ["NOTE_ADDED"]


async def _shared(program: Program, *drafts: SignalDraft) -> UUID:
    (row,) = await program.share("alder", *drafts)
    assert row.signal_id is not None
    return row.signal_id


@pytest.mark.parametrize("after", [None, "cursor"])
async def test_a_case_of_others_is_as_one_that_does_not_exist(
    program: Program, served: LiveExchange, after: str | None
) -> None:
    case = await opened(program, "birch")
    hidden = await refusal(await following(served, "cedar", case, after))
    absent = await refusal(await following(served, "cedar", uuid4(), after))
    assert hidden == absent
    assert hidden[0]["extensions"]["code"] == ("NOT_FOUND" if after is None else "BAD_USER_INPUT")
    cedar = await served.client("cedar")
    await cedar.subscribe(ACTIVITY, case="sig_" + "0" * 32)
    wrong = (await refusal(cedar))[0]
    assert wrong["extensions"]["code"] == "NOT_FOUND"


async def test_a_cursor_is_good_for_its_case_and_its_member_alone(program: Program, served: LiveExchange) -> None:
    one, other = await opened(program, "birch"), await opened(program, "birch")
    birch = await following(served, "birch", one)
    cursor = (await birch.event())["endCursor"]
    for slug, case in (("birch", other), ("alder", one)):
        (error,) = await refusal(await following(served, slug, case, cursor))
        assert error["extensions"]["reason"] == "BAD_CURSOR"


async def test_who_is_removed_hears_of_it_as_of_a_case_that_does_not_exist(
    program: Program, served: LiveExchange
) -> None:
    case = await opened(program, "birch", "cedar")
    birch = await following(served, "birch", case)
    await birch.event()
    await program.do("alder", cases.remove, case, program.exchange.id("birch"))
    await program.sequence()
    gone = await refusal(birch)
    absent = await refusal(await following(served, "birch", uuid4()))
    assert [error["message"] for error in gone] == [error["message"] for error in absent]
    await note(program, case, "Without you")
    assert await birch.silence()


async def test_events_are_numbered_without_a_gap_however_many_write(
    program: Program, owner_engine: AsyncEngine
) -> None:
    case = await opened(program, "birch", "cedar")
    keyring = program.exchange.keyring
    writes = [
        program.do(slug, cases.add_note, keyring, NoteDraft(case, f"{slug} {number}"))
        for number in range(5)
        for slug in ("alder", "birch", "cedar")
    ]
    await asyncio.gather(*writes)
    async with owner_engine.connect() as connection:
        numbers = list(await connection.scalars(text("SELECT number FROM case_event ORDER BY number")))
        (count,) = await connection.scalars(text("SELECT event_count FROM shared_case"))
    assert numbers == list(range(1, count + 1))
    assert count == 3 + 15
