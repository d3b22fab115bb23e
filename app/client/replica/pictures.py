"""The PDQ hashes of a replica in memory, brought up to date with the file."""

import sqlite3
from collections.abc import Sequence
from uuid import UUID

from ...rules.packed_hashes import PackedHashes

_ALL = "SELECT number, id FROM signal WHERE type = 'HASH_PDQ'"
_NEW = "SELECT number, id, told ->> 'value' FROM signal WHERE type = 'HASH_PDQ' AND number > ?"
_COUNT = "SELECT count(*) FROM signal WHERE type = 'HASH_PDQ'"


def uuid_of(signal_id: str) -> UUID:
    """What stands behind an id as it is shown."""
    return UUID(hex=signal_id.partition("_")[2])


class Pictures:
    """A signal's hash never changes, and no other signal gets its number; so new ones have higher numbers."""

    def __init__(self) -> None:
        self._hashes = PackedHashes()
        self._numbers: dict[int, UUID] = {}
        self._writes: int | None = None

    def refresh(self, database: sqlite3.Connection, writes: int) -> None:
        """Take in what came and overwrite what went, if anything was written since the last time."""
        if writes == self._writes:
            return
        new = database.execute(_NEW, (max(self._numbers, default=0),)).fetchall()
        ids = [uuid_of(id) for _, id, _ in new]
        if new:
            self._hashes.add(ids, [value for *_, value in new])
            self._numbers.update((number, id) for (number, *_), id in zip(new, ids, strict=True))
        (count,) = database.execute(_COUNT).fetchone()
        if count != len(self._numbers):
            gone = self._numbers.keys() - {number for number, _ in database.execute(_ALL)}
            self._hashes.erase([self._numbers.pop(number) for number in gone])
            self._hashes.tidy()
        self._hashes.settle()
        self._writes = writes

    def near(self, hashes: Sequence[str]) -> list[list[tuple[UUID, int]]]:
        return self._hashes.find(hashes) if hashes else []
