"""Compares the two engines in one world: its people ask what chance writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from app.rules.scopes import Scope
from app.services import match_keys
from app.worker import sequencer
from tests.engine import dressing, graph, requests
from tests.engine.answers import differences
from tests.engine.coverage import Coverage
from tests.engine.dressing import Dresser
from tests.engine.echoes import echo
from tests.engine.material import of_facts
from tests.engine.servers import BROKEN_OFF, Servers
from tests.engine.tree import Asked
from tests.engine.viewers import Desk, Viewer, everybody
from tests.oracle.facts import Facts
from tests.oracle.stage import Played, Stage

# Far from the root, or seen by few.
_SELDOM = ("CaseEvent", "CaseMember", "CaseNote", "CaseSignal", "SignalLink", "ResyncRequired", "FeedbackVersion")
# Every field in its turn, those of such types more often.
_AIMS = sorted(at for at in graph.readable() for _ in range(3 if at.startswith(_SELDOM) else 1))
# How often each document is asked once more.
ECHOES = 1
# Texts as people write them, with some that are hard.
_TEXTS = (*dressing.TEXTS[:12], *("plain words", "Policy 4.2", "Zoë's note") * 4)


@dataclass(frozen=True)
class Run:
    """How many documents are written from which seed, and at which field they aim: this one, or all from a first on."""

    seed: str
    count: int
    first_aim: int = 0
    aim: str = ""


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
    """Those who ask in the world of this seed; mostly its rows are filled by chance."""
    desk, facts = await furnished_scene(stage, servers, seed)
    rng = Random(f"dress {seed}")
    if rng.random() < 0.7:
        await dressing.dress(stage.owner, Dresser(rng, stage.keyring, _TEXTS))
    return await everybody(desk, facts.participants, rng)


async def furnished_scene(stage: Stage, servers: Servers, seed: int) -> tuple[Desk, Facts]:
    """The world of this seed, with more of everything than was played, and where its people get their tokens."""
    played, rng = await stage.play(seed), Random(f"furnish {seed}")
    await _go_on(played, rng)
    await sequencer.sequence_all(stage.worker)
    facts = played.world.scene.facts
    material = of_facts(facts, played.world.values, stage.clock())
    material.ids["ApiClient"].extend(await dressing.shut_out_clients(stage.owner, facts.participants, rng))
    return Desk(servers.standard, stage.exchange.access_tokens, stage.keyring, stage.clock, material), facts


async def _go_on(played: Played, rng: Random) -> None:
    """What worlds seldom come to: reports that are decided, cases that are closed, several match keys."""
    world = played.world
    for act in (*(world.retract, world.report_victim) * 2, world.decide, *(world.work_in_case,) * 4):
        await act()
    for who in world.some(world.able(Scope.SIGNALS_MATCH), 3):
        for _ in range(rng.choice((1, 2))):
            await world.scene.do(match_keys.issue, who, world.scene.keyring)
    world.scene.pause(seconds=1)


def written(viewers: Sequence[Viewer], rng: Random, number: int, aim: str = "") -> tuple[Viewer, Asked]:
    """Who asks, and what. Most aim at a field, at each in its turn if it is not this one."""
    aim = aim or (_AIMS[number % len(_AIMS)] if rng.random() < 0.75 else "")
    able = [viewer for viewer in viewers if graph.asked_for(aim) <= viewer.scopes] if aim else []
    among = able or viewers
    # Who is no longer active sees little.
    viewer = rng.choices(among, [4 if viewer.is_active else 1 for viewer in among])[0]
    if "schema:read" in viewer.scopes and rng.random() < 0.004:
        return viewer, requests.about_schema(rng)
    # Now and then more than the token is for: then both refuse, in the same words.
    reach = viewer.scopes if rng.random() < 0.95 else frozenset(map(str, Scope))
    return viewer, requests.asked(rng, viewer.material, reach, aim)


async def compared(servers: Servers, viewers: Sequence[Viewer], coverage: Coverage, run: Run) -> list[Failure]:
    """Many documents, each asked several times; all comes from the seed and the number alone."""
    failures = []
    for number in range(run.count):
        rng = Random(f"{run.seed} {number}")
        viewer, asked = written(viewers, rng, run.first_aim + number, run.aim)
        again = [echo(asked, viewer, viewers, rng) for _ in range(ECHOES)]
        for one, request in ((viewer, asked), *again):
            standard, compiled = await servers.both(one.token, request.body)
            if standard is BROKEN_OFF:
                coverage.broken_off += 1
                continue
            coverage.take(request, standard, compiled)
            if told := differences(request, standard, compiled):
                failures.append(Failure(number, one, request, told))
    return failures
