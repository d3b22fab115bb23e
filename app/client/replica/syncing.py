"""Keeping a replica equal to what its participant sees: full first, then from the cursor."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import operations, private_files, viewer
from ..errors import Refused
from ..exchange import Exchange
from ..operations import Operation
from . import database
from .following import Follower, MatchKeys, Page, Progress, owner_of
from .store import Store

Watcher = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A page that is on its way."""

    operation: Operation[Page]
    # Since the epoch, seconds.
    at: float
    coming: Future[Any]


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
    """Read until there is no more. The next page comes while the one before it is looked at and written."""
    with ThreadPoolExecutor(1) as pool:

        def ask(after: str | None) -> _Asked:
            operation = follower.next_page(after)
            return _Asked(operation, time.time(), pool.submit(exchange.ask, operations.as_it_comes(operation)))

        asked = ask(follower.state.cursor)
        while True:
            try:
                came = asked.coming.result()
            except Refused as refusal:
                # Another exchange at this address, or the same out of a backup: it does not know what we have.
                if refusal.reason != "BAD_CURSOR" or follower.state.cursor is None:
                    raise
                follower.restart(None)
                asked = ask(None)
                continue
            before = asked
            if (cursor := _leads_on(came)) is not None:
                asked = ask(cursor)
            if not follower.take(before.operation.answer(came), before.at):
                asked = ask(follower.state.cursor)
            watcher(follower.progress)
            if follower.progress.caught_up:
                return


def _leads_on(came: Any) -> str | None:
    """Where the next page begins, if there is one to ask for."""
    cursor = came.get("endCursor") if isinstance(came, dict) and came.get("caughtUp") is False else None
    return cursor if isinstance(cursor, str) else None


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
