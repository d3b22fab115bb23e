"""Keeping a replica equal to what its participant sees: full first, then from the cursor."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import cast

from .. import operations, private_files, viewer
from ..answers import ChangePage, must_resync
from ..errors import Refused
from ..exchange import Exchange
from . import database
from .following import Follower, MatchKeys, Page, Progress, owner_of
from .store import Store

Watcher = Callable[[Progress], None]


def sync(exchange: Exchange, file: Path, match_keys: MatchKeys, watcher: Watcher = lambda _: None) -> Progress:
    """Bring the replica in `file` up to date once; `watcher` is told of each page.

    Raises: NotReady (another process is at it, or it is somebody else's), and what `Exchange.ask` raises.
    """
    lock = private_files.claimed(file.with_suffix(".lock"), "Another process keeps this replica up to date already.")
    with lock, database.usable():
        store = Store.open(file)
        try:
            begun, asks = time.monotonic(), viewer.of(exchange)
            follower = Follower.begin(store, owner_of(exchange.url, asks), asks["scopes"], match_keys)
            catch_up(exchange, follower, watcher)
            while not _acknowledged(exchange, follower):
                catch_up(exchange, follower, watcher)
            follower.progress.seconds = round(time.monotonic() - begun, 3)
            return follower.progress
        finally:
            store.close()


def catch_up(exchange: Exchange, follower: Follower, watcher: Watcher = lambda _: None) -> None:
    """Read until there is no more. The next page comes while the one before it is written."""
    with ThreadPoolExecutor(1) as pool:

        def ask(after: str | None) -> tuple[float, Future[Page]]:
            return time.time(), pool.submit(exchange.ask, follower.next_page(after))

        asked_at, coming = ask(follower.state.cursor)
        while True:
            try:
                page = coming.result()
            except Refused as refusal:
                # Another exchange at this address, or the same out of a backup: it does not know what we have.
                if refusal.reason != "BAD_CURSOR" or follower.state.cursor is None:
                    raise
                follower.restart(None)
                asked_at, coming = ask(None)
                continue
            asked_before = asked_at
            if not (must_resync(page) or cast(ChangePage, page)["caughtUp"]):
                asked_at, coming = ask(cast(ChangePage, page)["endCursor"])
            if not follower.take(page, asked_before):
                asked_at, coming = ask(follower.state.cursor)
            watcher(follower.progress)
            if follower.progress.caught_up:
                return


def _acknowledged(exchange: Exchange, follower: Follower) -> bool:
    """Say that what is gone is gone here too, if it is. False if all begins again meanwhile."""
    cursor = follower.state.cursor
    # Persons may be at many machines, so the exchange takes it from programs alone.
    if cursor is not None and follower.store.is_scrubbed and follower.state.owner.person is None:
        try:
            exchange.ask(operations.acknowledge(cursor))
        except Refused as refusal:
            if refusal.reason != "RESYNC_REQUIRED":
                raise
            return False
    return True
