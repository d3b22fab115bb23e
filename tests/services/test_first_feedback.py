"""First feedback by one statement: it keeps what the general way keeps, or nothing, and who asks is asked for."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.errors import Forbidden
from app.graphql.context import Context
from app.rules.actor import Actor
from app.rules.feedback import FeedbackDraft
from app.rules.labels import ReviewStatus
from app.rules.participants import ParticipantStatus
from app.rules.row_results import RowResult
from app.rules.verdicts import EnforcementAction, Verdict, VerdictReason
from app.services import feedback
from app.store.database_urls import DatabaseUrls
from app.store.pdq_index import PdqIndex
from app.store.templates import Made
from tests.feedback_world import MANUAL, World, world_at

V = Verdict
TABLES = ("feedback", "feedback_version", "feedback_reference", "inbox")
# What differs from call to call.
BY_CHANCE = frozenset({"id", "feedback_id", "sealed_note", "sealed_reviewer_role", "sealed_policy_reference"})


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as world:
        yield world


def said_of(world: World, signals: list[Any]) -> list[FeedbackDraft]:
    """In many ways; of the last nothing is to be kept."""
    reviewed = world.exchange.clock() - timedelta(days=1)
    acted = {
        "reviewed_at": reviewed,
        "reviewer_role": "analyst, \"shift\" 2 \\ 'night'",
        "policy_reference": "§ 4 {\U0001f33f}",
        "note": "a,b\n{}",
        "actions": ((EnforcementAction.ACCOUNT_REMOVED, 2), (EnforcementAction.REPORTED_TO_NCMEC, 1)),
    }
    drafts = [
        FeedbackDraft(signals[0], V.NO_MATCH),
        FeedbackDraft(signals[1], V.CONFIRMED_VIOLATION, review_status=MANUAL, **acted),
        FeedbackDraft(signals[2], V.FALSE_POSITIVE, VerdictReason.WRONG_LABEL, MANUAL),
        FeedbackDraft(signals[3], V.INCONCLUSIVE, review_status=ReviewStatus.REVIEWED_AUTOMATICALLY, note="?"),
    ]
    return [*drafts, drafts[0], replace(drafts[1], note="else"), *(FeedbackDraft(s, V.MATCHED) for s in signals[4:])]


async def kept(world: World) -> dict[str, list[Any]]:
    found = {}
    for table in TABLES:
        where = " WHERE kind = 'FEEDBACK'" if table == "inbox" else ""
        rows = [row._mapping for row in await world.rows(f"SELECT * FROM {table}{where}")]
        said = [{name: value for name, value in row.items() if name not in BY_CHANCE} for row in rows]
        opened = [{name: row[name] is None for name in BY_CHANCE & row.keys()} for row in rows]
        found[table] = sorted(repr(pair) for pair in zip(said, opened, strict=True))
    return found


def plain(results: list[RowResult] | None) -> list[Any]:
    assert results is not None
    return [(result.outcome, result.signal_id, result.rejection) for result in results]


@pytest.mark.parametrize(("author", "counts"), [("birch", [4, 4, 5, 5]), ("operator", [4, 4, 5, 5])])
async def test_it_keeps_what_the_general_way_keeps(world: World, author: str, counts: list[int]) -> None:
    signals = [
        await world.share(world.alder, world.birch, world.operator),
        await world.share(world.alder),
        await world.share(world.cedar),
        await world.share(world.alder, group=world.exchange.group_id if author == "birch" else None),
        # One that the author alone contributes, and one that it does not see.
        await world.share(getattr(world, author)),
        uuid4(),
    ]
    async with world.owner.begin() as owner:
        if author == "operator":
            # Only the operator still sees it.
            await owner.execute(text("UPDATE contribution SET hidden = true WHERE signal_id = :id"), {"id": signals[2]})
    drafts = said_of(world, signals)
    now = world.now(getattr(world, author))
    one = plain(await recorded_at_once(world, now, drafts))
    at_once = await kept(world)
    async with AsyncSession(world.owner) as session, session.begin():
        for table in ("feedback_reference", "feedback_version", "feedback"):
            await session.execute(text(f"DELETE FROM {table}"))
        await session.execute(text("DELETE FROM inbox WHERE kind = 'FEEDBACK'"))
    async with world.exchange.database.write(now) as session:
        other = plain(await feedback.record(session, now, world.exchange.keyring, drafts))
    assert one == other
    assert at_once == await kept(world)
    assert [len(at_once[table]) for table in TABLES] == counts


async def recorded_at_once(
    world: World, actor: Actor, drafts: list[FeedbackDraft], **otherwise: object
) -> list[RowResult] | None:
    """With parameters of the statement that are not what they should be."""
    context = Context(actor, world.exchange.database, world.exchange.keyring, PdqIndex())

    async def act(made: Made, given: Mapping[str, object]) -> Any:
        return await context.act(made, {**given, **otherwise})

    return (await feedback.record_first(act, actor, context.keyring, drafts)).results


async def test_what_is_not_so_simple_is_left_alone(world: World) -> None:
    signals = [await world.share(world.alder) for _ in range(2)]
    drafts = [FeedbackDraft(signal, V.NO_MATCH) for signal in signals]
    assert (await world.record_first(world.birch, drafts, "a key")).results is None
    victim = FeedbackDraft(signals[0], V.FALSE_POSITIVE, VerdictReason.VICTIM_NOT_OFFENDER, MANUAL)
    assert (await world.record_first(world.birch, [victim, drafts[1]])).results is None
    assert await world.say(world.birch, signals[1], V.MATCHED) == "CREATED"
    assert (await world.record_first(world.birch, drafts)).results is None
    assert await world.rows("SELECT count(*) FROM feedback") == [(1,)]


@pytest.mark.parametrize("change", [{"feed_epoch": 7}, {"status": ParticipantStatus.RESTRICTED}])
async def test_who_is_not_what_it_was_keeps_nothing(world: World, change: dict[str, Any]) -> None:
    signal = await world.share(world.alder)
    async with world.owner.begin() as owner:
        for name, value in change.items():
            values = {"value": value, "id": world.birch.participant_id}
            await owner.execute(text(f"UPDATE participant SET {name} = :value WHERE id = :id"), values)
    assert (await world.record_first(world.birch, [FeedbackDraft(signal, V.NO_MATCH)])).results is None
    assert await world.rows("SELECT count(*) FROM feedback") == [(0,)]


async def test_who_is_being_changed_is_not_waited_for(world: World) -> None:
    """It would hold a connection of those that all reads share; the general way has others, and waits."""
    signal = await world.share(world.alder)
    drafts = [FeedbackDraft(signal, V.NO_MATCH)]
    async with AsyncSession(world.owner) as session, session.begin():
        values = {"id": world.birch.participant_id}
        await session.execute(text("UPDATE participant SET feed_epoch = feed_epoch + 1 WHERE id = :id"), values)
        assert (await world.record_first(world.birch, drafts)).results is None
        call = asyncio.ensure_future(world.do(feedback.record, world.birch, world.exchange.keyring, drafts))
        await asyncio.sleep(0.2)
        assert not call.done()
    with pytest.raises(Forbidden):
        await call
    assert await world.rows("SELECT count(*) FROM feedback") == [(0,)]


async def test_other_keys_keep_nothing(world: World) -> None:
    signal = await world.share(world.alder)
    drafts = [FeedbackDraft(signal, V.NO_MATCH)]
    assert await recorded_at_once(world, world.now(world.birch), drafts, who_keys=77) is None
    assert await world.rows("SELECT count(*) FROM feedback") == [(0,)]


async def test_nobody_keeps_it_in_the_name_of_another(world: World) -> None:
    signal = await world.share(world.alder)
    drafts, other = [FeedbackDraft(signal, V.NO_MATCH)], {"viewer_id": world.cedar.participant_id}
    with pytest.raises(DBAPIError) as refused:
        await recorded_at_once(world, world.now(world.birch), drafts, **other)
    assert refused.value.orig.sqlstate == "42501"  # type: ignore[union-attr]
    assert await world.rows("SELECT count(*) FROM feedback") == [(0,)]


async def test_row_level_security_stands_behind_the_policy(world: World) -> None:
    """Where the statement said that its viewer sees through another's groups, the database would still not show it."""
    hidden = await world.share(world.alder, group=world.exchange.group_id)
    drafts, groups = [FeedbackDraft(hidden, V.NO_MATCH)], {"viewer_groups": [world.exchange.group_id]}
    (result,) = await recorded_at_once(world, world.now(world.cedar), drafts, **groups) or []
    assert result.rejection is not None
    assert result.rejection.reason == "NOT_FOUND"


