"""Writing a replica: each page with its cursor in one transaction, and nothing left of what went out of sight."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import orjson

from ..answers import ChangePage, RevealedValue, SignalChange
from . import database, keys
from .database import scrubbed, transaction
from .state import State

_PUT = """
    INSERT INTO signal (id, type, exact, told) VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET type = excluded.type, exact = excluded.exact, told = excluded.told
"""
_DROP = "DELETE FROM signal WHERE id = ?"
_DROP_NEAR = "DELETE FROM near WHERE signal = (SELECT number FROM signal WHERE id = ?)"
_PUT_NEAR = "INSERT OR IGNORE INTO near (key, signal) SELECT ?, number FROM signal WHERE id = ?"
_PUT_REVEALED = """
    INSERT INTO revealed (signal, value, record) SELECT number, ?, ? FROM signal WHERE id = ?
    ON CONFLICT (signal) DO UPDATE SET value = excluded.value, record = excluded.record
"""
_PUT_SAMPLE = "INSERT OR REPLACE INTO sample (signal, tag, normaliser) SELECT number, ?, ? FROM signal WHERE id = ?"


class Store:
    """The one writer of a replica's file. Close it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._database = connection
        # False while the log may hold what was overwritten in the file.
        self.is_scrubbed = False

    @classmethod
    def open(cls, path: Path) -> Self:
        """Raises: NotReady."""
        return cls(database.written(path))

    def close(self) -> None:
        self._scrub()
        self._database.close()

    @property
    def state(self) -> State | None:
        """Null before the first sync."""
        return read_state(self._database)

    def restart(self, state: State) -> State:
        """Drop everything, and read anew from where `state` says: what one may no longer see must not stay."""
        with transaction(self._database):
            for table in ("sample", "revealed", "near", "signal"):
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant
            after = self._save(replace(state, complete=False, synced_at=None))
        self.is_scrubbed = False
        self._scrub()
        return after

    def apply(self, state: State, page: ChangePage, asked_at: float) -> State:
        """Do what the page says, and stand where it ends."""
        gone = [(item["signalId"],) for item in page["items"] if item["signal"] is None]
        after = replace(state, cursor=page["endCursor"])
        if page["caughtUp"]:
            after = replace(after, complete=True, synced_at=asked_at)
        with transaction(self._database):
            self._put(page["items"], page["normaliserVersion"])
            self._database.executemany(_DROP, gone)
            after = self._save(after)
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

    def _put(self, items: Sequence[SignalChange], normaliser: int) -> None:
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
        self._database.executemany(_DROP_NEAR, [(id,) for id, *_ in signals])
        self._database.executemany(_PUT, signals)
        self._database.executemany(_PUT_NEAR, near)
        self._database.executemany(_PUT_SAMPLE, sample)

    def _save(self, state: State) -> State:
        state = replace(state, writes=state.writes + 1)
        self._database.execute("INSERT OR REPLACE INTO state VALUES (1, ?)", (state.text(),))
        return state

    def _scrub(self) -> None:
        if not self.is_scrubbed:
            self.is_scrubbed = scrubbed(self._database)


def read_state(connection: sqlite3.Connection) -> State | None:
    row = connection.execute("SELECT said FROM state").fetchone()
    return None if row is None else State.read(row[0])
