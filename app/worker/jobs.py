"""The worker: runs each job over and over until it is told to stop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.database import connect
from app.store.live_keys import LiveKeys
from app.worker import expiry, rekeying, sequencer

log = structlog.get_logger("lantern.worker")

# Seconds between two runs. A change is in the feed within about one; R1 asks that expiry is announced within 60.
SEQUENCE_EVERY = 0.2
EXPIRE_EVERY = 15.0
FORGET_EVERY = 3_600.0
# Each request with a proof leaves a row, which is of use for a minute or five.
FORGET_USED_EVERY = 60.0
REKEY_EVERY = 5.0
# Of the time, for rows that have older keys; requests have the rest.
REKEY_SHARE = 0.25
# Seconds to wait after a failure, such as a database that restarts.
AFTER_FAILURE = 2.0

Job = Callable[[], Awaitable[object]]


@asynccontextmanager
async def running(url: URL, now: Callable[[], datetime], keys: LiveKeys | None = None) -> AsyncIterator[None]:
    """The jobs, for as long as the block runs, on connections of their own; the one that needs keys if there are."""
    async with _during(url, lambda engine, stop: _all(engine, now, keys, stop)):
        yield


@asynccontextmanager
async def rekeying_alone(url: URL, keys: LiveKeys) -> AsyncIterator[None]:
    """The job that a worker without keys cannot do."""
    async with _during(url, lambda engine, stop: _rekey(engine, keys, stop)):
        yield


@asynccontextmanager
async def _during(
    url: URL, work: Callable[[AsyncEngine, asyncio.Event], Coroutine[None, None, None]]
) -> AsyncIterator[None]:
    engine = connect(url)
    stop = asyncio.Event()
    jobs = asyncio.create_task(work(engine, stop))
    try:
        yield
    finally:
        stop.set()
        await jobs
        await engine.dispose()


async def _all(engine: AsyncEngine, now: Callable[[], datetime], keys: LiveKeys | None, stop: asyncio.Event) -> None:
    """Run the jobs until `stop`; a job under way is finished first."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_repeat("sequence", partial(sequencer.sequence_all, engine), SEQUENCE_EVERY, stop))
        tasks.create_task(_repeat("expire", partial(expiry.expire, engine, now), EXPIRE_EVERY, stop))
        tasks.create_task(_repeat("forget", partial(expiry.forget, engine, now), FORGET_EVERY, stop))
        tasks.create_task(_repeat("forget used", partial(expiry.forget_used, engine, now), FORGET_USED_EVERY, stop))
        if keys is not None:
            tasks.create_task(_rekey(engine, keys, stop))


async def _rekey(engine: AsyncEngine, keys: LiveKeys, stop: asyncio.Event) -> None:
    job = partial(rekeying.rekey, engine, keys, stop, share=REKEY_SHARE)
    await _repeat("rekey", job, REKEY_EVERY, stop)


async def _repeat(name: str, job: Job, every: float, stop: asyncio.Event) -> None:
    while not stop.is_set():
        pause = every
        try:
            await job()
        except Exception as error:  # whatever it was, the job must run again
            # The driver's texts may hold values, so only the kind of failure is told.
            log.error("job failed", job=name, error=type(error).__name__)
            pause = AFTER_FAILURE
        try:
            await asyncio.wait_for(stop.wait(), pause)
        except TimeoutError:
            continue
