"""Feedback of one participant by calls side by side: none waits for another's commit, and none is lost."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.actor import Actor
from app.rules.feedback import FeedbackDraft
from app.rules.participants import ParticipantStatus
from app.rules.verdicts import Verdict
from app.services import feedback
from app.store import contributions, feedback_records
from app.store.database_urls import DatabaseUrls
from tests.feedback_world import World, world_at

V = Verdict


@pytest.fixture(params=[True, False], ids=["at once", "in steps"])
async def world(
    emptied: DatabaseUrls, owner_engine: AsyncEngine, request: pytest.FixtureRequest
) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as world:
        world.at_once = request.param
        yield world


async def test_calls_about_the_same_signals_in_any_order_record_each_once(world: World) -> None:
    signals = [await world.share(world.alder) for _ in range(12)]
    orders = [random.Random(seed).sample(signals, len(signals)) for seed in range(6)]
    drafts = [[FeedbackDraft(signal, V.NO_MATCH) for signal in order] for order in orders]
    answers = await asyncio.gather(*(world.record(world.birch, some) for some in drafts))
    outcomes = Counter(str(result.outcome) for answer in answers for result in answer)
    assert outcomes == {"CREATED": 12, "UNCHANGED": 60}
    assert await world.rows("SELECT count(*), max(version) FROM feedback_version") == [(12, 1)]
    assert await world.rows("SELECT count(*) FROM inbox WHERE kind = 'FEEDBACK'") == [(12,)]


async def test_differing_calls_follow_one_another_and_leave_their_history(world: World) -> None:
    signal = await world.share(world.alder)
    said = [V.NO_MATCH, V.MATCHED, V.IN_REVIEW, V.OUTDATED]
    answers = await asyncio.gather(*(world.say(world.birch, signal, verdict) for verdict in said))
    assert Counter(answers) == {"CREATED": 1, "UPDATED": 3}
    history = await world.rows("SELECT verdict FROM feedback_version ORDER BY version")
    assert Counter(verdict for (verdict,) in history) == Counter(map(str, said))
    assert await world.rows("SELECT verdict, version FROM feedback") == [(history[-1][0], 4)]


async def test_a_call_that_loses_keeps_none_of_its_rows_and_decides_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.at_once = False
    signals = [await world.share(world.alder) for _ in range(2)]
    keep, meanwhile = feedback_records.keep, [True]

    async def late(*given: Any) -> bool:
        """Another call is faster, once."""
        if meanwhile:
            meanwhile.clear()
            await world.say(world.birch, signals[1], V.MATCHED)
        return await keep(*given)

    monkeypatch.setattr(feedback_records, "keep", late)
    results = await world.record(world.birch, [FeedbackDraft(signal, V.NO_MATCH) for signal in signals])
    assert [result.outcome for result in results] == ["CREATED", "UPDATED"]
    assert await world.rows("SELECT count(*) FROM feedback_version") == [(3,)]
    assert await world.rows("SELECT count(*) FROM feedback_reference") == [(2,)]


async def test_a_call_that_always_loses_is_started_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.at_once = False
    signal = await world.share(world.alder)

    async def lose(*_given: Any) -> bool:
        return False

    monkeypatch.setattr(feedback_records, "keep", lose)
    with pytest.raises(DBAPIError) as disturbed:
        await world.say(world.birch, signal, V.NO_MATCH)
    assert disturbed.value.orig.sqlstate == "40001"  # type: ignore[union-attr]


async def test_what_feedback_comes_upon_is_what_its_author_sees(world: World) -> None:
    group = world.exchange.group_id
    signals = [
        await world.share(world.alder, world.birch),
        await world.share(world.alder, group=group),
        await world.share(world.cedar),
    ]
    suspended = replace(world.alder, status=ParticipantStatus.SUSPENDED)
    for actor in (world.alder, world.birch, world.cedar, world.operator, suspended):
        assert await _upon(world, actor, signals) == await _seen(world, actor, signals)


async def _upon(world: World, actor: Actor, signals: list[Any]) -> Any:
    """Without row-level security: the query itself says who sees what."""
    found = await world.ask_unwalled(feedback_records.upon, actor, signals)
    return {signal: [seen.id for seen in upon.seen] for signal, upon in found.items()}


async def _seen(world: World, actor: Actor, signals: list[Any]) -> Any:
    found = await world.ask_unwalled(contributions.on_signals, actor, signals)
    return {signal: [row.id for row in rows] for signal, rows in found.items()}


async def test_nobody_keeps_feedback_in_the_name_of_another(world: World) -> None:
    signal = await world.share(world.alder)
    drafts = [FeedbackDraft(signal, V.NO_MATCH)]
    as_cedar = replace(world.cedar, as_of=world.exchange.clock())
    with pytest.raises(DBAPIError) as refused:
        async with world.exchange.database.write(world.now(world.birch)) as session:
            await feedback.record(session, as_cedar, world.exchange.keyring, drafts)
    assert refused.value.orig.sqlstate == "42501"  # type: ignore[union-attr]
    assert await world.rows("SELECT count(*) FROM feedback") == [(0,)]
