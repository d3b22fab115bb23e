"""Conditions that name what is hidden find nothing, as if it were absent (R3): what random worlds have shown."""

from random import Random
from typing import Any
from uuid import UUID

from app.rules.ids import Prefix, shown
from app.rules.labels import Labels, Severity, Violation
from app.rules.participants import ParticipantStatus as S
from app.rules.signal_types import SignalType
from tests.oracle import contributing, operating, reviewing
from tests.oracle.contributing import Statement
from tests.oracle.facts import Participant, Value
from tests.oracle.readings import par
from tests.oracle.scene import Scene
from tests.oracle.stage import Stage

LABELS = Labels(violations=(Violation.SEXTORTION_FINANCIAL,), severity=Severity.LOW, confidence=50)
IN_GROUP = "query($id: ID!) { found: signals(filter: { group: $id }) { edges { node { id } } } }"
OPENED_BY = "query($id: ID!) { found: cases(filter: { openedBy: $id }) { edges { node { id } } } }"


async def found(stage: Stage, who: Participant, document: str, id: str) -> list[Any]:
    edges: list[Any] = (await stage.exchange.ask(who, document, {"id": id}))["found"]["edges"]
    return edges


async def put_into(scene: Scene, who: Participant, groups: set[UUID]) -> None:
    """These groups, and no others."""
    for group in groups - who.groups:
        await operating.let_in(scene, who, group)
    for group in who.groups - groups:
        await operating.take_out(scene, who, group)


async def test_a_group_that_one_does_not_know_finds_nothing(stage: Stage) -> None:
    scene = await stage.scene(Random(1))
    alder, birch = scene.facts.participants[1:3]
    known, unknown = scene.facts.groups[:2]
    await put_into(scene, alder, {known, unknown})
    await put_into(scene, birch, {known})
    said = Statement(Value(SignalType.DOMAIN, "quartz.example"), LABELS, frozenset({known, unknown}))
    await contributing.upload(scene, alder, [said])
    assert len(await found(stage, birch, IN_GROUP, shown(Prefix.GROUP, known))) == 1
    assert await found(stage, birch, IN_GROUP, shown(Prefix.GROUP, unknown)) == []


async def test_an_opener_that_left_finds_no_case(stage: Stage) -> None:
    scene = await stage.scene(Random(1))
    alder, birch = scene.facts.participants[1:3]
    await reviewing.open_case(scene, alder, [], [birch])
    assert len(await found(stage, birch, OPENED_BY, par(alder))) == 1
    await operating.move_on(scene, alder, S.OFFBOARDING)
    await operating.move_on(scene, alder, S.TERMINATED)
    assert await found(stage, birch, OPENED_BY, par(alder)) == []
