"""Expiry: ends what is over its time, and drops records that are kept for a while only."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

log = structlog.get_logger("lantern.expiry")

# Contributions ended in one transaction, so that none holds its locks for long.
BATCH = 1_000
# How long an idempotency key is remembered (R19).
IDEMPOTENCY_KEPT = timedelta(days=7)


async def expire(engine: AsyncEngine, now: Callable[[], datetime]) -> int:
    """End all contributions that lapsed, erase what nobody else holds (R15), and announce it; says how many."""
    ended = 0
    while True:
        async with engine.begin() as connection:
            batch = await connection.scalar(
                text("SELECT expire_lapsed(:moment, :at_most)"), {"moment": now(), "at_most": BATCH}
            )
        ended += batch or 0
        if not batch:
            break
    if ended:
        log.info("expired", contributions=ended)
    return ended


async def forget(engine: AsyncEngine, now: Callable[[], datetime]) -> None:
    """Drop old idempotency keys, and what is known of tokens and other JWTs that have expired anyway."""
    moment = now()
    async with engine.begin() as connection:
        await connection.execute(
            text("DELETE FROM idempotency WHERE created_at < :until"), {"until": moment - IDEMPOTENCY_KEPT}
        )
        await connection.execute(text("DELETE FROM revoked_token WHERE expires_at < :until"), {"until": moment})
        await connection.execute(text("DELETE FROM used_jwt WHERE expires_at < :until"), {"until": moment})
