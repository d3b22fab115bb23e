"""The PDQ hashes of signals, packed in memory: added, erased, and found by likeness."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import numpy as np

from .pdq_bands import BANDS, NO_BANDS, QUERIES, Band, Words, near, packed

# Hashes that may stand beside the bands, where each query is compared with each: a number, or a part of all.
UNSORTED: Final = 4_096
_UNSORTED_PART: Final = 64
# If more than this part of the places is empty, they are all packed anew.
_EMPTY_PART: Final = 4


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a look-up goes by from its beginning to its end."""

    # Of each place; there is room for more than `length`. A place without an id is empty.
    words: Words
    ids: Words
    length: int
    # All before `sorted` are in the bands; those after it perhaps.
    sorted: int = 0
    bands: tuple[Band, ...] = NO_BANDS


class PackedHashes:
    """112 bytes for a hash with its signal's id. Looking up is safe while another thread changes it."""

    def __init__(self) -> None:
        self._kept = _Kept(np.zeros((0, 4), np.uint64), np.zeros((0, 2), np.uint64), 0)
        self._empty = 0
        self._is_tidy = True
        self._changing = threading.Lock()

    def __len__(self) -> int:
        return self._kept.length - self._empty

    def add(self, ids: Sequence[UUID], hashes: Sequence[str]) -> None:
        """Take in canonical hashes of signals that it does not have."""
        self._add(_packed_ids(ids), packed(hashes))

    def add_all(self, others: "PackedHashes") -> None:
        """Take in what another has, of which nothing was erased."""
        kept = others._kept
        self._add(kept.ids[: kept.length], kept.words[: kept.length])

    def _add(self, ids: Words, words: Words) -> None:
        with self._changing:
            kept = self._kept
            length = kept.length + len(ids)
            if length > len(kept.words):
                room = max(length, len(kept.words) * 9 // 8)
                kept = replace(kept, words=_grown(kept.words, room), ids=_grown(kept.ids, room))
            kept.words[kept.length : length] = words
            kept.ids[kept.length : length] = ids
            self._kept = replace(kept, length=length)

    def erase(self, ids: Collection[UUID]) -> None:
        """Overwrite the hashes of these signals; unknown ones are passed over."""
        with self._changing:
            kept, names = self._kept, set(ids)
            # By the first halves of the ids, which are random, and then in full.
            firsts = kept.ids[: kept.length, 0]
            wanted = np.unique(_packed_ids(list(names))[:, 0])
            likely = np.flatnonzero(wanted[np.searchsorted(wanted, firsts).clip(max=len(wanted) - 1)] == firsts)
            gone = [place for place in likely.tolist() if _id(kept.ids, place) in names]
            kept.words[gone], kept.ids[gone] = 0, 0
            self._empty += len(gone)
            self._is_tidy = self._is_tidy and not gone

    def settle(self) -> None:
        """Sort what was added into the bands, once it is much; 0.2 s at a million hashes."""
        with self._changing:
            unsorted = self._kept.length - self._kept.sorted
            if unsorted > max(UNSORTED, self._kept.length // _UNSORTED_PART):
                self._sort()

    def tidy(self) -> None:
        """Take erased hashes out of the bands too: there their places still stand where their bits put them."""
        with self._changing:
            if not self._is_tidy:
                if self._empty * _EMPTY_PART > self._kept.length:
                    self._pack()
                self._sort()
                self._is_tidy = True

    def find(self, hashes: Sequence[str]) -> list[list[tuple[UUID, int]]]:
        """For each hash all signals within the match distance, with the distance, in no order.

        At a million hashes a single one takes 0.4 ms, one of many 0.1 ms.
        """
        kept, answers = self._kept, [list[tuple[UUID, int]]() for _ in hashes]
        queries = packed(hashes)
        for first in range(0, len(queries), QUERIES):
            some = queries[first : first + QUERIES]
            for query, place, distance in near(some, kept.words, kept.bands, (kept.sorted, kept.length)):
                if kept.ids[place].any():
                    answers[first + query].append((_id(kept.ids, place), distance))
        return answers

    def _sort(self) -> None:
        """Make the bands anew, one after the other, so that not all of them are there twice."""
        kept = self._kept
        places = np.flatnonzero(kept.ids[: kept.length].any(axis=1)).astype(np.uint32)
        bands = list(kept.bands)
        for number in range(BANDS):
            bands[number] = Band.of(number, kept.words[: kept.length], places)
            self._kept = replace(kept, bands=tuple(bands))
        self._kept = replace(self._kept, sorted=kept.length)

    def _pack(self) -> None:
        """Leave out the empty places."""
        kept = self._kept
        full = kept.ids[: kept.length].any(axis=1)
        ids = kept.ids[: kept.length][full]
        self._kept = _Kept(kept.words[: kept.length][full], ids, len(ids))
        self._empty = 0


def _packed_ids(ids: Sequence[UUID]) -> Words:
    return np.frombuffer(b"".join(id.bytes for id in ids), np.uint64).reshape(-1, 2)


def _id(ids: Words, place: int) -> UUID:
    return UUID(bytes=ids[place].tobytes())


def _grown(kept: Words, room: int) -> Words:
    larger = np.zeros((room, kept.shape[1]), np.uint64)
    larger[: len(kept)] = kept
    return larger
