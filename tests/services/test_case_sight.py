"""Cases: who knows of them, and that nothing hidden shows in them (R1, R3, R4, R6)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.actor import Actor
from app.rules.cases import CaseDisposition, CaseFilter, CaseStatus
from app.services import cases
from app.store import case_files
from app.store import cases as case_rows
from app.store.database_urls import DatabaseUrls
from app.store.pages import Page, Window
from app.store.tables.case import CaseRow
from tests.case_world import ALL, K, S, World
from tests.demo_exchange import opened


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with opened(emptied) as exchange:
        yield await World.of(exchange, owner_engine)


async def test_a_case_does_not_exist_for_others(world: World) -> None:
    signal = await world.signal(world.alder)
    case_id = await world.open(world.alder, world.birch, signals=[signal])
    note_id = await world.note(world.alder, case_id)
    for outsider in (world.cedar, await world.exchange.operator()):
        assert await world.seen(outsider, case_id) is None
        assert await world.listed(outsider) == await world.listed(outsider, has_signal=signal) == []
        assert await world.members(outsider, case_id) == await world.signals(outsider, case_id) == []
        assert await world.notes(outsider, case_id) == await world.timeline(outsider, case_id) == []
        assert await world.ask(case_files.notes_by_ids, outsider, [note_id]) == {}
        assert await world.ask(case_rows.holding, outsider, [signal]) == {}


async def test_a_restricted_member_reads_and_a_suspended_one_sees_no_case(world: World) -> None:
    case_id = await world.open(world.alder, world.birch)
    assert await world.listed(replace(world.birch, status=S.RESTRICTED)) == [case_id]
    for member in (world.birch, world.alder):
        suspended = replace(member, status=S.SUSPENDED)
        assert await world.listed(suspended) == []
        assert await world.seen(suspended, case_id) is None
        assert await world.timeline(suspended, case_id) == []


async def test_a_signal_that_a_member_does_not_see_is_not_in_the_case_for_it(world: World) -> None:
    hidden = await world.signal(world.birch, world.exchange.group_id)
    case_id = await world.open(world.alder, world.birch, world.cedar)
    before = await _all_that(world, world.cedar, case_id)
    await world.do(cases.add_signals, world.alder, case_id, [hidden])
    assert await _all_that(world, world.cedar, case_id) == before
    assert await world.listed(world.cedar, has_signal=hidden) == []
    assert await world.ask(case_rows.holding, world.cedar, [hidden]) == {}
    assert await world.signals(world.birch, case_id) == [hidden]
    assert await world.listed(world.birch, has_signal=hidden) == [case_id]
    assert [row.id for row in (await world.ask(case_rows.holding, world.birch, [hidden]))[hidden]] == [case_id]


async def _all_that(world: World, viewer: Actor, case_id: UUID) -> list[object]:
    """Everything that a viewer can read of a case, with times and order; not the count of its events, which is in its
    row for those who write there, and which nothing shows."""
    row, page = await world.seen(viewer, case_id), await world.ask(cases.find, viewer, CaseFilter(), ALL)
    return [
        row and _told(row),
        [(key, _told(found)) for key, found in page.items],
        await world.ask(case_rows.members_of, viewer, [case_id]),
        await world.ask(case_files.signals_of, viewer, case_id, ALL),
        await world.ask(case_files.notes_of, viewer, case_id, ALL),
        await world.ask(case_files.timeline_of, viewer, case_id, ALL),
    ]


def _told(row: CaseRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in CaseRow.model_fields if name != "event_count"}


async def test_a_case_opened_with_hidden_signals_looks_as_if_it_had_none(world: World) -> None:
    hidden = [await world.signal(world.birch, world.exchange.group_id) for _ in range(3)]
    case_id = await world.open(world.alder, world.cedar, signals=hidden)
    assert await world.signals(world.cedar, case_id) == []
    assert await world.timeline(world.cedar, case_id) == [K.OPENED, K.MEMBER_INVITED]


async def test_a_signal_that_expires_is_gone_from_the_case(world: World) -> None:
    case_id = await world.open(world.alder, signals=[await world.signal(world.birch)])
    world.exchange.clock.forward(days=31)
    assert await world.signals(world.alder, case_id) == []
    assert await world.timeline(world.alder, case_id) == [K.OPENED]


async def test_cases_are_listed_by_what_is_asked(world: World) -> None:
    signal = await world.signal(world.alder)
    theirs, mine = await world.open(world.birch, world.alder, signals=[signal]), await world.open(world.alder)
    await world.do(cases.close, world.alder, mine, CaseDisposition.ACTIONED)
    closed_at = world.exchange.clock()
    assert await world.listed(world.alder) == [mine, theirs]
    assert await world.listed(world.alder, status=CaseStatus.CLOSED) == [mine]
    assert await world.listed(world.alder, disposition=CaseDisposition.DUPLICATE) == []
    assert await world.listed(world.alder, opened_by=world.birch.participant_id) == [theirs]
    assert await world.listed(world.alder, updated_since=closed_at) == [mine]
    assert await world.listed(world.alder, has_signal=signal) == [theirs]
    assert await world.listed(world.alder, has_signal=signal, status=CaseStatus.CLOSED) == []


async def test_pages_of_a_case_follow_each_other_without_gap_or_overlap(world: World) -> None:
    signals = [await world.signal(world.alder) for _ in range(5)]
    case_id = await world.open(world.alder, signals=signals)
    for query, count in ((case_files.signals_of, 5), (case_files.timeline_of, 6)):
        keys, after = [], None
        while True:
            page: Page[Any] = await world.ask(query, world.alder, case_id, Window(2, after))
            keys += [key for key, _ in page.items]
            if not page.has_next:
                break
            after = keys[-1]
        assert len(set(keys)) == len(keys) == count
        assert keys == sorted(keys, key=lambda key: (key.moment, key.id))
