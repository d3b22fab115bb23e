"""Random worlds, in which everybody sees what the oracle says, through every channel."""

import asyncio
from collections.abc import Callable

import pytest

from tests.oracle import census
from tests.oracle.channels import Tally
from tests.oracle.every_channel import EVERY_CHANNEL, GROUPS
from tests.oracle.refusals import told_apart
from tests.oracle.stage import Stage, differences

WORLDS = 100
# Comparisons that each world has to make.
AT_LEAST = 20
# Differences that are told of one failing world; the others mostly have the same cause.
TOLD = 5


@pytest.fixture(scope="module")
def tally() -> Tally:
    return Tally()


@pytest.mark.parametrize("seed", range(1, WORLDS + 1))
async def test_everybody_sees_what_the_oracle_says(stage: Stage, tally: Tally, seed: int, full: bool) -> None:
    """One viewer looks through each channel; all of them do in the large size."""
    played, own_tally = await stage.play(seed), Tally()
    looks = (
        differences(stage.exchange, played, group, own_tally, played.viewers() if full else played.one_viewer(group))
        for group in GROUPS
    )
    asked = await asyncio.gather(*looks, told_apart(stage.exchange, played, own_tally))
    found = [difference for one in asked for difference in one]
    oracle = played.world.scene.oracle
    own_tally.situations.update(census.situations(oracle))
    tally.take(own_tally)
    assert not census.lacking(oracle), f"world {seed} lacks {census.lacking(oracle)}"
    told = "\n".join(map(str, found[:TOLD]))
    assert not found, f"world {seed}: {len(found)} differences\n{told}"
    assert own_tally.total >= AT_LEAST, f"world {seed} made too few comparisons"


async def test_a_seed_tells_the_whole_world(stage: Stage) -> None:
    worlds = [(await stage.play(17)).world.scene.facts for _ in range(2)]
    told = [
        [(c.signal.value, c.contributor.slug, c.status, c.version, c.severity, c.hidden) for c in facts.contributions]
        for facts in worlds
    ]
    assert told[0] == told[1]


def test_each_channel_hid_and_showed_enough(tally: Tally, evidence: Callable[[str], None]) -> None:
    if tally.worlds < WORLDS:
        pytest.skip(f"speaks of all {WORLDS} worlds")
    evidence(str(tally))
    assert not tally.one_sided()
    assert not [name for name in census.EXPECTED if tally.situations[name] < census.OFTEN]
    assert {channel.name for channel in EVERY_CHANNEL} <= tally.counts.keys()
