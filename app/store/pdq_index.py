"""The PDQ hashes of all signals in the memory of this process, kept up with what every process commits."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import structlog
from sqlalchemy import ARRAY, BigInteger, Row, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.rules.keyring import Keyring
from app.rules.packed_hashes import PackedHashes
from app.rules.sealing import opened
from app.store.database import Database

log = structlog.get_logger("lantern.pdq")

Asking: TypeAlias = AsyncSession | AsyncConnection
"""A transaction that has written nothing: its snapshot would hold its own writes for seen, committed or not."""

# Seconds between two looks at what came when nobody asks, so that a look-up seldom has something to take in; and
# between two times that erased hashes leave the bands, as R15 gives 60.
REFRESH_EVERY = 1.0
TIDY_EVERY = 30.0
# Hashes read by one statement, a megabyte for each thousand while it lasts; and looked up without a thread: so many
# take 5 ms, and others wait meanwhile.
_PAGE = 5_000
_AT_ONCE = 16
# Seconds to wait after a failure, such as a database that restarts.
_AFTER_FAILURE = 2.0

_START = (0, UUID(int=0))
_CHANGES = text("""
    SELECT pg_postmaster_start_time() AS server, now.below, now.open, c.made_in, c.signal_id, c.sealed_value
    FROM (SELECT pg_snapshot_xmax(s)::text::bigint AS below,
            ARRAY(SELECT x::text::bigint FROM pg_snapshot_xip(s) x) AS open
        FROM pg_current_snapshot() s WHERE pg_current_xact_id_if_assigned() IS NULL) now
    LEFT JOIN pdq_changes(:below, :open, :after_in, :after_id, :at_most) c ON true
""").bindparams(
    bindparam("below", type_=BigInteger),
    bindparam("open", type_=ARRAY(BigInteger)),
    bindparam("after_in", type_=BigInteger),
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a snapshot saw: the transactions below a number, but for those that were open."""

    below: int = 0
    open: tuple[int, ...] = ()
    # When that server started: another, such as a standby that took over, may give the same numbers once more.
    server: datetime | None = None

    def goes_on_at(self, other: "_Seen") -> bool:
        return self.server in (None, other.server)

    def or_later(self, other: "_Seen") -> "_Seen":
        """Of two snapshots one saw all that the other did, as transactions end one after the other."""
        return max(self, other, key=lambda seen: (seen.below, -len(seen.open)))


class PdqIndex:
    """One for each process. The hashes are nowhere but in memory, packed."""

    def __init__(self) -> None:
        self._hashes = PackedHashes()
        self._seen = _Seen()
        self._reading = asyncio.Lock()
        self._taking = threading.Lock()

    def __len__(self) -> int:
        return len(self._hashes)

    async def near(self, asking: Asking, keyring: Keyring, hashes: Sequence[str]) -> list[list[tuple[UUID, int]]]:
        """For each canonical hash all signals within the match distance, with the distance, as of `asking` or later.

        *Whoever may see them*: tell only what a statement of the viewer's own sees of these.
        """
        await self.catch_up(asking, keyring)
        if len(hashes) <= _AT_ONCE:
            return self._hashes.find(hashes)
        return await asyncio.to_thread(self._hashes.find, hashes)

    async def catch_up(self, asking: Asking, keyring: Keyring) -> None:
        """Take in what `asking` sees and the index does not: mostly nothing, which is one quick statement."""
        seen, rows = await _page(asking, self._seen, _START, 1)
        if not rows and self._seen.goes_on_at(seen):
            self._note(seen)
            return
        # One at a time, as all that wait have the same to read.
        async with self._reading:
            while not await self._caught_up(asking, keyring):
                continue

    @asynccontextmanager
    async def kept_fresh(self, database: Database, keyring: Callable[[], Keyring]) -> AsyncIterator[None]:
        """Filled, and caught up with every second, for as long as the block runs. The keys are asked for each time."""
        keeping = asyncio.create_task(self._keep_fresh(database, keyring))
        try:
            yield
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping

    async def _keep_fresh(self, database: Database, keyring: Callable[[], Keyring]) -> None:
        tidied = time.monotonic()
        while True:
            pause = REFRESH_EVERY
            try:
                async with database.nobody() as session:
                    # All pages of one moment.
                    await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
                    await self.catch_up(session, keyring())
                if time.monotonic() - tidied >= TIDY_EVERY:
                    tidied = time.monotonic()
                    await asyncio.to_thread(self._hashes.tidy)
            except Exception as error:  # whatever it was: look-ups catch up by themselves, and erasing must go on
                # The driver's texts may hold values, so only the kind of failure is told.
                log.error("pdq index not caught up", error=type(error).__name__)
                pause = _AFTER_FAILURE
            await asyncio.sleep(pause)

    def _note(self, seen: _Seen) -> None:
        """Go on from there, unless somebody takes in hashes just now, who goes on from as late or later."""
        if self._taking.acquire(blocking=False):
            self._seen = self._seen.or_later(seen)
            self._taking.release()

    async def _caught_up(self, asking: Asking, keyring: Keyring) -> bool:
        """Read all that is lacking, and take it in at once: whoever is interrupted has done nothing."""
        before = since = self._seen
        seen, rows = await _page(asking, since, _START, _PAGE)
        if not since.goes_on_at(seen):
            since = _Seen()
            seen, rows = await _page(asking, since, _START, _PAGE)
        came = PackedHashes()
        erased = [row.signal_id for row in rows if row.sealed_value is None]
        while sealed := [row for row in rows if row.sealed_value is not None]:
            await asyncio.to_thread(_open, keyring, sealed, came)
            _, rows = await _page(asking, since, (sealed[-1].made_in, sealed[-1].signal_id), _PAGE)
        return await asyncio.to_thread(self._take, before, seen, came, erased)

    def _take(self, before: _Seen, seen: _Seen, came: PackedHashes, erased: Sequence[UUID]) -> bool:
        """Whether the index was still as `before`; another look-up may have been interrupted while it took this in."""
        with self._taking:
            if self._seen != before:
                return False
            goes_on = before.goes_on_at(seen)
            hashes = self._hashes if goes_on and len(self._hashes) else came
            if hashes is not came:
                hashes.add_all(came)
            if erased:
                hashes.erase(erased)
            hashes.settle()
            self._hashes, self._seen = hashes, before.or_later(seen) if goes_on else seen
            return True


def _open(keyring: Keyring, sealed: Sequence[Row[Any]], into: PackedHashes) -> None:
    values = [opened(keyring, row.sealed_value, row.signal_id) for row in sealed]
    into.add([row.signal_id for row in sealed], values)


async def _page(asking: Asking, since: _Seen, after: tuple[int, UUID], at_most: int) -> tuple[_Seen, list[Row[Any]]]:
    """What `asking` sees, and up to so many of the hashes that came since another snapshot, with all that went."""
    given = {"below": since.below, "open": list(since.open), "at_most": at_most}
    found = (await asking.execute(_CHANGES, given | {"after_in": after[0], "after_id": after[1]})).all()
    if not found:
        raise RuntimeError("PDQ hashes are looked up by a transaction that has written nothing")
    seen = _Seen(found[0].below, tuple(found[0].open), found[0].server)
    return seen, [row for row in found if row.signal_id is not None]
