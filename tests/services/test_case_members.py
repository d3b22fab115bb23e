"""Cases: who can be let in, who leaves, and who is removed."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Conflict, ExchangeError, Forbidden, NotFound
from app.rules.cases import CaseDisposition
from app.rules.participants import ParticipantClass
from app.services import cases
from app.store.database_urls import DatabaseUrls
from tests.case_world import K, S, World
from tests.demo_exchange import opened


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with opened(emptied) as exchange:
        yield await World.of(exchange, owner_engine)


async def test_an_invited_participant_sees_the_whole_case(world: World) -> None:
    case_id = await world.open(world.alder)
    note_id = await world.note(world.alder, case_id)
    await world.do(cases.invite, world.alder, case_id, world.cedar.participant_id)
    assert await world.listed(world.cedar) == [case_id]
    assert await world.notes(world.cedar, case_id) == [note_id]
    assert await world.timeline(world.cedar, case_id) == [K.OPENED, K.NOTE_ADDED, K.MEMBER_INVITED]


async def test_to_invite_a_member_changes_nothing(world: World) -> None:
    case_id = await world.open(world.alder, world.birch)
    before = await world.seen(world.alder, case_id)
    after = await world.do(cases.invite, world.birch, case_id, world.alder.participant_id)
    assert before == after
    assert await world.timeline(world.birch, case_id) == [K.OPENED, K.MEMBER_INVITED]


async def test_a_participant_that_receives_only_can_be_invited(world: World) -> None:
    case_id = await world.open(world.alder)
    receiver = await world.participant("dogwood", S.ACTIVE, ParticipantClass.RECEIVE_ONLY)
    await world.do(cases.invite, world.alder, case_id, receiver)
    assert receiver in await world.members(world.alder, case_id)


@pytest.mark.parametrize(
    ("status", "kind", "refusal"),
    [
        (S.APPLIED, ParticipantClass.CONTRIBUTOR_CONSUMER, NotFound),
        (S.TERMINATED, ParticipantClass.CONTRIBUTOR_CONSUMER, NotFound),
        (S.SUSPENDED, ParticipantClass.CONTRIBUTOR_CONSUMER, Conflict),
        (S.OFFBOARDING, ParticipantClass.CONTRIBUTOR_CONSUMER, Conflict),
        (S.ACTIVE, ParticipantClass.OBSERVER, Conflict),
    ],
)
async def test_who_cannot_take_part_cannot_be_invited(
    world: World, status: S, kind: ParticipantClass, refusal: type[ExchangeError]
) -> None:
    case_id = await world.open(world.alder)
    invited = await world.participant("elm", status, kind)
    with pytest.raises(refusal):
        await world.do(cases.invite, world.alder, case_id, invited)
    assert await world.members(world.alder, case_id) == [world.alder.participant_id]


async def test_a_removed_member_loses_sight_at_once(world: World) -> None:
    case_id = await world.open(world.alder, world.birch)
    await world.do(cases.remove, world.alder, case_id, world.birch.participant_id)
    assert await world.seen(world.birch, case_id) is None
    assert await world.timeline(world.birch, case_id) == []
    assert await world.timeline(world.alder, case_id) == [K.OPENED, K.MEMBER_INVITED, K.MEMBER_REMOVED]


async def test_a_member_may_leave_even_a_closed_case(world: World) -> None:
    case_id = await world.open(world.alder, world.birch)
    await world.do(cases.close, world.alder, case_id, CaseDisposition.DUPLICATE)
    assert await world.do(cases.remove, world.birch, case_id, world.birch.participant_id) is None
    assert await world.listed(world.birch) == []


async def test_the_opener_stays_and_others_remove_nobody(world: World) -> None:
    case_id = await world.open(world.alder, world.birch, world.cedar)
    with pytest.raises(Conflict):
        await world.do(cases.remove, world.alder, case_id, world.alder.participant_id)
    with pytest.raises(Forbidden):
        await world.do(cases.remove, world.birch, case_id, world.cedar.participant_id)
    with pytest.raises(NotFound, match="member"):
        await world.do(cases.remove, world.alder, case_id, uuid4())
