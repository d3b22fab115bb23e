"""Compares the two engines in one world: its people ask what chance writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from app.rules.scopes import Scope
from app.services import match_keys
from tests.engine import dressing, writing
from tests.engine.answers import differences
from tests.engine.coverage import Coverage
from tests.engine.dressing import Dresser
from tests.engine.material import of_facts
from tests.engine.servers import Servers
from tests.engine.tree import Asked
from tests.engine.viewers import Desk, Viewer, everybody
from tests.oracle.stage import Played, Stage

# Texts as people write them, with some that are hard.
_TEXTS = (*dressing.TEXTS[:12], *("plain words", "Policy 4.2", "Zoë's note") * 4)


@dataclass(frozen=True)
class Failure:
    """With what it takes to ask again."""

    number: int
    viewer: Viewer
    asked: Asked
    told: Sequence[str]

    def __str__(self) -> str:
        lines = [f"operation {self.number}, {self.viewer.label} with {sorted(self.viewer.scopes)}:"]
        lines += [f"  {one}" for one in self.told]
        lines += [f"{self.asked.text}", f"variables: {self.asked.chosen.given}"]
        return "\n".join([*lines, f"runs: {self.asked.chosen.name}" if self.asked.sends_name else ""])


async def furnished(stage: Stage, servers: Servers, seed: int) -> list[Viewer]:
    """Those who ask in the world of this seed, which then has more of everything than was played."""
    played, rng = await stage.play(seed), Random(f"furnish {seed}")
    await _issue_match_keys(played, rng)
    if rng.random() < 0.7:
        await dressing.dress(stage.owner, Dresser(rng, stage.keyring, _TEXTS))
    facts = played.world.scene.facts
    material = of_facts(facts, played.world.values, stage.clock())
    desk = Desk(servers.standard, stage.exchange.access_tokens, stage.clock, material)
    return await everybody(desk, facts.participants, rng)


async def _issue_match_keys(played: Played, rng: Random) -> None:
    """Some have two epochs, some one, some none."""
    world = played.world
    for who in world.some(world.able(Scope.SIGNALS_MATCH), 3):
        for _ in range(rng.choice((1, 2))):
            await world.scene.do(match_keys.issue, who, world.scene.keyring)


def written(viewer: Viewer, rng: Random) -> Asked:
    if "schema:read" in viewer.scopes and rng.random() < 0.004:
        return writing.about_schema(rng)
    # Now and then more than the token is for: then both refuse, in the same words.
    reach = viewer.scopes if rng.random() < 0.95 else frozenset(map(str, Scope))
    return writing.asked(rng, viewer.material, reach)


async def compared(
    servers: Servers, viewers: Sequence[Viewer], seed: object, count: int, coverage: Coverage
) -> list[Failure]:
    """This many operations; each comes from the seed and its number alone."""
    failures = []
    for number in range(count):
        rng = Random(f"{seed} {number}")
        viewer = rng.choice(viewers)
        asked = written(viewer, rng)
        standard, compiled = await servers.both(viewer.token, asked.body)
        coverage.take(asked, standard, compiled)
        if told := differences(asked, standard, compiled):
            failures.append(Failure(number, viewer, asked, told))
    return failures
