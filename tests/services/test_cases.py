"""Cases: what can be done in them, by whom, and once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Conflict, Forbidden, InvalidInput, NotFound, TooMany
from app.rules.actor import Actor
from app.rules.cases import CaseDisposition, CaseStatus
from app.rules.scopes import Scope
from app.rules.sealing import opened as unsealed
from app.services import cases
from app.services.cases import CaseSignalOutcome, SignalResult
from app.store import case_files
from app.store.database_urls import DatabaseUrls
from tests.case_world import ALL, K, S, World
from tests.demo_exchange import opened


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with opened(emptied) as exchange:
        yield await World.of(exchange, owner_engine)


# --- Opening --------------------------------------------------------------------------------------------------------


async def test_whoever_opens_a_case_is_its_first_member(world: World) -> None:
    case_id = await world.open(world.alder)
    row = await world.seen(world.alder, case_id)
    assert row is not None
    assert (row.status, row.disposition, row.opened_by) == (CaseStatus.OPEN, None, world.alder.participant_id)
    assert await world.members(world.alder, case_id) == [world.alder.participant_id]


async def test_a_case_opens_with_members_and_signals(world: World) -> None:
    signals = [await world.signal(world.birch), await world.signal(world.alder)]
    case_id = await world.open(world.alder, world.birch, signals=signals)
    assert set(await world.signals(world.birch, case_id)) == set(signals)
    assert set(await world.members(world.birch, case_id)) == {world.alder.participant_id, world.birch.participant_id}
    assert await world.timeline(world.birch, case_id) == [
        K.OPENED,
        K.MEMBER_INVITED,
        K.SIGNAL_ADDED,
        K.SIGNAL_ADDED,
    ]


async def test_titles_and_notes_are_sealed_under_their_own_row(world: World) -> None:
    case_id = await world.open(world.alder, title="Zanzibar ring")
    note_id = await world.note(world.alder, case_id, "Zanzibar again")
    row = await world.seen(world.alder, case_id)
    (note,) = (await world.ask(case_files.notes_by_ids, world.alder, [note_id])).values()
    assert row is not None
    assert b"Zanzibar" not in row.sealed_title + note.sealed_text
    assert unsealed(world.exchange.keyring, row.sealed_title, case_id) == "Zanzibar ring"
    assert unsealed(world.exchange.keyring, note.sealed_text, note_id) == "Zanzibar again"


async def test_a_case_cannot_open_with_a_signal_out_of_sight(world: World) -> None:
    hidden = await world.signal(world.birch, world.exchange.group_id)
    for signal in (hidden, uuid4()):
        with pytest.raises(NotFound, match="signal"):
            await world.open(world.cedar, signals=[signal])
    assert await world.listed(world.cedar) == []


async def test_naming_members_takes_the_scope_to_share(world: World) -> None:
    unsharing = replace(world.alder, scopes=world.alder.scopes - {Scope.CASES_SHARE})
    await world.open(unsharing)
    with pytest.raises(Forbidden):
        await world.open(unsharing, world.birch)


Work = Callable[[World, Actor, UUID], Awaitable[object]]

WORK: dict[str, Work] = {
    "invite": lambda w, actor, case: w.do(cases.invite, actor, case, w.cedar.participant_id),
    "remove": lambda w, actor, case: w.do(cases.remove, actor, case, w.alder.participant_id),
    "leave": lambda w, actor, case: w.do(cases.remove, actor, case, actor.participant_id),
    "add signals": lambda w, actor, case: w.do(cases.add_signals, actor, case, [uuid4()]),
    "add a note": lambda w, actor, case: w.note(actor, case),
    "change the status": lambda w, actor, case: w.do(cases.change_status, actor, case, CaseStatus.ESCALATED),
    "close": lambda w, actor, case: w.do(cases.close, actor, case, CaseDisposition.ACTIONED),
    "reopen": lambda w, actor, case: w.do(cases.reopen, actor, case),
}


@pytest.mark.parametrize("work", WORK)
async def test_to_work_in_a_foreign_case_is_to_work_in_none(world: World, work: str) -> None:
    foreign = await world.open(world.alder, world.birch)
    refusals = []
    for case_id in (foreign, uuid4()):
        with pytest.raises(NotFound) as refused:
            await WORK[work](world, world.cedar, case_id)
        refusals.append((refused.value.message, refused.value.noun))
    assert refusals[0] == refusals[1]
    assert refusals[0][1] == "case"


@pytest.mark.parametrize("work", WORK)
async def test_only_an_active_member_works_in_a_case(world: World, work: str) -> None:
    case_id = await world.open(world.alder, world.birch)
    with pytest.raises(Forbidden):
        await WORK[work](world, replace(world.birch, status=S.RESTRICTED), case_id)


@pytest.mark.parametrize("work", WORK)
async def test_work_takes_its_scope(world: World, work: str) -> None:
    case_id = await world.open(world.alder, world.birch)
    scope = Scope.CASES_SHARE if work == "invite" else Scope.CASES_WRITE
    with pytest.raises(Forbidden, match=scope):
        await WORK[work](world, replace(world.birch, scopes=world.birch.scopes - {scope}), case_id)


# --- Signals --------------------------------------------------------------------------------------------------------


async def test_each_signal_that_is_added_has_its_own_result(world: World) -> None:
    there, new, hidden = [
        await world.signal(world.cedar),
        await world.signal(world.cedar),
        await world.signal(world.birch, world.exchange.group_id),
    ]
    case_id = await world.open(world.cedar, signals=[there])
    _, results = await world.do(cases.add_signals, world.cedar, case_id, [there, new, new, hidden, uuid4()])
    rejected = CaseSignalOutcome.REJECTED
    assert [result.outcome for result in results] == [
        CaseSignalOutcome.ALREADY_THERE,
        CaseSignalOutcome.ADDED,
        CaseSignalOutcome.ALREADY_THERE,
        *(rejected, rejected),
    ]
    assert {_said(result) for result in results[3:]} == {_said(results[3])}
    assert await world.signals(world.cedar, case_id) == [there, new]


def _said(result: SignalResult) -> tuple[object, ...]:
    return (result.signal_id, result.rejection)


async def test_at_most_a_thousand_signals_are_added_at_once(world: World) -> None:
    case_id = await world.open(world.alder)
    with pytest.raises(TooMany):
        await world.do(cases.add_signals, world.alder, case_id, [uuid4()] * 1_001)


async def test_concurrent_calls_add_a_signal_and_a_member_once(world: World) -> None:
    case_id, signal = await world.open(world.alder, world.birch), await world.signal(world.alder)
    pair = (world.alder, world.birch)
    await asyncio.gather(*(world.do(cases.add_signals, actor, case_id, [signal]) for actor in pair))
    await asyncio.gather(*(world.do(cases.invite, actor, case_id, world.cedar.participant_id) for actor in pair))
    assert await world.signals(world.alder, case_id) == [signal]
    assert await world.timeline(world.alder, case_id) == [
        K.OPENED,
        K.MEMBER_INVITED,
        K.SIGNAL_ADDED,
        K.MEMBER_INVITED,
    ]


# --- Notes and status -----------------------------------------------------------------------------------------------


async def test_a_note_is_read_by_all_members_and_moves_the_case(world: World) -> None:
    quiet, case_id = await world.open(world.alder, world.birch), await world.open(world.alder, world.birch)
    await world.do(cases.add_signals, world.alder, quiet, [await world.signal(world.alder)])
    assert await world.listed(world.birch) == [case_id, quiet]
    note_id = await world.note(world.birch, quiet)
    assert await world.notes(world.alder, quiet) == [note_id]
    assert await world.listed(world.birch) == [quiet, case_id]


@pytest.mark.parametrize("words", ["", " \n", "a" * 10_001, "nul\0", "half \ud800"])
async def test_a_note_is_text_that_people_can_read(world: World, words: str) -> None:
    case_id = await world.open(world.alder)
    with pytest.raises(InvalidInput) as refused:
        await world.note(world.alder, case_id, words)
    assert refused.value.field == "text"


async def test_a_status_that_stands_already_changes_nothing(world: World) -> None:
    case_id = await world.open(world.alder)
    for _ in range(2):
        row = await world.do(cases.change_status, world.alder, case_id, CaseStatus.INVESTIGATING)
    assert row.status == CaseStatus.INVESTIGATING
    assert await world.timeline(world.alder, case_id) == [K.OPENED, K.STATUS_CHANGED]


async def test_a_closed_case_accepts_nothing_until_it_is_reopened(world: World) -> None:
    case_id = await world.open(world.alder, world.birch)
    closed = await world.do(cases.close, world.birch, case_id, CaseDisposition.ACTIONED)
    assert (closed.status, closed.disposition) == (CaseStatus.CLOSED, CaseDisposition.ACTIONED)
    for work in ("invite", "add signals", "add a note", "change the status", "close"):
        with pytest.raises(Conflict):
            await WORK[work](world, world.alder, case_id)
    reopened = await world.do(cases.reopen, world.alder, case_id)
    assert (reopened.status, reopened.disposition) == (CaseStatus.OPEN, None)
    await world.note(world.birch, case_id)
    with pytest.raises(Conflict):
        await world.do(cases.reopen, world.alder, case_id)
    assert await world.timeline(world.birch, case_id) == [
        K.OPENED,
        K.MEMBER_INVITED,
        K.CLOSED,
        K.REOPENED,
        K.NOTE_ADDED,
    ]


async def test_how_a_case_had_ended_stays_in_its_timeline(world: World) -> None:
    case_id = await world.open(world.alder)
    await world.do(cases.close, world.alder, case_id, CaseDisposition.NO_VIOLATION)
    await world.do(cases.reopen, world.alder, case_id)
    page = await world.ask(case_files.timeline_of, world.alder, case_id, ALL)
    assert [(row.status, row.disposition) for _, row in page.items] == [
        (CaseStatus.OPEN, None),
        (CaseStatus.CLOSED, CaseDisposition.NO_VIOLATION),
        (CaseStatus.OPEN, None),
    ]


async def test_a_member_removed_meanwhile_writes_no_more(world: World) -> None:
    case_id = await world.open(world.alder, world.birch)
    alder, birch = world.now(world.alder), world.now(world.birch)
    async with world.exchange.database.write(alder) as removing:
        await cases.remove(removing, alder, case_id, birch.participant_id)
        writing = asyncio.create_task(world.note(birch, case_id))
        await _until_somebody_waits(world)
    with pytest.raises(NotFound):
        await writing


async def _until_somebody_waits(world: World) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while True:
        async with world.owner.connect() as connection:
            if await connection.scalar(waiting):
                return
        await asyncio.sleep(0.01)


# --- Calls that are sent twice --------------------------------------------------------------------------------------


async def test_a_call_that_is_sent_twice_acts_once(world: World) -> None:
    first, again = [await world.open(world.alder, key="k1") for _ in range(2)]
    notes = [await world.note(world.alder, first, key="k1") for _ in range(2)]
    assert first == again
    assert await world.listed(world.alder) == [first]
    assert await world.notes(world.alder, first) == notes[:1] == notes[1:]


async def test_a_key_with_other_input_is_refused(world: World) -> None:
    case_id = await world.open(world.alder, key="k1")
    await world.note(world.alder, case_id, "One", key="k1")
    with pytest.raises(Conflict):
        await world.open(world.alder, title="Other files", key="k1")
    with pytest.raises(Conflict):
        await world.note(world.alder, case_id, "Two", key="k1")


async def test_a_removed_member_gets_nothing_for_an_old_key(world: World) -> None:
    case_id = await world.open(world.alder, world.birch)
    await world.note(world.birch, case_id, key="k1")
    await world.do(cases.remove, world.alder, case_id, world.birch.participant_id)
    with pytest.raises(NotFound):
        await world.note(world.birch, case_id, key="k1")
