"""Brings rows to the keys and normal forms in use (R12): resumable, in small transactions that keep their progress."""

import asyncio
import time
from collections.abc import Iterator
from enum import Enum, auto

import structlog
from sqlalchemy import URL, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col

from app.rules.key_use import KeyUse
from app.rules.keyring import Keyring
from app.store.database import connect
from app.store.live_keys import LiveKeys
from app.store.sealed_places import PLACES
from app.store.setup_error import SetupError
from app.store.tables.key_use import RekeyingRow
from app.worker import resealing, retagging
from app.worker.batches import next_window

log = structlog.get_logger("lantern.rekeying")

# Any number that nothing else locks: one batch at a time, whichever process does it.
_LOCK = 7_310_003
# Seconds to wait for another process that is at it.
_BUSY = 0.2


class Step(Enum):
    MORE = auto()
    BUSY = auto()
    DONE = auto()


async def rekey(engine: AsyncEngine, keys: LiveKeys, stop: asyncio.Event, *, share: float = 1.0) -> None:
    """All that is to be done, batch by batch, in that share of the time, as requests wait meanwhile."""
    while not stop.is_set():
        began = time.monotonic()
        done = await step(engine, keys)
        if done is Step.DONE:
            return
        pause = _BUSY if done is Step.BUSY else (time.monotonic() - began) * (1 / share - 1)
        await asyncio.sleep(pause)


async def step(engine: AsyncEngine, keys: LiveKeys) -> Step:
    """One batch. A process that dies in here leaves the transaction undone: nothing is lost, and another goes on."""
    async with AsyncSession(engine) as session, session.begin():
        if not await session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}):
            return Step.BUSY
        use = await keys.follow(session, await session.scalar(text("SELECT epoch FROM key_use")))
        if use is None:
            return Step.DONE
        known = {row.work: row for row in await session.scalars(select(RekeyingRow))}
        for work, target in _works(use, keys.keyring):
            row = known.get(work) or RekeyingRow(work=work, target=target)
            if row.target != target:
                _begin(row, target)
            if not row.is_done:
                session.add(row)
                await _advance(session, keys.keyring, use, row)
                return Step.MORE
        return Step.DONE


async def rekey_all(url: URL, keys: LiveKeys) -> None:
    """Look through all rows once more, also those that were kept as they were, until everything is done.

    Raises: SetupError if some rows cannot be moved; the log says which.
    """
    engine = connect(url)
    try:
        async with engine.begin() as connection:
            await connection.execute(update(RekeyingRow).values(after=None, busy=0, kept=0, is_done=False))
        await rekey(engine, keys, asyncio.Event())
        async with engine.connect() as connection:
            query = select(col(RekeyingRow.work), col(RekeyingRow.kept)).where(col(RekeyingRow.kept) > 0)
            kept = [f"{number} of {work}" for work, number in await connection.execute(query)]
    finally:
        await engine.dispose()
    if kept:
        raise SetupError(f"Kept as they were, as the log says: {', '.join(kept)}. Look-ups still find them.")


def _works(use: KeyUse, keyring: Keyring) -> Iterator[tuple[str, int]]:
    """What there is to do, and for which version; nothing where there is only one."""
    if len(use.tags) > 1:
        yield retagging.WORK, use.tags[0].code
    if keyring.encryption.older():
        for place in PLACES:
            yield place.work, use.encryption


def _begin(row: RekeyingRow, target: int) -> None:
    row.target, row.after, row.is_done = target, None, False
    row.moved = row.busy = row.kept = 0


async def _advance(session: AsyncSession, keyring: Keyring, use: KeyUse, row: RekeyingRow) -> None:
    window = await next_window(session, row.work, row.after)
    if window is None:
        await _end_pass(session, row)
        return
    if row.work == retagging.WORK:
        batch = await retagging.retag(session, keyring, use.tags[0], window)
    else:
        batch = await resealing.reseal(session, keyring, row.work, window)
    row.after = window.until
    row.moved += batch.moved
    row.busy += batch.busy
    row.kept += batch.kept


async def _end_pass(session: AsyncSession, row: RekeyingRow) -> None:
    """Done, unless somebody held rows: then all are looked through again."""
    behind = await retagging.finish(session) if row.work == retagging.WORK else 0
    row.after = None
    if row.busy or behind > row.kept:
        row.busy = row.kept = 0
        return
    row.is_done = True
    log.info("rekeyed", work=row.work, moved=row.moved, kept=row.kept)
