"""How those who wait are woken: by one look for each participant, whatever is missed, and by nothing hidden."""

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy import text

from app.rules.ids import Prefix, read
from app.services import tokens
from app.store import changes, watch
from app.store.clients import Standing
from app.store.reader import DIALECT
from app.store.watch import Topic, Waiting, Watch
from tests.connections import connected
from tests.feed.world import Program
from tests.live_exchange import MOMENT, LiveExchange
from tests.subscriptions.test_signal_changed import following, share, told
from tests.waiting import PATIENCE

SUBSCRIBERS = 1_000

LOSE_ALL = text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE usename = current_user AND pid <> pg_backend_pid()"
)


async def waiting(program: Program, slug: str, topic: Topic = Topic.SIGNALS, number: int = 0) -> Waiting:
    """One who has read all that there is, with a token of its own."""
    exchange = program.exchange
    client_id = read(Prefix.CLIENT, exchange.client(slug).client_id)
    assert client_id is not None
    token = exchange.access_tokens.issue(client_id, ["feed:read"], exchange.clock())
    claims = exchange.access_tokens.check(token, exchange.clock())
    async with exchange.database.nobody() as session:
        bearer = await tokens.bearer_behind(session, claims)
    actor = tokens.actor_of(bearer, claims, exchange.clock())
    async with exchange.database.read(actor) as session:
        head = await changes.head(session)
    return Waiting(actor, Standing(f"{claims.token_id}{number}", bearer), topic, head)


@asynccontextmanager
async def watching(program: Program) -> AsyncIterator[Watch]:
    watched = Watch(program.exchange.urls.serving, program.clock)
    async with watched.running():
        await settled(watched)
        assert watched.heard == 1, "it listens"
        yield watched


async def settled(watched: Watch) -> None:
    """Until nothing more is heard of or looked for."""
    before = (-1, -1)
    while before != (watched.heard, watched.asked):
        before = (watched.heard, watched.asked)
        await asyncio.sleep(MOMENT / 2)


async def test_a_thousand_idle_subscribers_cost_one_look_for_each_participant(
    program: Program, evidence: Callable[[str], None]
) -> None:
    """Cedar and elm wait, 500 times each; alder shares with a group that neither is in."""
    first = [await waiting(program, slug) for slug in ("cedar", "elm")]
    async with watching(program) as watched:
        gc.collect()
        tracemalloc.start()
        tasks = [
            asyncio.create_task(watched.until_changed(replace_token(first[number % 2], number), watched.heard))
            for number in range(SUBSCRIBERS)
        ]
        await settled(watched)
        gc.collect()
        memory = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert watched.waiting == SUBSCRIBERS
        asked, heard = watched.asked, watched.heard
        for number in range(10):
            await share(program, "alder", f"hidden-{number}", program.payments)
            await settled(watched)
        looks, news = watched.asked - asked, watched.heard - heard
        assert news == 10
        assert looks == 2 * news, "one statement for each participant, however many wait"
        assert not any(task.done() for task in tasks), "hidden changes wake nobody"
        await share(program, "alder", "open")
        await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)
    evidence(
        f"{SUBSCRIBERS:,} idle subscriptions of 2 participants: {news} batches of others' changes, {looks} statements,"
        f" nobody woken; {memory / SUBSCRIBERS:,.0f} bytes each for waiting, beside the socket"
    )


def replace_token(one: Waiting, number: int) -> Waiting:
    standing = replace(one.standing, token_id=f"{one.standing.token_id}{number}")
    return Waiting(one.actor, standing, one.topic, one.position)


async def test_what_is_heard_of_while_one_reads_is_looked_for_again(program: Program) -> None:
    async with watching(program) as watched:
        one, heard = await waiting(program, "birch"), watched.heard
        await share(program, "alder", "meanwhile")
        await settled(watched)
        await asyncio.wait_for(watched.until_changed(one, heard), PATIENCE)


async def test_what_is_not_heard_of_is_found_by_looking(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.3)
    monkeypatch.setattr(Watch, "_hear", lambda *_: None)
    watched = Watch(program.exchange.urls.serving, program.clock)
    async with watched.running():
        task = asyncio.create_task(watched.until_changed(await waiting(program, "birch"), 0))
        await share(program, "alder", "unheard")
        await asyncio.wait_for(task, PATIENCE)


async def test_a_lost_connection_is_made_anew_and_nothing_is_missed(program: Program, served: LiveExchange) -> None:
    birch = await following(served, "birch")
    async with connected(program.exchange.urls.serving) as connection:
        assert await connection.scalar(LOSE_ALL)
    await share(program, "alder", "after-all")
    assert await told(birch) == ["after-all.example"]


async def test_feedback_wakes_those_alone_who_wait_for_it(program: Program) -> None:
    async with watching(program) as watched:
        tasks = {
            topic: asyncio.create_task(watched.until_changed(await waiting(program, "birch", topic), watched.heard))
            for topic in (Topic.SIGNALS, Topic.FEEDBACK)
        }
        await share(program, "alder", "a-signal")
        await asyncio.wait_for(tasks[Topic.SIGNALS], PATIENCE)
        await settled(watched)
        assert not tasks[Topic.FEEDBACK].done()
        tasks[Topic.FEEDBACK].cancel()


async def test_a_hint_says_nothing(program: Program) -> None:
    _, options = DIALECT.create_connect_args(program.exchange.urls.serving)
    listening = await asyncpg.connect(**options)
    heard: asyncio.Queue[object] = asyncio.Queue()
    await listening.add_listener(watch.CHANNEL, lambda *given: heard.put_nowait(given[-1]))
    await share(program, "alder", "secret", program.payments)
    assert await asyncio.wait_for(heard.get(), PATIENCE) == ""
    await listening.close()
