"""Acts of those who look at signals: feedback, reveals, and work in cases."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.graphql.context import Context
from app.rules.cases import CaseDisposition, CaseDraft, CaseEventKind, CaseStatus
from app.rules.feedback import FeedbackDraft
from app.rules.labels import ReviewStatus
from app.rules.reveals import Purpose
from app.rules.row_results import Outcome, RowResult
from app.rules.verdicts import EnforcementAction, Verdict, VerdictReason
from app.rules.victim_reports import VictimReportState
from app.services import cases, feedback, reveals, victim_reports
from app.services.cases import NoteDraft
from app.services.reveals import Reason
from app.store.pages import Window
from app.store.pdq_index import PdqIndex
from app.store.victim_reports import ReportFilter
from tests.oracle.facts import (
    AccessRecord,
    Case,
    CaseEvent,
    Contribution,
    Feedback,
    Note,
    Participant,
    Signal,
    VictimReport,
)
from tests.oracle.scene import Scene

K = CaseEventKind


@dataclass(frozen=True)
class Finding:
    """What somebody says of a signal."""

    signal: Signal
    verdict: Verdict
    reason: VerdictReason | None = None
    actions: tuple[tuple[EnforcementAction, int], ...] = ()

    @property
    def note(self) -> str:
        return f"Found to be {self.verdict}"

    def draft(self, scene: Scene) -> FeedbackDraft:
        return FeedbackDraft(
            self.signal.id,
            self.verdict,
            self.reason,
            ReviewStatus.REVIEWED_MANUALLY,
            reviewed_at=scene.clock.now,
            reviewer_role="Analyst",
            policy_reference="Policy 4.2",
            note=self.note,
            actions=self.actions,
        )


async def _first(scene: Scene, who: Participant, drafts: Sequence[FeedbackDraft]) -> list[RowResult] | None:
    """By one statement, as clients are served where it can be."""
    scene.pause(seconds=1)
    context = Context(scene.actor(who), scene.database, scene.keyring, PdqIndex())
    return (await feedback.record_first(context.act, context.actor, scene.keyring, drafts)).results


async def record(scene: Scene, who: Participant, findings: Sequence[Finding]) -> None:
    drafts = [finding.draft(scene) for finding in findings]
    results = await _first(scene, who, drafts) or await scene.do(feedback.record, who, scene.keyring, drafts)
    for finding, result in zip(findings, results, strict=True):
        assert result.subject_id is not None, result
        before = next((f for f in scene.facts.feedback if f.id == result.subject_id), None)
        assert (result.outcome is Outcome.CREATED) == (before is None)
        if result.outcome is Outcome.UNCHANGED:
            continue
        now = scene.clock()
        said = Feedback(
            result.subject_id,
            who,
            finding.signal,
            finding.verdict,
            finding.reason,
            dict(finding.actions),
            seen_of_others(scene, who, finding.signal),
            finding.note,
            created_at=now if before is None else before.created_at,
            updated_at=now,
        )
        scene.facts.feedback = [*(f for f in scene.facts.feedback if f is not before), said]
        scene.history.spoken(scene.oracle, said)


def seen_of_others(scene: Scene, who: Participant, signal: Signal) -> dict[Contribution, int]:
    return {c: c.version for c in scene.oracle.statements(who, signal) if c.contributor is not who}


async def report_victim(scene: Scene, who: Participant, signal: Signal) -> None:
    """R11: hides the signal at once, within bounds that no world comes near."""
    await record(scene, who, [Finding(signal, Verdict.FALSE_POSITIVE, VerdictReason.VICTIM_NOT_OFFENDER)])
    said = next(f for f in scene.facts.feedback if f.author is who and f.signal is signal)
    known = {report.id for report in scene.facts.reports}
    page = await scene.do(victim_reports.find, scene.operator, ReportFilter(), Window(1_000))
    for row in (row for _, row in page.items if row.id not in known):
        scene.facts.reports.append(VictimReport(row.id, who, signal, said, VictimReportState.HIDDEN))
        signal.hidden = True


async def reveal(scene: Scene, who: Participant, asked: Sequence[Signal], case: Case | None) -> None:
    reason = Reason(Purpose.MATCH_REVIEW, "A sign-up matched it", None if case is None else case.id)
    revealed = await scene.do(reveals.reveal, who, scene.keyring, [s.id for s in asked], reason)
    for signal, one in zip(asked, revealed, strict=True):
        assert one is not None
        assert one.value == signal.value.text
        told = frozenset(c.contributor for c in seen_of_others(scene, who, signal))
        scene.facts.records.append(AccessRecord(one.record.id, who, signal, case, told))


async def open_case(scene: Scene, who: Participant, signals: Sequence[Signal], members: Sequence[Participant]) -> None:
    title = f"Case {len(scene.facts.cases)}"
    draft = CaseDraft(title, None, tuple(s.id for s in signals), tuple(m.id for m in members))
    row = await scene.do(cases.open, who, scene.keyring, draft, None)
    case = Case(row.id, who, title, members=[who, *members])
    case.timeline.append(CaseEvent(K.OPENED, who))
    case.timeline += [CaseEvent(K.MEMBER_INVITED, who, member) for member in members]
    _put(case, who, signals)
    scene.facts.cases.append(case)


async def add_to_case(scene: Scene, who: Participant, case: Case, signals: Sequence[Signal]) -> None:
    await scene.do(cases.add_signals, who, case.id, [s.id for s in signals])
    _put(case, who, signals)


def _put(case: Case, who: Participant, signals: Sequence[Signal]) -> None:
    new = [signal for signal in signals if signal not in case.signals]
    case.signals |= dict.fromkeys(new, who)
    case.timeline += [CaseEvent(K.SIGNAL_ADDED, who, signal) for signal in new]


async def write_note(scene: Scene, who: Participant, case: Case) -> None:
    words = f"Note {len(case.notes)}"
    row = await scene.do(cases.add_note, who, scene.keyring, NoteDraft(case.id, words))
    note = Note(row.id, who, words)
    case.notes.append(note)
    case.timeline.append(CaseEvent(K.NOTE_ADDED, who, note))


async def invite(scene: Scene, who: Participant, case: Case, member: Participant) -> None:
    await scene.do(cases.invite, who, case.id, member.id)
    case.members.append(member)
    case.timeline.append(CaseEvent(K.MEMBER_INVITED, who, member))


async def leave(scene: Scene, member: Participant, case: Case) -> None:
    await scene.do(cases.remove, member, case.id, member.id)
    case.members.remove(member)
    case.timeline.append(CaseEvent(K.MEMBER_REMOVED, member, member))


async def close_case(scene: Scene, who: Participant, case: Case) -> None:
    await scene.do(cases.close, who, case.id, CaseDisposition.DUPLICATE)
    case.status, case.disposition = CaseStatus.CLOSED, CaseDisposition.DUPLICATE
    case.timeline.append(CaseEvent(K.CLOSED, who))