async def test_a_call_that_is_second_goes_the_general_way(world: World) -> None:
    signal = await world.share(world.alder)
    draft = FeedbackDraft(signal, V.NO_MATCH)
    async with world.exchange.database.write(world.now(world.birch)) as session:
        await feedback.record(session, world.now(world.birch), world.exchange.keyring, [draft])
        call = asyncio.ensure_future(world.record_first(world.birch, [draft]))
        await asyncio.sleep(0.2)
        assert not call.done()
    assert (await call).results is None
    assert await world.rows("SELECT count(*) FROM feedback_version") == [(1,)]


@pytest.mark.parametrize("error", [ConnectionResetError(), asyncpg.CrashShutdownError(), asyncpg.InternalClientError()])
async def test_what_was_kept_though_its_connection_was_lost_is_not_said_again(world: World, error: Exception) -> None:
    signals = [await world.share(world.alder) for _ in range(2)]
    drafts = [FeedbackDraft(signal, V.NO_MATCH) for signal in signals]
    context = Context(world.now(world.birch), world.exchange.database, world.exchange.keyring, PdqIndex())

    async def lost(made: Made, given: Mapping[str, object]) -> Any:
        await context.act(made, given)
        raise error

    first = await feedback.record_first(lost, context.actor, context.keyring, drafts)
    assert first.results is None
    # What is said of one of them in between came later, and stands.
    assert await world.say(world.birch, signals[0], V.MATCHED) == "UPDATED"
    results = await world.do(feedback.record_after, world.birch, context.keyring, drafts, first)
    assert {(result.outcome, result.subject_id in first.ids) for result in results} == {("CREATED", True)}
    said = await world.rows("SELECT verdict, version FROM feedback ORDER BY version DESC")
    assert said == [("MATCHED", 2), ("NO_MATCH", 1)]
    assert await world.rows("SELECT count(*) FROM feedback_version") == [(3,)]


async def test_a_stopped_call_leaves_nothing(world: World) -> None:
    signal = await world.share(world.alder)
    draft = FeedbackDraft(signal, V.NO_MATCH)
    async with AsyncSession(world.owner) as session, session.begin():
        await session.execute(text("LOCK TABLE inbox"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await world.record_first(world.birch, [draft])
    assert await world.rows("SELECT count(*) FROM feedback") == [(0,)]
    assert await world.say(world.birch, signal, V.NO_MATCH) == "CREATED"
