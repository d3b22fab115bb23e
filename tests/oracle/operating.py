"""Acts of the operator: hiding, quarantine, groups, and the steps in the life of participants."""

from collections.abc import Sequence
from uuid import UUID

from app.rules.labels import ContributionStatus
from app.rules.participants import ParticipantStatus
from app.rules.victim_reports import VictimDecision, VictimReportState
from app.services import groups, holding, participants, victim_reports
from tests.oracle.facts import Contribution, Participant, Signal, VictimReport
from tests.oracle.scene import Scene

_STANDING = (VictimReportState.HIDDEN, VictimReportState.CONFIRMED)


async def hide(scene: Scene, said: Sequence[Contribution], hidden: bool) -> None:
    """Those that it sees; of the others it does not know."""
    before = scene.oracle
    decided = await scene.do(holding.set_hidden, scene.operator, [c.id for c in said], hidden=hidden)
    assert decided == [before.sees(scene.operator, c) for c in said]
    for contribution, done in zip(said, decided, strict=True):
        if done:
            contribution.hold(scene.clock(), hidden=hidden)


async def hide_participant(scene: Scene, who: Participant, hidden: bool) -> None:
    """All that it contributes now, not what it uploads later."""
    await scene.do(holding.set_participant_hidden, scene.operator, who.id, hidden=hidden)
    for contribution in scene.facts.contributions:
        if contribution.contributor is who and not contribution.ended:
            contribution.hold(scene.clock(), hidden=hidden)


async def hide_signal(scene: Scene, signal: Signal, hidden: bool) -> None:
    await scene.do(holding.set_signal_hidden, scene.operator, signal.id, hidden=hidden)
    signal.hidden = hidden


async def decide(scene: Scene, report: VictimReport, decision: VictimDecision) -> None:
    await scene.do(victim_reports.decide, scene.operator, report.id, decision)
    confirmed = decision is VictimDecision.CONFIRM
    report.state = VictimReportState.CONFIRMED if confirmed else VictimReportState.LIFTED
    report.signal.hidden = any(r.signal is report.signal and r.state in _STANDING for r in scene.facts.reports)


async def quarantine(scene: Scene, who: Participant, quarantines: bool) -> None:
    """What it uploads from now on waits for the operator (R20)."""
    await scene.do(participants.set_quarantine, scene.operator, who.id, quarantines)
    (scene.quarantined.add if quarantines else scene.quarantined.discard)(who.id)


async def release(scene: Scene, held: Sequence[Contribution]) -> None:
    decided = await scene.do(holding.release, scene.operator, [c.id for c in held])
    for contribution, done in zip(held, decided, strict=True):
        assert done == (contribution.status is ContributionStatus.QUARANTINED and scene.oracle.is_live(contribution))
        if done:
            contribution.hold(scene.clock(), status=ContributionStatus.ACTIVE)


async def let_in(scene: Scene, who: Participant, group: UUID) -> None:
    await scene.do(groups.add_members, scene.operator, group, [who.id])
    who.groups.add(group)
    _restart(scene, who)


async def take_out(scene: Scene, who: Participant, group: UUID) -> None:
    await scene.do(groups.remove_members, scene.operator, group, [who.id])
    who.groups.discard(group)
    _restart(scene, who)


async def move_on(scene: Scene, who: Participant, to: ParticipantStatus) -> None:
    """Take the next step; whoever leaves for good takes all its contributions with it (R4)."""
    saw_others = scene.oracle.sees_others(who)
    await scene.do(participants.change_status, scene.operator, who.id, to)
    who.status = to
    if scene.oracle.sees_others(who) != saw_others:
        _restart(scene, who)
    if to is ParticipantStatus.TERMINATED:
        living = [c for c in scene.facts.contributions if c.contributor is who and not c.ended]
        scene.facts.end(living, ContributionStatus.RETRACTED)


def _restart(scene: Scene, who: Participant) -> None:
    """What it sees changed at once."""
    who.epoch += 1
    scene.history.restarted(who, scene.clock())
