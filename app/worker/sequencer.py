"""The sequencer: gives committed changes their dense positions in the feed (architecture, section 4)."""

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.watch import CHANNEL

log = structlog.get_logger("lantern.sequencer")

# Rows of one transaction. Larger batches gain nothing, and hold up what waits behind them.
BATCH = 5_000
# Any number that nothing else locks: one sequencer at a time, whichever process it runs in.
_LOCK = 7_310_001

# Rows of one transaction keep no order among themselves, as none of them can be seen without the others. The batch is
# an array, found once: as a subquery the planner, which takes the inbox for empty, looks it up anew for each row.
_MOVE = text(
    """
    WITH taken AS (
        DELETE FROM inbox WHERE id = ANY (ARRAY(SELECT id FROM inbox ORDER BY at, id LIMIT :batch)) RETURNING *
    ), placed AS (
        INSERT INTO feed (position, inbox_id, kind, signal_id, owner_id, sight_before, program_before, groups_before,
            sight_after, program_after, groups_after, at)
        SELECT :head + row_number() OVER (ORDER BY at, id), id, kind, signal_id, owner_id, sight_before,
            program_before, groups_before, sight_after, program_after, groups_after, at
        FROM taken
        RETURNING position
    )
    SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM placed)
    """
)


# What the feed does not tell: whoever waits is to look. A nudge that is not committed yet is found the next time.
_NUDGED = text("WITH gone AS (DELETE FROM nudge RETURNING id) SELECT count(*) FROM gone")
# Servers hear it when this transaction is committed. It says nothing, as any role can listen. Nobody else notifies:
# whoever does holds up all others that do until it has committed.
_NOTIFY = text("SELECT pg_notify(:channel, '')")


async def sequence(engine: AsyncEngine) -> int:
    """Move one batch from the inbox to the feed; says how many changes. 0 also while another sequencer is at work.

    A process that dies in here leaves the transaction undone, so nothing is lost and nothing stands twice.
    """
    async with engine.begin() as connection:
        if not await connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}):
            return 0
        head = await connection.scalar(text("SELECT coalesce(max(position), 0) FROM feed"))
        taken, placed = (await connection.execute(_MOVE, {"head": head, "batch": BATCH})).one()
        if taken != placed:
            raise RuntimeError(f"The feed took {placed} of {taken} changes; nothing was moved.")
        if taken + await connection.scalar(_NUDGED):
            await connection.execute(_NOTIFY, {"channel": CHANNEL})
        return int(taken)


async def sequence_all(engine: AsyncEngine) -> int:
    """Move batches until the inbox is empty."""
    moved = 0
    while batch := await sequence(engine):
        moved += batch
    if moved:
        log.debug("sequenced", changes=moved)
    return moved
