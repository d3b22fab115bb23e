"""Links: who may assert, see and take back which (R5, R19)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.errors import Conflict, Forbidden
from app.rules.actor import Actor
from app.rules.ids import NOTHING
from app.rules.labels import RetractionReason
from app.rules.links import LinkDraft, Relation, UnlinkOutcome
from app.rules.participants import ParticipantStatus
from app.services import contributions, links, network
from app.store import contributions as statements
from app.store import links as stored
from app.store.database_urls import DatabaseUrls
from app.store.pages import Window
from tests.feedback_world import World, world_at
from tests.link_world import SAME_ACTOR, alter, at, link, link_all, linked_pair, raw, rejection, seen

OTHERS_GROUP = "program_wide = false, audience_groups = ARRAY['00000000-0000-4000-8000-000000000001'::uuid]"
GONE_FOR_OTHERS = [
    OTHERS_GROUP,
    "status = 'QUARANTINED'",
    "hidden = true",
    "signal_hidden = true",
]
GONE_FOR_ALL = ["expires_at = '2026-07-01 11:00Z'", "status = 'RETRACTED'", "status = 'EXPIRED'"]


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as world:
        yield world


async def retract(world: World, actor: Actor, signal: UUID) -> None:
    rows = await world.contributions_on(actor, signal)
    (own,) = [row.id for row in rows if row.participant_id == actor.participant_id]
    await world.do(contributions.retract, actor, [own], RetractionReason.ERROR)


async def end_links(session: AsyncSession, _: Actor, asserter: Actor, signal: UUID) -> None:
    await stored.end_for(session, asserter.participant_id, [signal])


async def outcomes(world: World, *drafts: LinkDraft) -> list[str]:
    results = await link_all(world, world.alder, *drafts)
    return [result.rejection.reason if result.rejection else str(result.outcome) for result in results]


# --- What becomes of a row -------------------------------------------------------------------------------------------


async def test_a_link_is_created_then_unchanged_then_updated(world: World) -> None:
    a, b = await world.share(world.alder), await world.share(world.alder)
    assert await outcomes(world, LinkDraft(a, b, SAME_ACTOR, 50)) == ["CREATED"]
    assert await outcomes(world, LinkDraft(a, b, SAME_ACTOR, 50)) == ["UNCHANGED"]
    assert await outcomes(world, LinkDraft(b, a, SAME_ACTOR, 70)) == ["UPDATED"]
    assert await world.rows("SELECT confidence FROM signal_link") == [(70,)]


async def test_a_link_keeps_its_id_while_its_confidence_changes(world: World) -> None:
    id, a, b = await linked_pair(world, world.alder)
    assert await link(world, world.alder, b, a, confidence=99) == id
    assert await link(world, world.alder, b, a, confidence=99) == id


async def test_a_directed_relation_stands_once_each_way(world: World) -> None:
    a, b = await world.share(world.alder), await world.share(world.alder)
    drafts = [LinkDraft(a, b, Relation.REDIRECTS_TO), LinkDraft(b, a, Relation.REDIRECTS_TO)]
    assert await outcomes(world, *drafts) == ["CREATED", "CREATED"]


async def test_of_equal_links_in_one_call_the_first_decides(world: World) -> None:
    a, b = await world.share(world.alder), await world.share(world.alder)
    drafts = [LinkDraft(a, b, SAME_ACTOR, 40), LinkDraft(b, a, SAME_ACTOR, 40), LinkDraft(a, b, SAME_ACTOR, 41)]
    assert await outcomes(world, *drafts) == ["CREATED", "UNCHANGED", "DUPLICATE_IN_BATCH"]
    assert await world.rows("SELECT confidence FROM signal_link") == [(40,)]


async def test_a_bad_row_harms_no_other_and_results_keep_the_order(world: World) -> None:
    a, b = await world.share(world.alder), await world.share(world.alder)
    drafts = [
        LinkDraft(a, a, SAME_ACTOR),
        LinkDraft(a, b, SAME_ACTOR),
        LinkDraft(a, b, Relation.HOSTED_AT, 100),
        LinkDraft(a, NOTHING, SAME_ACTOR),
        LinkDraft(a, b, Relation.HOSTED_AT, 99),
    ]
    told = ["EQUAL_ENDS", "CREATED", "OUT_OF_RANGE", "NOT_FOUND", "CREATED"]
    assert await outcomes(world, *drafts) == told


async def test_each_participant_asserts_the_same_link_for_itself(world: World) -> None:
    id, a, b = await linked_pair(world, world.alder, world.birch)
    assert await link(world, world.birch, a, b) != id
    assert len(await at(world, world.cedar, a)) == 2


async def test_a_call_sent_again_gives_the_rows_of_the_first(world: World) -> None:
    a, b = await world.share(world.alder), await world.share(world.alder)
    draft = LinkDraft(a, b, SAME_ACTOR)
    first = await link_all(world, world.alder, draft, key="k")
    assert await link_all(world, world.alder, draft, key="k") == first
    with pytest.raises(Conflict):
        await link_all(world, world.alder, replace(draft, confidence=51), key="k")


async def test_a_thousand_links_take_as_many_statements_as_one(world: World) -> None:
    ends = [await world.share(world.alder) for _ in range(12)]
    pairs = [LinkDraft(a, b, relation) for a in ends for b in ends for relation in Relation if a != b][:1_000]
    said: list[str] = []
    event.listen(world.exchange.database.engine.sync_engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    await link_all(world, world.alder, pairs[0])
    once = len(said)
    await link_all(world, world.alder, *pairs)
    assert len(said) - once <= once + 1  # links that stood already are looked up


# --- Who may assert --------------------------------------------------------------------------------------------------


async def test_an_end_that_one_sees_but_does_not_contribute_is_refused_with_its_field(world: World) -> None:
    own, others = await world.share(world.alder), await world.share(world.birch)
    assert await rejection(world, world.alder, own, others) == ("to", "NOT_YOUR_SIGNAL")
    assert await rejection(world, world.alder, others, own) == ("from", "NOT_YOUR_SIGNAL")


async def test_a_hidden_and_an_absent_end_are_refused_in_the_same_words(world: World) -> None:
    own, hidden = await world.share(world.cedar), await world.share(world.alder, group=world.exchange.group_id)
    told = [
        (await link_all(world, world.cedar, LinkDraft(own, end, SAME_ACTOR)))[0] for end in (hidden, uuid4(), NOTHING)
    ]
    assert told[0] == told[1] == told[2]
    assert told[0].rejection is not None
    assert (told[0].rejection.field, told[0].rejection.reason) == ("to", "NOT_FOUND")


@pytest.mark.parametrize("change", GONE_FOR_ALL)
async def test_an_own_contribution_that_ended_carries_no_link(world: World, change: str) -> None:
    a, b = await world.share(world.alder), await world.share(world.alder, world.birch)
    await alter(world, world.alder, b, change)
    assert await rejection(world, world.alder, a, b) == ("to", "NOT_YOUR_SIGNAL")
    await alter(world, world.alder, a, change)
    assert await rejection(world, world.alder, a, b) == ("from", "NOT_FOUND")


@pytest.mark.parametrize("change", GONE_FOR_OTHERS)
async def test_what_is_held_back_from_others_can_be_linked_by_its_contributor(world: World, change: str) -> None:
    a, b = await world.share(world.alder), await world.share(world.alder)
    await alter(world, world.alder, b, change)
    id = await link(world, world.alder, a, b)
    assert await seen(world, world.alder, id, a, b) == {True}
    assert await seen(world, world.birch, id, a, b) == {False}


async def test_only_an_active_participant_links_and_unlinks(world: World) -> None:
    id, a, b = await linked_pair(world, world.alder)
    for status in set(ParticipantStatus) - {ParticipantStatus.ACTIVE}:
        alder = replace(world.alder, status=status)
        with pytest.raises(Forbidden):
            await link_all(world, alder, LinkDraft(a, b, SAME_ACTOR))
        with pytest.raises(Forbidden):
            await world.do(links.unlink, alder, [id])


async def test_a_token_without_the_scope_links_and_walks_nowhere(world: World) -> None:
    id, a, b = await linked_pair(world, world.alder)
    alder = replace(world.alder, scopes=frozenset({"feed:read"}))
    with pytest.raises(Forbidden):
        await link_all(world, alder, LinkDraft(a, b, SAME_ACTOR))
    with pytest.raises(Forbidden):
        await world.do(links.unlink, alder, [id])
    with pytest.raises(Forbidden):
        await world.ask(network.neighbourhood, alder, a, 1, 10)


# --- Who sees --------------------------------------------------------------------------------------------------------


async def test_whoever_sees_both_ends_through_the_asserter_sees_the_link(world: World) -> None:
    id, a, b = await linked_pair(world, world.alder)
    for viewer in (world.alder, world.birch, world.cedar):
        assert await seen(world, viewer, id, a, b) == {True}


@pytest.mark.parametrize("change", GONE_FOR_OTHERS + GONE_FOR_ALL)
async def test_a_link_is_not_seen_when_either_end_is_gone(world: World, change: str) -> None:
    for end in (0, 1):
        id, *ends = await linked_pair(world, world.alder)
        await alter(world, world.alder, ends[end], change)
        assert await seen(world, world.birch, id, *ends) == {False}
        assert await seen(world, world.alder, id, *ends) == {change in GONE_FOR_OTHERS}


@pytest.mark.parametrize("change", GONE_FOR_OTHERS + GONE_FOR_ALL)
async def test_another_contributor_at_the_end_does_not_show_the_link(world: World, change: str) -> None:
    for end in (0, 1):
        id, *ends = await linked_pair(world, world.alder, world.birch)
        await alter(world, world.alder, ends[end], change)
        assert await world.sees(world.cedar, ends[end])
        assert await seen(world, world.cedar, id, *ends) == {False}


async def test_a_link_within_a_group_is_seen_by_its_members_only(world: World) -> None:
    id, a, b = await linked_pair(world, world.alder, group=world.exchange.group_id)
    assert await seen(world, world.birch, id, a, b) == {True}
    assert await seen(world, world.cedar, id, a, b) == {False}


async def test_a_participant_that_sees_only_its_own_sees_only_its_own_links(world: World) -> None:
    id, a, b = await linked_pair(world, world.alder)
    for status in (ParticipantStatus.SUSPENDED, ParticipantStatus.OFFBOARDING):
        assert await seen(world, replace(world.birch, status=status), id, a, b) == {False}
        assert await seen(world, replace(world.alder, status=status), id, a, b) == {True}


async def test_links_at_a_signal_come_page_by_page_the_oldest_first(world: World) -> None:
    hub = await world.share(world.alder)
    made = [await link(world, world.alder, hub, await world.share(world.alder)) for _ in range(5)]
    told, after = [], None
    for _ in range(3):
        page = (await world.ask(stored.at_signals, world.birch, [hub], None, Window(2, after)))[hub]
        told += [row.id for _, row in page.items]
        after = page.items[-1][0]
        assert page.has_next == (len(told) < 5)
    assert told == made


async def test_links_at_a_signal_can_be_of_one_relation_only(world: World) -> None:
    _, a, b = await linked_pair(world, world.alder)
    paid = await link(world, world.alder, a, b, relation=Relation.PAID_THROUGH)
    assert await at(world, world.birch, b, Relation.PAID_THROUGH) == [paid]


# --- Who takes back, and how links end -------------------------------------------------------------------------------


async def test_the_asserter_takes_its_link_back_once(world: World) -> None:
    id, a, _ = await linked_pair(world, world.alder)
    gone = await world.do(links.unlink, world.alder, [uuid4(), id, NOTHING])
    assert gone == [UnlinkOutcome.NOT_FOUND, UnlinkOutcome.REMOVED, UnlinkOutcome.NOT_FOUND]
    assert await at(world, world.alder, a) == []
    assert await world.do(links.unlink, world.alder, [id]) == [UnlinkOutcome.NOT_FOUND]


async def test_nobody_takes_back_the_link_of_another(world: World) -> None:
    id, a, _ = await linked_pair(world, world.alder, world.birch)
    for other in (world.birch, world.cedar, world.operator):
        assert await world.do(links.unlink, other, [id]) == [UnlinkOutcome.NOT_FOUND]
        assert await world.ask_unwalled(stored.remove, other, [id]) == set()
    assert await at(world, world.alder, a) == [id]


async def test_row_level_security_alone_keeps_others_from_changing_a_link(world: World) -> None:
    id, _, _ = await linked_pair(world, world.alder, world.birch)
    async with world.exchange.database.write(world.now(world.birch)) as session:
        for change in ("DELETE FROM signal_link", "UPDATE signal_link SET confidence = 1"):
            done = await session.execute(text(f"{change} WHERE id = :id"), {"id": id})
            assert done.rowcount == 0  # type: ignore[attr-defined]  # of a cursor
    assert await raw(world, world.alder, id) == [(50,)]


@pytest.mark.parametrize("as_whom", ["own", "anothers"])
async def test_row_level_security_alone_refuses_a_link_between_signals_of_others(world: World, as_whom: str) -> None:
    ends = [await world.share(world.alder), await world.share(world.alder)]
    asserter = world.birch if as_whom == "own" else world.alder
    insert = text(
        "INSERT INTO signal_link (id, created_at, a_id, b_id, relation, participant_id, confidence)"
        " VALUES (gen_random_uuid(), now(), :a, :b, 'SAME_ACTOR', :asserter, 50) RETURNING id"
    )
    with pytest.raises(DBAPIError, match="row-level security"):
        async with world.exchange.database.write(world.now(world.birch)) as session:
            await session.execute(insert, {"a": ends[0], "b": ends[1], "asserter": asserter.participant_id})


@pytest.mark.parametrize("end", [0, 1])
async def test_a_link_ends_with_a_contribution_of_its_asserter_and_does_not_come_back(world: World, end: int) -> None:
    _, *ends = await linked_pair(world, world.alder, world.birch)
    kept = await link(world, world.birch, *ends)
    await retract(world, world.alder, ends[end])
    assert await world.rows("SELECT id FROM signal_link") == [(kept,)]


async def test_links_end_for_the_asserter_alone_and_only_at_those_signals(world: World) -> None:
    _, a, b = await linked_pair(world, world.alder, world.birch)
    kept = {await link(world, world.birch, a, b), (await linked_pair(world, world.alder))[0]}
    await world.do(end_links, world.alder, world.alder, a)
    assert {id for (id,) in await world.rows("SELECT id FROM signal_link")} == kept
    with pytest.raises(DBAPIError, match="not for this viewer"):
        await world.do(end_links, world.alder, world.birch, a)


async def test_links_end_with_what_expires(world: World) -> None:
    _, a, _ = await linked_pair(world, world.alder)
    await alter(world, world.alder, a, "expires_at = '2026-07-01 11:00Z'")
    async with world.owner.begin() as connection:
        await connection.execute(text("SELECT expire_lapsed('2026-07-02', 100)"))
    assert await world.rows("SELECT id FROM signal_link") == []


# --- Races -----------------------------------------------------------------------------------------------------------


async def test_a_retraction_waits_for_a_link_and_then_ends_it(world: World) -> None:
    a, b = await world.share(world.alder), await world.share(world.alder)
    alder = world.now(world.alder)
    async with world.exchange.database.write(alder) as session:
        (result,) = await links.link(session, alder, world.exchange.keyring, [LinkDraft(a, b, SAME_ACTOR)])
        retraction = asyncio.create_task(retract(world, world.alder, b))
        await asyncio.sleep(0.3)
        assert not retraction.done()
    await retraction
    assert result.subject_id is not None
    assert await world.rows("SELECT id FROM signal_link") == []


async def test_whatever_ends_a_contribution_waits_for_a_link_even_without_a_lock_of_its_own(world: World) -> None:
    a, b = await world.share(world.alder), await world.share(world.alder)
    alder = world.now(world.alder)
    async with world.exchange.database.write(alder) as session:
        await links.link(session, alder, world.exchange.keyring, [LinkDraft(a, b, SAME_ACTOR)])
        ending = asyncio.create_task(alter(world, world.alder, b, "status = 'RETRACTED'"))
        await asyncio.sleep(0.3)
        assert not ending.done()
    await ending


async def test_a_link_waits_for_a_retraction_and_is_then_refused(world: World) -> None:
    a, b = await world.share(world.alder), await world.share(world.alder, world.birch)
    alder = world.now(world.alder)
    async with world.exchange.database.write(alder) as session:
        rows = (await statements.on_signals(session, alder, [b]))[b]
        (own,) = [row.id for row in rows if row.participant_id == alder.participant_id]
        await contributions.retract(session, alder, [own], RetractionReason.ERROR)
        linking = asyncio.create_task(rejection(world, world.alder, a, b))
        await asyncio.sleep(0.3)
        assert not linking.done()
    assert await linking == ("to", "NOT_YOUR_SIGNAL")
    assert await world.rows("SELECT id FROM signal_link") == []


async def test_of_two_calls_that_assert_the_same_one_creates_it(world: World) -> None:
    ends = [await world.share(world.alder) for _ in range(6)]
    drafts = [LinkDraft(a, b, SAME_ACTOR) for a in ends for b in ends if a < b]
    told = await asyncio.gather(
        *(link_all(world, world.alder, *order) for order in (drafts, drafts[::-1], drafts, drafts[::-1]))
    )
    assert sorted(str(result.outcome) for call in told for result in call) == ["CREATED"] * 15 + ["UNCHANGED"] * 45
    assert len({result.subject_id for call in told for result in call}) == 15
