"""PDQ nearness: the bands find exactly what brute force finds."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.normal_forms import PDQ_MATCH_DISTANCE, pdq_bands, pdq_distance, pdq_probes
from tests.rules.case_files import path, rows

Probe = tuple[int, int]

hashes = st.integers(0, 2**256 - 1).map("{:064x}".format)


def found(probes: Iterable[Probe], value: str) -> bool:
    return bool(set(probes) & set(enumerate(pdq_bands(value))))


def flipped(value: str, bits: Collection[int]) -> str:
    return f"{int(value, 16) ^ sum(1 << bit for bit in bits):064x}"


def hardest(value: str, band: int, bit: int | None) -> str:
    """Within the match distance, and found by one probe alone: two flips in every other band, one or none in `band`."""
    spread = [255 - 16 * other - place for other in range(16) if other != band for place in (0, 7)]
    return flipped(value, spread if bit is None else [*spread, 16 * (15 - band) + bit])


def test_a_hash_has_sixteen_bands_in_the_order_of_its_digits() -> None:
    value = "".join(f"{band:04x}" for band in range(16))
    assert pdq_bands(value) == tuple(range(16))


def test_a_hash_has_sixteen_times_seventeen_probes() -> None:
    probes = pdq_probes("0123456789abcdef" * 4)
    assert len(probes) == len(set(probes)) == 272


@given(value=hashes, bits=st.sets(st.integers(0, 255), max_size=PDQ_MATCH_DISTANCE))
def test_every_hash_within_the_distance_shares_a_probe(value: str, bits: set[int]) -> None:
    near = flipped(value, bits)
    assert pdq_distance(value, near) == len(bits)
    assert found(pdq_probes(value), near)


@pytest.mark.parametrize("band", range(16))
@pytest.mark.parametrize("bit", [None, *range(16)])
def test_without_any_one_probe_a_match_would_be_missed(band: int, bit: int | None) -> None:
    value = f"{Random(7).getrandbits(256):064x}"
    near = hardest(value, band, bit)
    needed = (band, pdq_bands(value)[band] ^ (0 if bit is None else 1 << bit))
    assert pdq_distance(value, near) <= PDQ_MATCH_DISTANCE
    assert found(pdq_probes(value), near)
    assert not found(set(pdq_probes(value)) - {needed}, near)


def test_the_pairs_have_their_true_distances() -> None:
    pairs = rows("pdq/pdq_pairs.jsonl")
    for pair in pairs:
        distance = pdq_distance(*pair["raw"])
        assert distance == pair["expected_distance"]
        assert (distance <= PDQ_MATCH_DISTANCE) == pair["expected_match_at_31"]
    assert len(pairs) == 299


def test_the_bands_find_in_the_haystack_what_brute_force_finds() -> None:
    haystack = path("pdq/threatexchange_haystack.txt").read_text().split()
    needles = path("pdq/threatexchange_needles.txt").read_text().split()
    index: defaultdict[Probe, set[str]] = defaultdict(set)
    for value in haystack:
        for band in enumerate(pdq_bands(value)):
            index[band].add(value)
    matches = 0
    for needle in needles:
        candidates = {value for probe in pdq_probes(needle) for value in index.get(probe, ())}
        near = {value for value in candidates if pdq_distance(needle, value) <= PDQ_MATCH_DISTANCE}
        assert near == {value for value in haystack if pdq_distance(needle, value) <= PDQ_MATCH_DISTANCE}
        matches += len(near)
    assert matches > 0
