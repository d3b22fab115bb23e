"""Rows that are hard to write as JSON: null wherever it may be, and every kind of text, time and number."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import pytest

from app.rules.participants import ParticipantClass
from app.rules.scopes import ALLOWED
from tests.engine import dressing
from tests.engine.answers import differences
from tests.engine.comparing import furnished_scene
from tests.engine.coverage import Coverage
from tests.engine.dressing import TEXTS, Dresser
from tests.engine.servers import BROKEN_OFF, Servers
from tests.engine.viewers import Desk
from tests.engine.whole import everything
from tests.oracle.facts import Participant
from tests.oracle.stage import Stage

# A world with links, feedback and a closed case.
SEED = 19
# How many look.
VIEWERS = 4
# How likely a column that may be null is null, by round; in each, all texts are dealt anew.
ROUNDS = (1.0, 0.0, 0.5, 0.2)


@dataclass(frozen=True)
class Ground:
    desk: Desk
    people: list[Participant]


@pytest.fixture(scope="module")
async def ground(stage: Stage, servers: Servers) -> Ground:
    desk, facts = await furnished_scene(stage, servers, SEED)
    members = {who for case in facts.cases for who in case.members}
    able = [who for who in facts.participants if who in members or who.kind is ParticipantClass.OPERATOR]
    return Ground(desk, able[:VIEWERS])


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return Coverage()


@pytest.mark.parametrize("number", range(len(ROUNDS)))
async def test_hard_rows_are_answered_alike(
    stage: Stage, servers: Servers, ground: Ground, coverage: Coverage, number: int
) -> None:
    rng = Random(f"torture {number}")
    await dressing.dress(stage.owner, Dresser(rng, stage.keyring, TEXTS, ROUNDS[number], extreme=True))
    failures = []
    for who in ground.people:
        viewer = await ground.desk.viewer(who, frozenset(map(str, ALLOWED[who.kind])))
        for asked in everything(viewer.material.ids, viewer.scopes):
            one, other = await servers.both(viewer.token, asked.body)
            assert one is not BROKEN_OFF
            coverage.take(asked, one, other)
            if told := differences(asked, one, other):
                failures.append("\n".join([viewer.label, *told, asked.text]))
    assert not failures, f"{len(failures)} differ\n" + "\n\n".join(failures[:3])


def test_every_field_was_null_and_was_not(coverage: Coverage, evidence: Callable[[str], None]) -> None:
    if coverage.operations < len(ROUNDS) * 20:
        pytest.skip("speaks of all rounds")
    evidence(str(coverage))
    nullable = {
        f"Contribution.{name}" for name in ("contentGrade", "mediaType", "observedAt", "context", "retractionReason")
    }
    nullable |= {f"Feedback.{name}" for name in ("reason", "reviewedAt", "reviewerRole", "policyReference", "note")}
    nullable |= {"Case.summary", "FeedbackVersion.note", "FeedbackVersion.reason", "Signal.qualifier"}
    assert not [at for at in sorted(nullable) if not 0 < coverage.answered[at] < coverage.asked[at]]
