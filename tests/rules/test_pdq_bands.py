"""PDQ hashes in memory: they find exactly what brute force finds, and what is erased is gone from every corner."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from threading import Event, Thread
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rules import pdq_bands
from app.rules.packed_hashes import UNSORTED, PackedHashes
from app.rules.pdq_bands import BAND_BITS, BANDS, PDQ_MATCH_DISTANCE, SPREAD, packed
from tests.rules.case_files import path, rows

Near = list[tuple[UUID, int]]

hashes = st.integers(0, 2**256 - 1).map("{:064x}".format)


def distance(a: str, b: str) -> int:
    return (int(a, 16) ^ int(b, 16)).bit_count()


def flipped(value: str, bits: Collection[int]) -> str:
    """Bit 0 is the leftmost."""
    return f"{int(value, 16) ^ sum(1 << 255 - bit for bit in bits):064x}"


def made(chance: Random) -> str:
    return f"{chance.getrandbits(256):064x}"


def ids(count: int, start: int = 1) -> list[UUID]:
    return [UUID(int=Random(number).getrandbits(128)) for number in range(start, start + count)]


def holding(values: Sequence[str], *, in_bands: bool = True) -> PackedHashes:
    """With the ids that `ids` gives, in the bands or all still beside them."""
    made = PackedHashes()
    made.add(ids(len(values)), values)
    if in_bands:
        made._sort()
    return made


def brute(query: str, values: Sequence[str]) -> Near:
    apart = ((id, distance(query, value)) for id, value in zip(ids(len(values)), values, strict=True))
    return sorted(pair for pair in apart if pair[1] <= 31)


def found(index: PackedHashes, *queries: str) -> list[Near]:
    return [sorted(near) for near in index.find(queries)]


def hardest(value: str, band: int, bit: int | None) -> str:
    """Within the match distance, and found by one probe alone: two flips in every other band, one or none in `band`."""
    of = SPREAD.reshape(BANDS, BAND_BITS).tolist()
    spread = [of[other][place] for other in range(BANDS) if other != band for place in (0, 7)]
    return flipped(value, spread if bit is None else [*spread, of[band][bit]])


def test_the_bands_together_take_every_bit_once() -> None:
    assert sorted(SPREAD.tolist()) == list(range(256))


@pytest.mark.parametrize("band", range(BANDS))
@pytest.mark.parametrize("bit", [None, *range(BAND_BITS)])
def test_each_single_probe_finds_what_no_other_would(band: int, bit: int | None) -> None:
    value = made(Random(7))
    near = hardest(value, band, bit)
    assert found(holding([value]), near) == [[(ids(1)[0], distance(value, near))]]


@pytest.mark.parametrize("in_bands", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 300])
def test_all_at_every_distance_are_found_and_none_beyond(size: int, in_bands: bool) -> None:
    chance = Random(size)
    values = [made(chance) for _ in range(size)]
    index = holding(values, in_bands=in_bands)
    for bits in range(34):
        queries = [flipped(value, chance.sample(range(256), bits)) for value in values[:20]]
        assert found(index, *queries) == [brute(query, values) for query in queries]
        assert found(index, queries[0]) == [[(ids(1)[0], bits)] if bits <= PDQ_MATCH_DISTANCE else []]


@pytest.mark.parametrize("in_bands", [True, False])
def test_near_ones_in_clusters_and_duplicates_are_all_found(in_bands: bool) -> None:
    chance = Random(3)
    centres = [made(chance) for _ in range(5)]
    values = [flipped(centre, chance.sample(range(256), chance.randrange(40))) for centre in centres for _ in range(60)]
    values += values[:20] + [centres[0]] * 5
    index = holding(values, in_bands=in_bands)
    queries = centres + values[:40]
    assert found(index, *queries) == [brute(query, values) for query in queries]
    assert sum(len(near) for near in found(index, *queries)) > 1_000


@settings(deadline=None)
@given(value=hashes, bits=st.sets(st.integers(0, 255), max_size=40), in_bands=st.booleans())
def test_whatever_the_flips_the_distance_decides(value: str, bits: set[int], in_bands: bool) -> None:
    near = flipped(value, bits)
    expected = [(ids(1)[0], len(bits))] if len(bits) <= 31 else []
    assert found(holding([value], in_bands=in_bands), near) == [expected]


def test_a_batch_answers_like_its_members_in_their_order() -> None:
    chance = Random(9)
    values = [made(chance) for _ in range(pdq_bands.QUERIES * 2 + 44)]
    queries = [flipped(value, chance.sample(range(256), chance.randrange(36))) for value in reversed(values)]
    index = holding(values)
    assert found(index, *queries) == [found(index, query)[0] for query in queries]
    assert index.find([]) == []


def test_what_comes_later_is_found_before_and_after_it_is_sorted() -> None:
    chance = Random(11)
    values = [made(chance) for _ in range(UNSORTED + 600)]
    index, part = PackedHashes(), 500
    for start in range(0, len(values), part):
        some = values[start : start + part]
        index.add(ids(len(some), 1 + start), some)
        index.settle()
        queries = [flipped(values[0], range(20)), flipped(some[-1], range(31))]
        assert found(index, *queries) == [brute(query, values[: start + part]) for query in queries]
    assert 0 < index._kept.sorted < len(index) == len(values)


def test_hashes_that_crowd_the_bands_are_compared_one_by_one_and_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdq_bands, "_STEP", 64)
    chance = Random(5)
    values = [made(chance) for _ in range(400)]
    of = SPREAD.reshape(BANDS, BAND_BITS)
    crowd = [flipped("0" * 64, chance.sample(of[1:].ravel().tolist(), chance.randrange(20, 60))) for _ in range(400)]
    index = holding(values + crowd)
    queries = [*crowd[:20], *values[:5], "0" * 64]
    assert found(index, *queries) == [brute(query, values + crowd) for query in queries]


def test_what_is_erased_is_not_found_and_nowhere_in_memory() -> None:
    chance = Random(13)
    values = [made(chance) for _ in range(200)]
    index = holding(values)
    gone = ids(200)[50:60]
    index.erase(gone)
    index.erase([UUID(int=5)])
    assert found(index, *values[50:60]) == [[]] * 10
    assert found(index, "0" * 64) == [[]], "an empty place is no hash"
    assert len(index) == 190
    for value in values[50:60]:
        assert not (index._kept.words == packed([value])).all(axis=1).any()
    index.tidy()
    for band in index._kept.bands:
        assert not set(band.places.tolist()) & set(range(50, 60)), "a place in a band tells 16 of its bits"
    assert found(index, *values) == [
        brute(value, values) if at not in range(50, 60) else [] for at, value in enumerate(values)
    ]


def test_after_much_was_erased_the_rest_is_packed_anew() -> None:
    chance = Random(17)
    values = [made(chance) for _ in range(100)]
    index = holding(values)
    index.erase(ids(100)[10:90])
    index.tidy()
    assert index._kept.length == len(index) == 20
    kept = {*range(10), *range(90, 100)}
    assert found(index, *values) == [brute(value, values) if at in kept else [] for at, value in enumerate(values)]
    index.add(ids(1, 500), [values[20]])
    assert found(index, values[20]) == [[(ids(1, 500)[0], 0)]]


@contextmanager
def changing(index: PackedHashes, chance: Random) -> Iterator[None]:
    """Others come and go in another thread meanwhile."""
    stop = Event()

    def change() -> None:
        number = 100_000
        while not stop.is_set():
            index.add(ids(50, number), [made(chance) for _ in range(50)])
            index._sort()
            index.erase(ids(50, number))
            index.tidy()
            number += 50

    thread = Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_look_up_beside_changes_misses_nothing() -> None:
    chance = Random(19)
    values = [made(chance) for _ in range(300)]
    index = holding(values)
    queries = [flipped(value, chance.sample(range(256), 31)) for value in values]
    expected = [brute(query, values) for query in queries]
    with changing(index, Random(23)):
        for _ in range(60):
            assert found(index, *queries) == expected


def test_the_pairs_have_their_true_distances() -> None:
    pairs = rows("pdq/pdq_pairs.jsonl")
    for pair in pairs:
        one, other = pair["raw"]
        (near,) = holding([one.lower()]).find([other.lower()])
        assert [apart for _, apart in near] == ([pair["expected_distance"]] if pair["expected_match_at_31"] else [])
    assert len(pairs) == 299


def test_the_haystack_gives_what_brute_force_finds() -> None:
    haystack = path("pdq/threatexchange_haystack.txt").read_text().split()
    needles = path("pdq/threatexchange_needles.txt").read_text().split()
    near = found(holding(haystack), *needles)
    assert near == [brute(needle, haystack) for needle in needles]
    assert any(near)
