"""Expiry: ends what is over its time, and drops records that are kept for a while only."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.sign_ins import FAMILY_LIFETIME, SESSION_LIFETIME
from app.rules.tokens import LIFETIME_SECONDS

log = structlog.get_logger("lantern.expiry")

# Contributions ended in one transaction, so that none holds its locks for long.
BATCH = 1_000
# For how long what stands for people signing in is kept, from when: the last access token of a sign-in outlives it.
_SIGN_IN_KEPT = FAMILY_LIFETIME + timedelta(seconds=LIFETIME_SECONDS)
SIGN_INS_KEPT = {
    "refresh_token": ("made_at", _SIGN_IN_KEPT),
    "sign_in": ("created_at", _SIGN_IN_KEPT),
    "web_session": ("began_at", SESSION_LIFETIME),
}
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
    """Drop old idempotency keys, revocations of tokens that have expired anyway, and sign-ins that are over."""
    moment = now()
    async with engine.begin() as connection:
        await connection.execute(
            text("DELETE FROM idempotency WHERE created_at < :until"), {"until": moment - IDEMPOTENCY_KEPT}
        )
        await connection.execute(text("DELETE FROM revoked_token WHERE expires_at < :until"), {"until": moment})
        for table, (column, kept) in SIGN_INS_KEPT.items():
            over = text(f"DELETE FROM {table} WHERE {column} < :until")  # noqa: S608  # words from above
            await connection.execute(over, {"until": moment - kept})


async def forget_used(engine: AsyncEngine, now: Callable[[], datetime]) -> None:
    """Drop what is known of assertions and proofs that would be refused by now for their age."""
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM used_jwt WHERE expires_at < :until"), {"until": now()})
