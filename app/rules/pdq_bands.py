"""Finding near PDQ hashes among many: exactly, by multi-index hashing, over words that are packed in arrays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Words: TypeAlias = npt.NDArray[np.uint64]
Places: TypeAlias = npt.NDArray[np.int64]
Pairs: TypeAlias = tuple[Places, Places]
"""Queries, and the place of a hash for each."""

# Bits, of 256. PDQ hashes at most this far apart count as the same picture; the advised start.
# Source: README of the PDQ reference implementation, "Distance Threshold".
PDQ_MATCH_DISTANCE: Final = 31

# 31 flipped bits over 16 bands leave at least one band with at most one: probing every band with none and with each
# one of its bits flipped misses nothing.
BANDS: Final = 16
BAND_BITS: Final = 16
_FLIPS: Final = np.array([0, *(1 << bit for bit in range(BAND_BITS))], np.uint16)

# Which bits a band takes: every 37th, which meets all. Neighbouring bits of a picture go together, so bands of them
# put 1.2 times (photographs) to 4 times (drawings) as many hashes into one place as bits that lie apart.
SPREAD: Final = np.arange(BANDS * BAND_BITS) * 37 % (BANDS * BAND_BITS)

# Queries that share the work, and hashes compared in one step: together they bound the memory, and fit into a cache.
QUERIES: Final = 256
_STEP: Final = 1 << 15
# If more than this part of all shares a band with a query, then comparing it with each in turn is faster.
_CROWD_PART: Final = 50


@dataclass(frozen=True, slots=True)
class Band:
    """The places of all hashes in the order of their bits in one band; those of `bits` begin at `starts[bits]`."""

    starts: npt.NDArray[np.uint32]
    places: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, number: int, words: Words, places: npt.NDArray[np.uint32]) -> "Band":
        """Of the hashes at these places."""
        bits = words.view(np.uint16)[:, number].take(places)
        starts = np.zeros((1 << BAND_BITS) + 1, np.uint32)
        np.cumsum(np.bincount(bits, minlength=1 << BAND_BITS), out=starts[1:])
        return cls(starts, places[np.argsort(bits, kind="stable")])


# Bands of no hashes are all alike, so one stands for all.
NO_BANDS: Final = (Band.of(0, np.zeros((0, 4), np.uint64), np.zeros(0, np.uint32)),) * BANDS


def packed(hashes: Sequence[str]) -> Words:
    """Four words for each hash of 64 hexadecimal digits, its bits in the order of the bands."""
    digits = np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8).reshape(-1, 32)
    return np.ascontiguousarray(np.packbits(np.unpackbits(digits, axis=1)[:, SPREAD], axis=1)).view(np.uint64)


def near(
    queries: Words, words: Words, bands: Sequence[Band], unsorted: tuple[int, int]
) -> Iterator[tuple[int, int, int]]:
    """Query, place and distance of each pair within the match distance, for at most `QUERIES` queries.

    The hashes are those in the bands, and those from the one place to the other of `unsorted`; in both is no harm.
    """
    crowded, found = _by_bands(queries, words, bands)
    found += _one_by_one(queries, range(len(queries)), words, unsorted)
    if crowded:
        # With the places that the bands left out, which is no harm either.
        found += _one_by_one(queries, crowded, words, (0, unsorted[0]))
    if found:
        query, place = (np.concatenate(parts) for parts in zip(*found, strict=True))
        distance = np.bitwise_count(words[place] ^ queries[query]).sum(axis=1, dtype=np.int64)
        close = distance <= PDQ_MATCH_DISTANCE
        # A pair may have several bands in common.
        rows = np.unique(np.stack((query[close], place[close], distance[close]), axis=1), axis=0)
        yield from map(tuple, rows.tolist())


def _by_bands(queries: Words, words: Words, bands: Sequence[Band]) -> tuple[list[int], list[Pairs]]:
    """The queries with which a crowd shares a band, and what the others find."""
    bits = queries.view(np.uint16)
    probes = [(bits[:, number, None] ^ _FLIPS).ravel() for number in range(BANDS)]
    firsts = [band.starts.take(probe).astype(np.int64) for band, probe in zip(bands, probes, strict=True)]
    counts = [band.starts[1:].take(probe) - first for band, probe, first in zip(bands, probes, firsts, strict=True)]
    hits = np.sum(counts, axis=0).reshape(-1, len(_FLIPS)).sum(axis=1)
    crowded = hits > max(_STEP, max(len(band.places) for band in bands) // _CROWD_PART)
    asked = np.repeat(~crowded, len(_FLIPS))
    found = [
        pairs
        for band, first, count in zip(bands, firsts, counts, strict=True)
        for query, place in _sharing(band, first, count * asked)
        for pairs in _close(queries, words, query, place)
    ]
    return np.flatnonzero(crowded).tolist(), found


def _sharing(band: Band, first: Places, count: Places) -> Iterator[Pairs]:
    """`count` places of the band from each of `first` on, with the queries that probe there, a step at a time."""
    ends = count.cumsum()
    begins, total = ends - count, int(ends[-1])
    for start in range(0, total, _STEP):
        stop = min(start + _STEP, total)
        low, high = np.searchsorted(ends, start, "right"), np.searchsorted(ends, stop, "left") + 1
        here = np.minimum(ends[low:high], stop) - np.maximum(begins[low:high], start)
        at = np.repeat(first[low:high] - begins[low:high], here) + np.arange(start, stop)
        yield np.repeat(np.arange(low, high) // len(_FLIPS), here), band.places.take(at).astype(np.int64)


def _close(queries: Words, words: Words, query: Places, place: Places) -> Iterator[Pairs]:
    """Of these pairs those within the distance, and few others: it counts in which of 64 columns of two bits anything
    differs, which is never more than the distance. Of unrelated hashes one in 200,000 passes."""
    differing = words.take(place, axis=0)
    differing ^= queries.take(query, axis=0)
    passed = np.flatnonzero(np.bitwise_count(differing[:, 0] | differing[:, 1]) <= PDQ_MATCH_DISTANCE)
    if len(passed):
        yield query[passed], place[passed]


def _one_by_one(queries: Words, which: Sequence[int], words: Words, places: tuple[int, int]) -> list[Pairs]:
    """What these queries find at all places from the one to the other, passed as in `_close`."""
    found: list[Pairs] = []
    start, stop = places
    for low in range(start, stop, _STEP):
        left, right = (np.ascontiguousarray(words[low : min(low + _STEP, stop), column]) for column in (0, 1))
        for query in which:
            differing = (left ^ queries[query, 0]) | (right ^ queries[query, 1])
            passed = np.flatnonzero(np.bitwise_count(differing) <= PDQ_MATCH_DISTANCE)
            if len(passed):
                found.append((np.full(len(passed), query), passed + low))
    return found
