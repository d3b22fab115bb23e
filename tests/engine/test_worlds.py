"""Random worlds, viewers and operations: the compiled answer equals the standard executor's."""

from collections.abc import Callable

import pytest

from tests.engine.comparing import Run, compared, furnished
from tests.engine.coverage import UNSAID, Coverage
from tests.engine.servers import Servers
from tests.oracle.stage import Stage

WORLDS = 25
# Documents that are asked in each, some of them several times.
DOCUMENTS = 102
OPERATIONS = 5_000
# Failures that are told of one world; the others mostly have the same cause.
TOLD = 3
# Of what was never answered so far: how many fields are aimed at in one world, and by how many documents each.
MOST_AIMS, TRIES = 20, 3

# How many networks an operation asks for is known only when they are found: long lists of them are left to others.
TOO_MANY_NETWORKS = (
    "it may ask for more networks than there may be in one operation",
    "it asks for more networks than there may be in one operation",
)


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return Coverage()


@pytest.mark.parametrize("seed", range(1, WORLDS + 1))
async def test_both_engines_answer_alike(
    stage: Stage, servers: Servers, coverage: Coverage, seed: int, full: bool
) -> None:
    viewers = await furnished(stage, servers, seed)
    count = DOCUMENTS * (10 if full else 1)
    failures = await compared(servers, viewers, coverage, Run(f"world {seed}", count, first_aim=seed * count))
    # What only few rows have is answered by chance: once half of the worlds are over, what is left is aimed at.
    for aim in coverage.unmet()[:MOST_AIMS] if seed > WORLDS // 2 else ():
        failures += await compared(servers, viewers, coverage, Run(f"world {seed} for {aim}", TRIES, aim=aim))
    told = "\n\n".join(map(str, failures[:TOLD]))
    assert not failures, f"world {seed}: {len(failures)} operations differ\n{told}"


def test_every_field_was_asked_and_answered(coverage: Coverage, evidence: Callable[[str], None]) -> None:
    if coverage.operations < OPERATIONS:
        pytest.skip(f"speaks of all {WORLDS} worlds")
    evidence(str(coverage))
    assert not coverage.unmet()
    assert coverage.with_data > coverage.operations * 0.7
    assert coverage.chosen < coverage.operations * 0.01
    assert not coverage.broken_off


def test_what_is_answered_without_errors_was_compiled(coverage: Coverage) -> None:
    if UNSAID in coverage.engines or not coverage.engines:
        pytest.skip("the application does not say by which engine it answered")
    fallen_back = coverage.fallen_back.copy()
    networks = sum(fallen_back.pop(f"standard; reason={reason}", 0) for reason in TOO_MANY_NETWORKS)
    assert not fallen_back, "\n".join(f"{why}: {text}" for why, text in coverage.examples.items())
    assert networks <= coverage.operations * 0.01
