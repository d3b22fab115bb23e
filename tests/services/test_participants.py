"""Participants and sharing groups: admission, status, membership, and who knows of whom."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.errors import Conflict, Forbidden, InvalidInput
from app.rules.actor import Actor
from app.rules.participants import LISTED, ParticipantClass, ParticipantFilter, ParticipantStatus
from app.services import groups, participants
from app.store.pages import Window
from app.store.tables.participant import ParticipantRow
from tests.demo_exchange import DemoExchange
from tests.services.membership import actions, add, epochs, remove

S = ParticipantStatus


LEAVING = (S.OFFBOARDING, S.TERMINATED)


async def admit(exchange: DemoExchange, actor: Actor, slug: str = "dogwood") -> ParticipantRow:
    async with exchange.database.write(actor) as session:
        return await participants.admit(session, actor, slug, "Dogwood", ParticipantClass.RECEIVE_ONLY)


async def step(exchange: DemoExchange, actor: Actor, id: UUID, *steps: ParticipantStatus) -> ParticipantRow:
    for to in steps:
        async with exchange.database.write(actor) as session:
            row = await participants.change_status(session, actor, id, to)
    return row


async def listed(exchange: DemoExchange, actor: Actor, first: int = 100, **wanted: Any) -> list[str]:
    async with exchange.database.read(actor) as session:
        page = await participants.find(session, actor, ParticipantFilter(**wanted), Window(first))
    return [row.slug for _, row in page.items]


async def test_a_participant_becomes_active_step_by_step(exchange: DemoExchange, operator: Actor) -> None:
    admitted = await admit(exchange, operator)
    assert admitted.status == S.APPLIED
    steps = (S.COMPLIANCE_REVIEW, S.APPROVED, S.AGREEMENT_SIGNED, S.ONBOARDING, S.ACTIVE)
    assert (await step(exchange, operator, admitted.id, *steps)).status == S.ACTIVE


async def test_a_step_cannot_be_left_out(exchange: DemoExchange, operator: Actor) -> None:
    admitted = await admit(exchange, operator)
    with pytest.raises(Conflict, match="COMPLIANCE_REVIEW"):
        await step(exchange, operator, admitted.id, S.ACTIVE)
    with pytest.raises(Conflict, match="nothing"):
        await step(exchange, operator, admitted.id, S.TERMINATED, S.ACTIVE)


async def test_the_operator_cannot_shut_itself_out(exchange: DemoExchange, operator: Actor) -> None:
    with pytest.raises(Conflict, match="own"):
        await step(exchange, operator, operator.participant_id, S.SUSPENDED)


async def test_of_two_who_apply_with_one_slug_one_is_admitted(exchange: DemoExchange, operator: Actor) -> None:
    outcomes = await asyncio.gather(*(admit(exchange, operator) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(outcome, ParticipantRow) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 5


async def test_of_two_that_take_different_steps_one_succeeds(exchange: DemoExchange, operator: Actor) -> None:
    steps = (step(exchange, operator, exchange.id("cedar"), to) for to in (S.OFFBOARDING, S.SUSPENDED) * 3)
    outcomes = await asyncio.gather(*steps, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    taken = [outcome for outcome in outcomes if isinstance(outcome, ParticipantRow)]
    assert len(refused) + len(taken) == 6
    # Whoever is suspended may still be offboarded, and nothing else.
    assert 1 <= len(taken) <= 2


@pytest.mark.parametrize("slug", ["", "x", "Dogwood", "dog wood", "dog\0wood", "1dog", "d" * 64, "dög", "dog\n"])
async def test_a_slug_that_is_none_is_refused(exchange: DemoExchange, operator: Actor, slug: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await admit(exchange, operator, slug)
    assert refusal.value.field == "slug"


async def test_losing_sight_of_others_starts_a_new_epoch(
    exchange: DemoExchange, operator: Actor, owner_engine: AsyncEngine
) -> None:
    seen = []
    for to in (S.RESTRICTED, S.ACTIVE, S.SUSPENDED, S.ACTIVE, *LEAVING):
        seen.append((await step(exchange, operator, exchange.id("cedar"), to)).feed_epoch)
    assert seen == [1, 1, 2, 3, 4, 4]
    assert (await epochs(owner_engine))["alder"] == 1


async def test_whoever_leaves_for_good_has_nothing_shared_any_more(
    exchange: DemoExchange, operator: Actor, owner_engine: AsyncEngine
) -> None:
    await share(exchange, owner_engine, exchange.id("cedar"))
    await step(exchange, operator, exchange.id("cedar"), *LEAVING)
    async with owner_engine.connect() as connection:
        kept = (await connection.execute(text("SELECT status, retraction_reason FROM contribution"))).all()
        told = await connection.scalar(text("SELECT count(*) FROM inbox WHERE sight_before = 1 AND sight_after = 0"))
        signals = await connection.scalar(text("SELECT count(*) FROM signal"))
    assert (kept, told, signals) == ([("RETRACTED", "PARTICIPANT_EXIT")], 1, 0)


async def test_quarantine_is_set_for_a_participant(exchange: DemoExchange, operator: Actor) -> None:
    async with exchange.database.write(operator) as session:
        assert (await participants.set_quarantine(session, operator, exchange.id("cedar"), True)).quarantines
    less = await exchange.actor("lantern-operator", without=frozenset({"compliance:manage"}))
    async with exchange.database.write(less) as session:
        with pytest.raises(Forbidden, match="compliance:manage"):
            await participants.set_quarantine(session, less, exchange.id("cedar"), False)


async def test_every_action_is_in_the_audit_trail(
    exchange: DemoExchange, operator: Actor, owner_engine: AsyncEngine
) -> None:
    admitted = await admit(exchange, operator)
    await step(exchange, operator, admitted.id, S.COMPLIANCE_REVIEW)
    await add(exchange, operator, [admitted.id])
    await remove(exchange, operator, [admitted.id])
    async with exchange.database.write(operator) as session:
        await participants.set_quarantine(session, operator, admitted.id, True)
        await groups.rename(session, operator, exchange.group_id, "Payments")
        await groups.create(session, operator, "new-group", "New")
    assert await actions(owner_engine) == [
        "group.add_members",
        "group.create",
        "group.remove_members",
        "group.rename",
        "participant.admit",
        "participant.become COMPLIANCE_REVIEW",
        "participant.quarantine",
    ]


@pytest.mark.parametrize("slug", ["alder", "lantern-operator"])
async def test_only_an_active_operator_with_the_scope_manages(exchange: DemoExchange, slug: str) -> None:
    actor = await exchange.actor(slug, without=frozenset({"participants:manage"}))
    tricked = replace(await exchange.actor("alder"), scopes=frozenset({"participants:manage"}))
    resting = replace(await exchange.operator(), status=S.RESTRICTED)
    for somebody in (actor, tricked, resting):
        for attempt in (
            admit(exchange, somebody),
            step(exchange, somebody, exchange.id("cedar"), S.SUSPENDED),
            add(exchange, somebody, [exchange.id("cedar")]),
            remove(exchange, somebody, [exchange.id("birch")]),
        ):
            with pytest.raises(Forbidden):
                await attempt


async def test_an_applicant_is_known_to_the_operator_alone(exchange: DemoExchange, operator: Actor) -> None:
    await admit(exchange, operator)
    assert await listed(exchange, operator, slug="dogwood") == ["dogwood"]
    assert await listed(exchange, await exchange.actor("alder"), slug="dogwood") == []


async def test_a_suspended_participant_sees_itself_alone_and_is_still_seen(
    exchange: DemoExchange, operator: Actor
) -> None:
    await step(exchange, operator, exchange.id("cedar"), S.SUSPENDED)
    assert await listed(exchange, await exchange.actor("cedar")) == ["cedar"]
    assert "cedar" in await listed(exchange, await exchange.actor("alder"))


async def test_a_group_that_is_out_of_sight_has_no_members(exchange: DemoExchange, operator: Actor) -> None:
    group = exchange.group_id
    assert set(await listed(exchange, await exchange.actor("alder"), group_id=group)) == {"alder", "birch"}
    assert set(await listed(exchange, operator, group_id=group)) == {"alder", "birch"}
    assert await listed(exchange, await exchange.actor("cedar"), group_id=group) == []
    assert await listed(exchange, await exchange.actor("cedar"), group_id=uuid4()) == []


async def test_participants_are_found_by_status_and_class(exchange: DemoExchange, operator: Actor) -> None:
    await step(exchange, operator, exchange.id("cedar"), S.RESTRICTED)
    assert await listed(exchange, operator, status=S.RESTRICTED) == ["cedar"]
    assert await listed(exchange, operator, participant_class=ParticipantClass.OPERATOR) == ["lantern-operator"]


async def test_pages_of_participants_show_each_once(exchange: DemoExchange, operator: Actor) -> None:
    for number in range(5):
        later = replace(operator, as_of=operator.as_of + timedelta(seconds=number // 2))
        await admit(exchange, later, f"dogwood-{number}")
    found, after = [], None
    async with exchange.database.read(operator) as session:
        while True:
            page = await participants.find(session, operator, ParticipantFilter(), Window(2, after))
            found += [row.slug for _, row in page.items]
            if not page.has_next:
                break
            after = page.items[-1][0]
    assert len(found) == len(set(found)) == 9


async def test_the_policy_and_row_level_security_show_the_same_participants(
    exchange: DemoExchange, operator: Actor, owner_engine: AsyncEngine
) -> None:
    async with owner_engine.begin() as connection:
        for status in S:
            row = {"id": uuid4(), "slug": f"p-{status.lower()}".replace("_", "-"), "status": status}
            await connection.execute(text(PARTICIPANT), row)
    for viewer in (operator, await exchange.actor("alder")):
        for status in S:
            actor = replace(viewer, status=status)
            async with exchange.database.read(actor) as session:
                by_wall = set(await session.scalars(text("SELECT slug FROM participant")))
            # The owner is under no wall, so that the policy stands alone.
            async with AsyncSession(owner_engine) as session:
                page = await participants.find(session, actor, ParticipantFilter(), Window(100))
            assert {row.slug for _, row in page.items} == by_wall
    assert len(LISTED) < len(await listed(exchange, await exchange.actor("alder"))) < len(S)


PARTICIPANT = """INSERT INTO participant (id, slug, name, participant_class, status, feed_epoch, quarantines,
    created_at, updated_at) VALUES (:id, :slug, 'Name', 'OBSERVER', :status, 1, false, now(), now())"""


SIGNAL = """INSERT INTO signal (id, created_at, type, qualifier, tag, tag_key_version, normaliser_version, sealed_value,
    key_version, hidden) VALUES (:signal_id, :at, 'DOMAIN', '', 'tag', 1, 1, 'sealed', 1, false)"""


CONTRIBUTION = """INSERT INTO contribution (id, created_at, updated_at, expires_at, signal_id, signal_type,
    participant_id, version, labels_version, status, program_wide, audience_groups, hidden, signal_hidden, violations,
    violations_version, annotations, severity, confidence, precision, handling, review_status, subject_role)
    VALUES (gen_random_uuid(), :at, :at, :until, :signal_id, 'DOMAIN', :participant_id, 1, 1, 'ACTIVE', true, '{}',
    false, false, '{SEXTORTION_FINANCIAL}', 1, '{}', 2, 50, 'MEDIUM', 'AMBER', 'REVIEWED_MANUALLY', 'UNKNOWN')"""


async def share(exchange: DemoExchange, owner_engine: AsyncEngine, participant_id: UUID) -> None:
    """One signal with one contribution, straight into the tables."""
    now = exchange.clock()
    stated = {"signal_id": uuid4(), "participant_id": participant_id, "at": now, "until": now + timedelta(days=30)}
    async with owner_engine.begin() as connection:
        await connection.execute(text(SIGNAL), stated)
        await connection.execute(text(CONTRIBUTION), stated)


async def test_what_is_under_way_when_a_participant_leaves_is_not_written(
    exchange: DemoExchange, operator: Actor
) -> None:
    alder = await exchange.actor("alder")
    await step(exchange, operator, alder.participant_id, S.OFFBOARDING, S.TERMINATED)
    with pytest.raises(Forbidden, match="just changed"):
        async with exchange.database.write(alder):
            pytest.fail("the token was read before it left")


async def test_who_is_writing_is_waited_for_before_its_status_changes(exchange: DemoExchange, operator: Actor) -> None:
    alder = await exchange.actor("alder")
    async with exchange.database.write(alder):
        leaving = asyncio.create_task(step(exchange, operator, alder.participant_id, S.SUSPENDED))
        done, _ = await asyncio.wait([leaving], timeout=0.2)
        assert not done
    assert (await leaving).status is S.SUSPENDED
