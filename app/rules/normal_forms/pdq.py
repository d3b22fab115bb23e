"""Nearness of PDQ hashes, found exactly by multi-index hashing."""

from typing import Final

# Bits, of 256. PDQ hashes at most this far apart count as the same picture; the advised start.
# Source: README of the PDQ reference implementation, "Distance Threshold".
PDQ_MATCH_DISTANCE: Final = 31

# 31 flipped bits over 16 bands leave at least one band with at most one: probing every band with none and with each
# one of its bits flipped misses nothing.
BANDS: Final = 16
BAND_BITS: Final = 16

_MASK: Final = (1 << BAND_BITS) - 1
_FLIPS: Final = (0, *(1 << bit for bit in range(BAND_BITS)))


def pdq_bands(value: str) -> tuple[int, ...]:
    """The 16 bands of 16 bits of a canonical hash, the leftmost digits first."""
    number = int(value, 16)
    return tuple(number >> shift & _MASK for shift in range(BAND_BITS * (BANDS - 1), -1, -BAND_BITS))


def pdq_probes(value: str) -> tuple[tuple[int, int], ...]:
    """The 16 x 17 pairs (band index, bits) of which every hash within the match distance has at least one."""
    return tuple((index, bits ^ flip) for index, bits in enumerate(pdq_bands(value)) for flip in _FLIPS)


def pdq_distance(a: str, b: str) -> int:
    """How many of the 256 bits of two canonical hashes differ."""
    return (int(a, 16) ^ int(b, 16)).bit_count()
