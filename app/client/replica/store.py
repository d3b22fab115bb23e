"""Writing a replica: each page with its cursor in one transaction, and nothing left of what went out of sight."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import orjson

from ..answers import ChangePage, RevealedValue, SignalChange
from . import database, keys
from .database import drop_indexes, make_index_for_removals, make_indexes, roll_back, scrubbed, transaction
from .state import State

_PUT = """
    INSERT INTO signal (id, type, exact, told) VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET type = excluded.type, exact = excluded.exact, told = excluded.told
"""
# Pages of one transaction while all is read for the first time: each signal goes to another place of the index of ids,
# so a commit writes most of that anew, whatever it holds.
_TOGETHER = 10
_DROP = "DELETE FROM signal WHERE id = ?"
# The keys of a signal never change, so they are only added. What is told twice while all is read is there twice then,
# which is no harm; later there is an index to look for it.
_ADD_NEAR = "INSERT INTO near (key, signal) SELECT ?1, number FROM signal WHERE id = ?2"
_UNLESS_THERE = " AND NOT EXISTS (SELECT 1 FROM near WHERE key = ?1 AND signal = number)"
_PUT_NEAR = _ADD_NEAR + _UNLESS_THERE
_PUT_REVEALED = """
    INSERT INTO revealed (signal, value, record) SELECT number, ?, ? FROM signal WHERE id = ?
    ON CONFLICT (signal) DO UPDATE SET value = excluded.value, record = excluded.record
"""
_PUT_SAMPLE = "INSERT OR REPLACE INTO sample (signal, tag, normaliser) SELECT number, ?, ? FROM signal WHERE id = ?"


class Store:
    """The one writer of a replica's file. Close it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._database = connection
        # Pages that were written since the last commit.
        self._held = 0
        # False while the log may hold what was overwritten in the file.
        self.is_scrubbed = False

    @classmethod
    def open(cls, path: Path) -> Self:
        """Raises: NotReady."""
        return cls(database.written(path))

    def close(self) -> None:
        if self._held:
            self._commit()
        self._scrub()
        self._database.close()

    @property
    def state(self) -> State | None:
        """Null before the first sync."""
        return read_state(self._database)

    def restart(self, state: State) -> State:
        """Drop everything, and read anew from where `state` says: what one may no longer see must not stay."""
        if self._held:
            self._commit()
        with transaction(self._database):
            drop_indexes(self._database)
            for table in ("sample", "revealed", "near", "signal"):
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant
            after = self._save(replace(state, complete=False, synced_at=None))
        self.is_scrubbed = False
        self._scrub()
        return after

    def apply(self, state: State, page: ChangePage, asked_at: float) -> State:
        """Do what the page says, and stand where it ends.

        While all is read for the first time, several pages are committed together, with the cursor of the last one.
        """
        gone = [(item["signalId"],) for item in page["items"] if item["signal"] is None]
        after = replace(state, cursor=page["endCursor"])
        if page["caughtUp"]:
            after = replace(after, complete=True, synced_at=asked_at)
        if not self._held:
            self._database.execute("BEGIN IMMEDIATE")
        try:
            self._put(page["items"], page["normaliserVersion"], state.complete)
            if gone:
                make_index_for_removals(self._database)
                self._database.executemany(_DROP, gone)
            if after.complete and not state.complete:
                make_indexes(self._database)
            after = self._save(after)
        except BaseException:
            self._held = 0
            roll_back(self._database)
            raise
        self._held += 1
        if after.complete or gone or self._held == _TOGETHER:
            self._commit()
        self.is_scrubbed = self.is_scrubbed and not gone
        if page["caughtUp"] or gone:
            self._scrub()
        return after

    def keep_revealed(self, values: Iterable[RevealedValue]) -> int:
        """How many could be kept: those whose signals are here. They go with their signals."""
        rows = [(found["value"], found["recordId"], found["signal"]["id"]) for found in values]
        with transaction(self._database):
            kept = self._database.executemany(_PUT_REVEALED, rows).rowcount
        return kept

    def _put(self, items: Sequence[SignalChange], normaliser: int, complete: bool) -> None:
        signals: list[tuple[str, str, bytes | None, str]] = []
        near: list[tuple[bytes, str]] = []
        sample: list[tuple[bytes, int, str]] = []
        for item in items:
            told: Any = item["signal"]
            if told is None:
                continue
            exact, looser = keys.of_told(told, normaliser)
            tag = told.pop("matchTag", None)
            told.pop("nearMatchTags", None)
            if tag is not None and told["value"] is not None and not sample:
                sample.append((bytes.fromhex(tag["tag"]), tag["normaliserVersion"], item["signalId"]))
            signals.append((item["signalId"], told["type"], exact, orjson.dumps(told).decode()))
            near += [(key, item["signalId"]) for key in looser]
        self._database.executemany(_PUT, signals)
        self._database.executemany(_PUT_NEAR if complete else _ADD_NEAR, near)
        self._database.executemany(_PUT_SAMPLE, sample)

    def _save(self, state: State) -> State:
        state = replace(state, writes=state.writes + 1)
        self._database.execute("INSERT OR REPLACE INTO state VALUES (1, ?)", (state.text(),))
        return state

    def _commit(self) -> None:
        self._held = 0
        self._database.execute("COMMIT")

    def _scrub(self) -> None:
        if not self.is_scrubbed:
            self.is_scrubbed = scrubbed(self._database)


def read_state(connection: sqlite3.Connection) -> State | None:
    row = connection.execute("SELECT said FROM state").fetchone()
    return None if row is None else State.read(row[0])
