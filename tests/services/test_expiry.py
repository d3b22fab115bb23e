"""Expiry: out of sight at once, erased and announced within a minute, and never revived (R1, R15, R16)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.drafts import SignalDraft
from app.rules.labels import Labels, RetractionReason, Severity, Violation
from app.rules.links import LinkDraft, Relation
from app.rules.normal_forms import Hints
from app.rules.row_results import Outcome
from app.rules.signal_types import SignalType
from app.services import contributions, links, uploads
from app.store import signals
from app.store.database_urls import DatabaseUrls
from app.worker import expiry, jobs
from tests.feed.readers import ServiceReader
from tests.feed.world import Program, draft, program_at
from tests.waiting import PATIENCE

HOUR = timedelta(hours=1)
GRAVE = Labels(violations=(Violation.CSAM_SOLICITATION,), severity=Severity.HIGH, confidence=90)
PDQ = "f87ca07c7c3eda39fe03cf8387e18fc181f0587994f838781c31bc791e530ca1"
# What is looked up in these tables leads to the value.
TRACES = ("signal", "signal_match_key", "signal_link")


@dataclass(frozen=True)
class Scene:
    program: Program
    owner: AsyncEngine

    async def share(self, slug: str, host: str = "a", *groups: UUID, hours: float = 1) -> UUID:
        """The signal, to which the contribution lasts for so long."""
        ends = self.program.clock() + timedelta(hours=hours)
        return await self.put(slug, draft(host, *groups, expires_at=ends))

    async def put(self, slug: str, given: SignalDraft) -> UUID:
        (result,) = await self.program.share(slug, given)
        assert result.outcome is Outcome.CREATED
        assert result.signal_id is not None
        await self.program.sequence()
        return result.signal_id

    async def sees(self, slug: str, signal: UUID) -> bool:
        actor = await self.program.actor(slug)
        async with self.program.exchange.database.read(actor) as session:
            return signal in await signals.ids_seen(session, actor, [signal])

    async def told(self, slug: str, after: str | None) -> list[bool]:
        """Of each signal that the feed tells after a cursor, whether it is still there."""
        page = await ServiceReader(self.program, slug).page(after, 100)
        assert not isinstance(page, str)
        return [shown is not None for _, shown in page.items]

    async def cursor(self, slug: str) -> str:
        page = await ServiceReader(self.program, slug).page(None, 100)
        assert not isinstance(page, str)
        return page.end

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """What is stored, beyond row-level security."""
        async with self.owner.begin() as connection:
            found = await connection.execute(text(query), values)
            return list(found) if found.returns_rows else []

    async def traces(self) -> int:
        return sum([(await self.rows(f"SELECT count(*) FROM {table}"))[0][0] for table in TRACES])

    async def pass_time(self, **duration: float) -> None:
        self.program.clock.forward(**duration)
        await self.program.settle()


@pytest.fixture
async def scene(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[Scene]:
    async with program_at(emptied) as program:
        yield Scene(program, owner_engine)


def test_what_expired_is_announced_within_a_minute() -> None:
    """Found, put into the feed, and both with a failure before."""
    assert jobs.EXPIRE_EVERY + jobs.SEQUENCE_EVERY + 2 * jobs.AFTER_FAILURE < 60


async def test_it_is_out_of_sight_at_its_very_moment(scene: Scene) -> None:
    ends = scene.program.clock() + HOUR
    signal = await scene.put("alder", draft("a", expires_at=ends))
    scene.program.clock.now = ends - timedelta(microseconds=1)
    assert await scene.sees("elm", signal)
    scene.program.clock.now = ends
    assert not await scene.sees("elm", signal)
    assert not await scene.sees("alder", signal)


async def test_another_contribution_keeps_the_signal(scene: Scene) -> None:
    signal = await scene.share("alder")
    assert await scene.share("birch", hours=5) == signal
    await scene.pass_time(hours=2)
    assert await scene.sees("elm", signal)
    assert await scene.traces() > 0


async def test_value_tag_match_keys_bands_and_links_are_erased(scene: Scene) -> None:
    ends = scene.program.clock() + HOUR
    picture = await scene.put("alder", SignalDraft(SignalType.HASH_PDQ, PDQ, GRAVE, expires_at=ends))
    name = SignalDraft(SignalType.USERNAME, "j.doe", GRAVE, hints=Hints(platform="example"), expires_at=ends)
    link = LinkDraft(picture, await scene.put("alder", name), Relation.SAME_ACTOR)
    await scene.program.do("alder", links.link, scene.program.exchange.keyring, [link])
    assert all([await scene.rows(f"SELECT 1 FROM {table}") for table in TRACES])
    await scene.pass_time(hours=2)
    assert await scene.traces() == 0


async def test_what_its_contributor_wrote_about_it_is_erased(scene: Scene) -> None:
    ends = scene.program.clock() + HOUR
    await scene.put("alder", draft("a", context="seen twice", expires_at=ends))
    await scene.pass_time(hours=2)
    rows = await scene.rows("SELECT status, sealed_context, ended_at FROM contribution")
    assert rows == [("EXPIRED", None, scene.program.clock())]


async def test_the_feed_tells_those_who_saw_it_and_nobody_else(scene: Scene) -> None:
    await scene.share("alder", "a", scene.program.payments)
    cursors = {slug: await scene.cursor(slug) for slug in ("alder", "birch", "cedar", "elm", "lantern-operator")}
    await scene.pass_time(hours=2)
    told = {slug: await scene.told(slug, cursor) for slug, cursor in cursors.items()}
    assert told == {"alder": [False], "birch": [False], "cedar": [], "elm": [], "lantern-operator": []}


async def test_it_is_announced_once(scene: Scene) -> None:
    await scene.share("alder")
    await scene.pass_time(hours=2)
    before = await scene.rows("SELECT count(*) FROM feed")
    await scene.pass_time(hours=2)
    assert await scene.rows("SELECT count(*) FROM feed") == before


async def test_contributing_again_makes_a_new_signal(scene: Scene) -> None:
    before = await scene.share("alder")
    await scene.pass_time(hours=2)
    after = await scene.share("alder")
    assert after != before
    assert await scene.told("elm", None) == [True]


async def test_contributing_before_the_worker_came_by_makes_a_new_signal_too(scene: Scene) -> None:
    before, cursor = await scene.share("alder"), await scene.cursor("elm")
    scene.program.clock.forward(hours=2)
    assert await scene.share("alder") != before
    assert sorted(await scene.told("elm", cursor)) == [False, True]
    assert await scene.rows("SELECT version FROM contribution WHERE status = 'ACTIVE'") == [(1,)]


async def test_another_s_upload_ends_what_lapsed_there(scene: Scene) -> None:
    before = await scene.share("alder")
    scene.program.clock.forward(hours=2)
    assert await scene.share("birch") != before
    assert await scene.rows("SELECT status FROM contribution ORDER BY status") == [("ACTIVE",), ("EXPIRED",)]


async def test_what_lapsed_is_neither_renewed_nor_retracted(scene: Scene) -> None:
    await scene.share("alder")
    ((id,),) = await scene.rows("SELECT id FROM contribution")
    scene.program.clock.forward(hours=2)
    assert await scene.program.do("alder", contributions.renew, [id], None) == [None]
    assert await scene.program.do("alder", contributions.retract, [id], RetractionReason.ERROR) == [None]


async def test_what_was_renewed_in_time_stays(scene: Scene) -> None:
    signal = await scene.share("alder")
    ((id,),) = await scene.rows("SELECT id FROM contribution")
    await scene.program.do("alder", contributions.renew, [id], None)
    await scene.pass_time(hours=2)
    assert await scene.sees("elm", signal)


async def test_what_is_quarantined_or_hidden_expires_as_well(scene: Scene) -> None:
    for host in ("a", "b"):
        await scene.share("alder", host)
    await scene.rows("UPDATE contribution SET hidden = true")
    await scene.rows("UPDATE contribution SET status = 'QUARANTINED' WHERE ctid = (SELECT min(ctid) FROM contribution)")
    await scene.pass_time(hours=2)
    assert await scene.traces() == 0


async def test_more_than_a_batch_expires_in_one_run(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "BATCH", 2)
    for number in range(5):
        await scene.share("alder", f"a{number}")
    scene.program.clock.forward(hours=2)
    assert await expiry.expire(scene.program.worker, scene.program.clock) == 5


async def test_what_a_call_holds_is_left_for_the_next_run(scene: Scene) -> None:
    """The worker waits for nobody, so that one slow call does not hold up all that expired."""
    await scene.share("alder", "a")
    await scene.share("alder", "b")
    scene.program.clock.forward(hours=2)
    async with scene.owner.begin() as holding:
        await holding.execute(text("SELECT FROM contribution ORDER BY expires_at LIMIT 1 FOR UPDATE"))
        assert await asyncio.wait_for(expiry.expire(scene.program.worker, scene.program.clock), PATIENCE) == 1
    assert await expiry.expire(scene.program.worker, scene.program.clock) == 1


async def test_idempotency_keys_are_remembered_for_seven_days(scene: Scene) -> None:
    keyring, given = scene.program.exchange.keyring, [draft("a")]
    await scene.program.do("alder", uploads.upload, keyring, given, "a key")
    for days, remembered in ((6.9, 1), (0.2, 0)):
        scene.program.clock.forward(days=days)
        await expiry.forget(scene.program.worker, scene.program.clock)
        assert await scene.rows("SELECT count(*) FROM idempotency") == [(remembered,)]


async def test_revocations_are_forgotten_with_the_tokens_they_are_about(scene: Scene) -> None:
    now = scene.program.clock()
    for name, seconds in (("old", -1), ("new", 1)):
        query = "INSERT INTO revoked_token (token_id, expires_at) VALUES (:name, :moment)"
        await scene.rows(query, name=name, moment=now + timedelta(seconds=seconds))
    await expiry.forget(scene.program.worker, scene.program.clock)
    assert await scene.rows("SELECT token_id FROM revoked_token") == [("new",)]
