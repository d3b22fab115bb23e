"""The comparison itself: it finds every application that is wrong in one thing, and none that is not."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from app.store.database import Database
from app.store.database_urls import DatabaseUrls
from tests.engine.comparing import Run, compared, furnished
from tests.engine.compiler_mutants import COMPILER_MUTANTS
from tests.engine.coverage import Coverage
from tests.engine.mutants import TAMPERED, Mutant
from tests.engine.servers import Servers, compiled, served, standard
from tests.engine.viewers import Viewer
from tests.oracle.stage import Stage, few

# The world in which each mutant is looked for, how many documents are asked at a time, and how often at the most.
SEED = 19
DOCUMENTS = 10
TURNS = 30
MUTANTS = (*TAMPERED, *COMPILER_MUTANTS)


@dataclass
class Ground:
    """The owner of the tables serves both applications: row-level security would hide what a mutant's policy tells."""

    stage: Stage
    owner: Database
    viewers: list[Viewer]
    # How many documents it took to catch each mutant.
    needed: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
async def ground(stage: Stage, servers: Servers, database_urls: DatabaseUrls) -> AsyncIterator[Ground]:
    owner = Database(few(database_urls.owner))
    yield Ground(stage, owner, await furnished(stage, servers, SEED))
    await owner.close()


async def caught(ground: Ground, mutant: Mutant) -> int:
    """How many documents it took; none if all of them were answered alike."""
    parts = ground.owner, ground.stage.keyring, ground.stage.clock
    with pytest.MonkeyPatch.context() as patch:
        mutant.patch(patch)
        async with served(standard(*parts), mutant.around(compiled(*parts))) as servers:
            for turn in range(TURNS):
                run = Run(f"mutants {turn}", DOCUMENTS, turn * DOCUMENTS, mutant.aim)
                if await compared(servers, ground.viewers, Coverage(), run):
                    return (turn + 1) * DOCUMENTS
    return 0


async def test_no_difference_is_found_where_there_is_none(ground: Ground) -> None:
    assert not await caught(ground, Mutant("none"))


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
async def test_a_mutant_is_caught(ground: Ground, mutant: Mutant) -> None:
    ground.needed[mutant.name] = await caught(ground, mutant)
    assert ground.needed[mutant.name]


def test_all_were_looked_for(ground: Ground, evidence: Callable[[str], None]) -> None:
    evidence(", ".join(f"{name}: {count}" for name, count in ground.needed.items()))
    if len(ground.needed) < len(MUTANTS):
        pytest.skip("speaks of all mutants")
    assert all(ground.needed.values())
