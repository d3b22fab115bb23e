"""What participants do in a world: each act is done in the exchange and noted down as facts."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.actor import Actor
from app.rules.cases import CaseDisposition, CaseDraft, CaseEventKind, CaseStatus
from app.rules.drafts import Audience, SignalDraft
from app.rules.feedback import FeedbackDraft
from app.rules.keyring import Keyring
from app.rules.labels import ContributionStatus, Labels, RetractionReason, ReviewStatus
from app.rules.links import LinkDraft, Relation, ordered
from app.rules.normal_forms import Hints
from app.rules.participants import ParticipantStatus
from app.rules.reveals import Purpose
from app.rules.row_results import Outcome
from app.rules.scopes import ALLOWED
from app.rules.signal_types import facts as type_facts
from app.rules.verdicts import EnforcementAction, Verdict, VerdictReason, VictimDecision, VictimReportState
from app.services import (
    cases,
    contributions,
    feedback,
    groups,
    holding,
    links,
    participants,
    reveals,
    uploads,
    victim_reports,
)
from app.services.cases import NoteDraft
from app.services.contributions import Revision
from app.services.reveals import Reason
from app.store.database import Database
from app.worker import expiry
from tests.demo_exchange import Clock
from tests.oracle.facts import (
    AccessRecord,
    Case,
    CaseEvent,
    Contribution,
    Facts,
    Feedback,
    Link,
    Note,
    Participant,
    Signal,
    Value,
    VictimReport,
)
from tests.oracle.history import History
from tests.oracle.oracle import Oracle

T = TypeVar("T")
K = CaseEventKind
POLICY = "Policy 4.2"


@dataclass(frozen=True)
class Statement:
    """What somebody uploads about a value."""

    value: Value
    labels: Labels
    groups: frozenset[UUID] | None
    expires_at: datetime | None


@dataclass(frozen=True)
class Finding:
    """What somebody says of a signal."""

    signal: Signal
    verdict: Verdict
    reason: VerdictReason | None = None
    actions: tuple[tuple[EnforcementAction, int], ...] = ()


@dataclass
class Acts:
    database: Database
    worker: AsyncEngine
    keyring: Keyring
    clock: Clock
    facts: Facts = field(default_factory=Facts)
    history: History = field(default_factory=History)

    @property
    def oracle(self) -> Oracle:
        return Oracle(self.facts, self.clock())

    def actor(self, who: Participant) -> Actor:
        scopes = frozenset(map(str, ALLOWED[who.kind]))
        return Actor(who.id, who.client_id, who.kind, who.status, tuple(sorted(who.groups)), scopes, self.clock())

    async def do(self, service: Callable[..., Awaitable[T]], who: Participant, *given: Any, **named: Any) -> T:
        """One call, a second after the one before."""
        self.pause(seconds=1)
        actor = self.actor(who)
        async with self.database.write(actor) as session:
            return await service(session, actor, *given, **named)

    def pause(self, **duration: float) -> None:
        self.history.note(self.oracle)
        self.clock.forward(**duration)

    # --- Contributing -----------------------------------------------------------------------------------------------

    async def upload(self, who: Participant, said: Sequence[Statement]) -> None:
        results = await self.do(uploads.upload, who, self.keyring, [_draft(statement) for statement in said])
        self._swept(c for statement in said for c in self.facts.contributions if c.signal.value == statement.value)
        for statement, result in zip(said, results, strict=True):
            assert result.subject_id is not None, result
            own = self.own_live(who, statement.value)
            assert (result.outcome is Outcome.CREATED) == (own is None), (result, own)
            if own is None:
                signal = self._signal(statement.value, result.signal_id)
                self.facts.contributions.append(self._started(who, signal, statement, result.subject_id))
            else:
                assert (own.id, own.signal.id) == (result.subject_id, result.signal_id)
                own.change(self.clock(), **_said(statement), **_expiry(statement))

    def own_live(self, who: Participant, value: Value) -> Contribution | None:
        mine = (c for c in self.facts.contributions if c.contributor is who and c.signal.value == value)
        return next((c for c in mine if self.oracle.is_live(c)), None)

    def _signal(self, value: Value, id: UUID | None) -> Signal:
        """The signal of the value: the id tells nobody whether it was there before, but we know (R3, R15)."""
        assert id is not None
        found = next((s for s in self.facts.signals if s.value == value and not s.erased), None)
        if found is None:
            assert all(signal.id != id for signal in self.facts.signals), "an erased signal came back"
            found = Signal(id, value)
            self.facts.signals.append(found)
        assert found.id == id
        return found

    def _started(self, who: Participant, signal: Signal, said: Statement, id: UUID) -> Contribution:
        now = self.clock()
        cap = now + type_facts(said.value.type).retention
        held = ContributionStatus.QUARANTINED if who.id in self.quarantined else ContributionStatus.ACTIVE
        return Contribution(
            id, signal, who, status=held, created_at=now, updated_at=now, expires_at=said.expires_at or cap, **_said(said)
        )

    async def update(self, contribution: Contribution, labels: dict[str, Any], audience: frozenset[UUID] | None) -> None:
        """Other labels, and the audience that it shall have from now on."""
        revision = Revision(contribution.id, labels, Audience(tuple(audience or ())))
        await self.do(contributions.update, contribution.contributor, self.keyring, revision)
        contribution.change(self.clock(), groups=audience, **labels)

    async def retract(self, who: Participant, ended: list[Contribution]) -> None:
        rows = await self.do(contributions.retract, who, [c.id for c in ended], RetractionReason.ERROR)
        assert None not in rows
        self.facts.end(ended, ContributionStatus.RETRACTED)

    async def renew(self, contribution: Contribution) -> None:
        await self.do(contributions.renew, contribution.contributor, [contribution.id], None)
        cap = self.clock() + type_facts(contribution.signal.value.type).retention
        contribution.change(self.clock(), expires_at=cap)

    async def sweep(self) -> None:
        """The worker ends what has lapsed."""
        self.pause(seconds=1)
        await expiry.expire(self.worker, self.clock)
        self._swept(self.facts.contributions)

    def _swept(self, among: Iterable[Contribution]) -> None:
        lapsed = [c for c in among if not c.ended and not self.oracle.is_live(c)]
        self.facts.end(lapsed, ContributionStatus.EXPIRED)

    async def link(self, who: Participant, pairs: Sequence[tuple[Signal, Signal, Relation]]) -> None:
        drafts = [LinkDraft(a.id, b.id, relation) for a, b, relation in pairs]
        for (a, b, relation), result in zip(pairs, await self.do(links.link, who, self.keyring, drafts), strict=True):
            assert result.subject_id is not None, result
            if result.outcome is Outcome.CREATED:
                first, _ = ordered(relation, a.id, b.id)
                ends = (a, b) if a.id == first else (b, a)
                self.facts.links.append(Link(result.subject_id, *ends, relation, who))

    async def unlink(self, link: Link) -> None:
        await self.do(links.unlink, link.asserter, [link.id])
        self.facts.links.remove(link)
        self.facts.ended_links.append(link)

    # --- Reviewing --------------------------------------------------------------------------------------------------

    async def record(self, who: Participant, found: Sequence[Finding]) -> None:
        references = {f.signal: self._seen_of_others(who, f.signal) for f in found}
        results = await self.do(feedback.record, who, self.keyring, [self._feedback_draft(f) for f in found])
        for finding, result in zip(found, results, strict=True):
            assert result.subject_id is not None, result
            said = Feedback(
                result.subject_id,
                who,
                finding.signal,
                finding.verdict,
                finding.reason,
                dict(finding.actions),
                references[finding.signal],
                _note(finding),
                self.clock(),
                self.clock(),
            )
            if result.outcome is not Outcome.UNCHANGED:
                self._said_again(said)

    def _seen_of_others(self, who: Participant, signal: Signal) -> dict[Contribution, int]:
        return {c: c.version for c in self.oracle.statements(who, signal) if c.contributor is not who}

    def _said_again(self, said: Feedback) -> None:
        before = next((f for f in self.facts.feedback if f.id == said.id), None)
        if before is not None:
            said.created_at = before.created_at
            self.facts.feedback.remove(before)
        self.facts.feedback.append(said)
        self.history.spoken(said)

    async def report_victim(self, who: Participant, signal: Signal) -> None:
        """R11: hides the signal at once, within bounds that no world comes near."""
        await self.record(who, [Finding(signal, Verdict.FALSE_POSITIVE, VerdictReason.VICTIM_NOT_OFFENDER)])
        said = next(f for f in self.facts.feedback if f.author is who and f.signal is signal)
        page = await self.do(victim_reports.find, self.operator, None, cases_window())
        known = {report.id for report in self.facts.reports}
        for _, row in page.items:
            if row.id not in known:
                self.facts.reports.append(VictimReport(row.id, who, signal, said, VictimReportState.HIDDEN))
                signal.hidden = True

    async def decide(self, report: VictimReport, decision: VictimDecision) -> None:
        await self.do(victim_reports.decide, self.operator, report.id, decision)
        lifted = decision is VictimDecision.LIFT
        report.state = VictimReportState.LIFTED if lifted else VictimReportState.CONFIRMED
        standing = [r for r in self.facts.reports if r.signal is report.signal and r.state != VictimReportState.LIFTED]
        report.signal.hidden = bool(standing)

    def _feedback_draft(self, found: Finding) -> FeedbackDraft:
        return FeedbackDraft(
            found.signal.id,
            found.verdict,
            found.reason,
            ReviewStatus.REVIEWED_MANUALLY,
            reviewed_at=self.clock(),
            reviewer_role="Analyst",
            policy_reference=POLICY,
            note=_note(found),
            actions=found.actions,
        )

    async def reveal(self, who: Participant, asked: Sequence[Signal], case: Case | None) -> None:
        reason = Reason(Purpose.MATCH_REVIEW, "A sign-up matched it", None if case is None else case.id)
        told = {s: frozenset(c.contributor for c in self._seen_of_others(who, s)) for s in asked}
        revealed = await self.do(reveals.reveal, who, self.keyring, [s.id for s in asked], reason)
        for signal, one in zip(asked, revealed, strict=True):
            assert one is not None
            assert one.value == signal.value.text
            self.facts.records.append(AccessRecord(one.record.id, who, signal, case, told[signal]))

    # --- Cases ------------------------------------------------------------------------------------------------------

    async def open_case(self, who: Participant, signals: Sequence[Signal], members: Sequence[Participant]) -> Case:
        title = f"Case {len(self.facts.cases)}"
        draft = CaseDraft(title, None, tuple(s.id for s in signals), tuple(m.id for m in members))
        row = await self.do(cases.open, who, self.keyring, draft, None)
        case = Case(row.id, who, title, members=[who, *members])
        self.facts.cases.append(case)
        case.timeline.append(CaseEvent(K.OPENED, who))
        case.timeline += [CaseEvent(K.MEMBER_INVITED, who, member) for member in members]
        self._added(case, who, signals)
        return case

    async def add_to_case(self, who: Participant, case: Case, signals: Sequence[Signal]) -> None:
        await self.do(cases.add_signals, who, case.id, [s.id for s in signals])
        self._added(case, who, signals)

    def _added(self, case: Case, who: Participant, signals: Sequence[Signal]) -> None:
        new = [signal for signal in signals if signal not in case.signals]
        case.signals |= dict.fromkeys(new, who)
        case.timeline += [CaseEvent(K.SIGNAL_ADDED, who, signal) for signal in new]

    async def note_in_case(self, who: Participant, case: Case) -> None:
        words = f"Note {len(case.notes)}"
        row = await self.do(cases.add_note, who, self.keyring, NoteDraft(case.id, words))
        note = Note(row.id, who, words)
        case.notes.append(note)
        case.timeline.append(CaseEvent(K.NOTE_ADDED, who, note))

    async def invite(self, who: Participant, case: Case, member: Participant) -> None:
        await self.do(cases.invite, who, case.id, member.id)
        case.members.append(member)
        case.timeline.append(CaseEvent(K.MEMBER_INVITED, who, member))

    async def leave(self, case: Case, member: Participant) -> None:
        await self.do(cases.remove, member, case.id, member.id)
        case.members.remove(member)
        case.timeline.append(CaseEvent(K.MEMBER_REMOVED, member, member))

    async def close_case(self, who: Participant, case: Case) -> None:
        await self.do(cases.close, who, case.id, CaseDisposition.DUPLICATE)
        case.status, case.disposition = CaseStatus.CLOSED, CaseDisposition.DUPLICATE
        case.timeline.append(CaseEvent(K.CLOSED, who))
