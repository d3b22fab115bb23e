"""Random worlds: from one seed, people who share, hide, retract, link, review and come and go."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.rules.labels import ContributionStatus
from app.rules.links import Relation
from app.rules.participants import ParticipantStatus
from app.rules.scopes import Scope
from app.rules.verdicts import EnforcementAction, Verdict, VerdictReason
from app.rules.victim_reports import VictimDecision, VictimReportState
from app.services import match_keys
from tests.oracle import contributing, operating, reviewing, values
from tests.oracle.chance import Chance
from tests.oracle.contributing import Statement
from tests.oracle.facts import Case, Contribution, Participant, Signal, Value
from tests.oracle.reviewing import Finding

S = ParticipantStatus
_ACTIONS = ((EnforcementAction.ACCOUNT_REMOVED, 2), (EnforcementAction.URL_BLOCKED, 1))


@dataclass
class World(Chance):
    """One world on its way."""

    values: list[Value] = field(init=False)

    def __post_init__(self) -> None:
        self.values = values.drawn(self.rng)

    async def open(self) -> None:
        """What each world begins with: signals by several contributors, links, a case, feedback and reveals."""
        for who in self.able(Scope.SIGNALS_WRITE):
            await self.upload(who, self.rng.sample(self.values, self.rng.randint(4, 6)), key=who.slug)
        for who in self.some(self.able(Scope.SIGNALS_MATCH), 1):
            await self.scene.do(match_keys.issue, who, self.scene.keyring)
        for who in self.some(self.able(Scope.SIGNALS_WRITE), 2):
            await self.link(who)
        await self.open_case(members=2)
        for case in self.scene.facts.cases:
            await self._write_note(case, case.opener)
        for who in self.some(self.able(Scope.FEEDBACK_WRITE), 3):
            await self.review(who, 5)
        for who in self.some(self.able(Scope.SIGNALS_REVEAL), 1):
            await self.reveal(who)

    async def go_on(self, acts: int) -> None:
        """What differs: this many acts, each possible one as likely as it is listed."""
        for act in self.rng.choices(self._acts(), k=acts):
            await act()

    async def end(self) -> None:
        """Somebody's status changes, time passes; some of what lapses is swept, the rest merely lies there."""
        for _ in range(self.rng.choice([1, 2])):
            await self.change_status()
        await self._suspend_somebody()
        self.scene.pause(days=self.rng.choice([1, 2]))
        if self.rng.random() < 0.6:
            await contributing.sweep(self.scene)
            self.scene.pause(days=self.rng.choice([0, 2]))
        self.scene.pause(seconds=1)

    def _acts(self) -> Sequence[Callable[[], Awaitable[None]]]:
        often = (self.share_more, self.change, self.change_audience, self.retract, self.review_more, self.hold_back)
        seldom = (
            self.renew,
            self.link_more,
            self.unlink,
            self.report_victim,
            self.decide,
            self.hide_signal,
            self.hide_participant,
            self.quarantine,
            self.release,
            self.change_group,
            self.change_status,
            self.open_case,
            self.work_in_case,
            self.reveal_more,
            self.let_time_pass,
        )
        return (*often, *often, *seldom)

    # --- Acting -----------------------------------------------------------------------------------------------------

    async def upload(self, who: Participant, about: Sequence[Value], key: str | None = None) -> None:
        said = [Statement(value, self.labels(), self.audience(who), self.expiry()) for value in about]
        await contributing.upload(self.scene, who, said, key)

    async def share_more(self) -> None:
        for who in self.some(self.able(Scope.SIGNALS_WRITE), 1):
            await self.upload(who, self.rng.sample(self.values, 2))

    async def change(self) -> None:
        for said in self.some(self.lively(Scope.SIGNALS_WRITE), 1):
            new = self.labels()
            changes: Any = self.rng.choice([{"severity": new.severity}, {"confidence": new.confidence}])
            await contributing.update(self.scene, said, self._kept_audience(said), **changes)

    async def change_audience(self) -> None:
        for said in self.some(self.lively(Scope.SIGNALS_WRITE), 1):
            await contributing.update(self.scene, said, self.audience(said.contributor))

    def _kept_audience(self, said: Contribution) -> frozenset[UUID] | None:
        """A contributor cannot name a group that it has left since."""
        kept = (said.groups or frozenset()) & said.contributor.groups
        return kept or None

    async def retract(self) -> None:
        for who in self.some(self.able(Scope.SIGNALS_RETRACT), 1):
            if ended := self.some(self.live(who), 2):
                await contributing.retract(self.scene, who, ended)

    async def renew(self) -> None:
        for said in self.some(self.lively(Scope.SIGNALS_WRITE), 1):
            await contributing.renew(self.scene, said)

    async def link(self, who: Participant) -> None:
        own = [c.signal for c in self.live(who)]
        if len(own) < 2:
            return
        relations = (Relation.SAME_ACTOR, Relation.HOSTED_AT)
        distinct: dict[object, tuple[Signal, Signal, Relation]] = {}
        for _ in range(6):
            a, b = self.rng.sample(own, 2)
            relation = self.rng.choice(relations)
            distinct[frozenset((a, b)), relation] = (a, b, relation)
        await contributing.link(self.scene, who, list(distinct.values()))

    async def link_more(self) -> None:
        for who in self.some(self.able(Scope.SIGNALS_WRITE), 1):
            await self.link(who)

    async def unlink(self) -> None:
        able = self.able(Scope.SIGNALS_WRITE)
        for one in self.some([k for k in self.scene.facts.links if k.asserter in able], 1):
            await contributing.unlink(self.scene, one)

    async def review(self, who: Participant, most: int) -> None:
        others = [s for s in self.seen(who) if reviewing.seen_of_others(self.scene, who, s)]
        if asked := self.some(others, most):
            await reviewing.record(self.scene, who, [self._finding(signal) for signal in asked])

    def _finding(self, signal: Signal) -> Finding:
        return self.rng.choice(
            [
                Finding(signal, Verdict.CONFIRMED_VIOLATION, actions=self.rng.choice([(), _ACTIONS])),
                Finding(signal, Verdict.FALSE_POSITIVE, VerdictReason.WRONG_LABEL),
                Finding(signal, Verdict.FALSE_POSITIVE, VerdictReason.BENIGN_CONTENT),
                Finding(signal, Verdict.NO_MATCH),
                Finding(signal, Verdict.NOT_VIOLATING_HERE),
            ]
        )

    async def review_more(self) -> None:
        for who in self.some(self.able(Scope.FEEDBACK_WRITE), 1):
            await self.review(who, 2)

    async def report_victim(self) -> None:
        for who in self.some(self.able(Scope.FEEDBACK_WRITE), 1):
            others = [s for s in self.seen(who) if reviewing.seen_of_others(self.scene, who, s)]
            for signal in self.some(others, 1):
                await reviewing.report_victim(self.scene, who, signal)

    async def decide(self) -> None:
        open_ones = [r for r in self.scene.facts.reports if r.state is VictimReportState.HIDDEN and not r.signal.erased]
        for report in self.some(open_ones, 1):
            await operating.decide(self.scene, report, self.rng.choice(tuple(VictimDecision)))

    async def reveal(self, who: Participant) -> None:
        if asked := self.some(self.seen(who), 3):
            own_cases = [c for c in self.scene.facts.cases if self.scene.oracle.sees_case(who, c)]
            await reviewing.reveal(self.scene, who, asked, self.rng.choice([None, *own_cases]))

    async def reveal_more(self) -> None:
        for who in self.some(self.able(Scope.SIGNALS_REVEAL), 1):
            await self.reveal(who)

    async def open_case(self, members: int = 1) -> None:
        for who in self.some(self.able(Scope.CASES_WRITE), 1):
            others = [p for p in self.able(Scope.CASES_READ) if p is not who]
            await reviewing.open_case(self.scene, who, self.some(self.seen(who), 4), self.some(others, members))

    async def work_in_case(self) -> None:
        """Everything that a member can do; another member than the opener leaves."""
        for case in self.some([c for c in self.scene.facts.cases if c.disposition is None], 1):
            able = [m for m in case.members if m in self.able(Scope.CASES_WRITE)]
            for who in self.some(able, 1):
                await self.rng.choice([self._add_to_case, self._write_note, self._invite, self._leave, self._close])(
                    case, who
                )

    async def _add_to_case(self, case: Case, who: Participant) -> None:
        if more := self.some(self.seen(who), 2):
            await reviewing.add_to_case(self.scene, who, case, more)

    async def _write_note(self, case: Case, who: Participant) -> None:
        await reviewing.write_note(self.scene, who, case)

    async def _invite(self, case: Case, who: Participant) -> None:
        for other in self.some([p for p in self.able(Scope.CASES_READ) if p not in case.members], 1):
            await reviewing.invite(self.scene, who, case, other)

    async def _leave(self, case: Case, who: Participant) -> None:
        if who is not case.opener:
            await reviewing.leave(self.scene, who, case)

    async def _close(self, case: Case, who: Participant) -> None:
        await reviewing.close_case(self.scene, who, case)

    # --- Operating --------------------------------------------------------------------------------------------------

    async def hold_back(self) -> None:
        """Hide some contributions, or show them again."""
        if chosen := self.some(self.live(), 2):
            await operating.hide(self.scene, chosen, hidden=self.rng.random() < 0.7)

    async def hide_signal(self) -> None:
        for signal in self.some(self.seen(self.scene.operator), 1):
            await operating.hide_signal(self.scene, signal, hidden=self.rng.random() < 0.7)

    async def hide_participant(self) -> None:
        for who in self.some(self.able(Scope.SIGNALS_WRITE), 1):
            await operating.hide_participant(self.scene, who, hidden=self.rng.random() < 0.6)

    async def quarantine(self) -> None:
        for who in self.some(self.able(Scope.SIGNALS_WRITE), 1):
            await operating.quarantine(self.scene, who, quarantines=True)
            await self.upload(who, self.rng.sample(self.values, 3))

    async def release(self) -> None:
        held = [c for c in self.live() if c.status is ContributionStatus.QUARANTINED]
        if chosen := self.some(held, 2):
            await operating.release(self.scene, chosen)

    async def change_group(self) -> None:
        people = [p for p in self.scene.facts.participants if p.status in (S.ACTIVE, S.RESTRICTED, S.SUSPENDED)]
        who, group = self.rng.choice(people), self.rng.choice(self.scene.facts.groups)
        await (operating.take_out if group in who.groups else operating.let_in)(self.scene, who, group)

    async def change_status(self) -> None:
        """A step of anybody but the first operator; who is about to leave goes first."""
        others = [p for p in self.scene.facts.participants if p is not self.scene.operator]
        who = self.rng.choice([p for p in others if p.status is S.OFFBOARDING] or others)
        steps = {
            S.ACTIVE: (S.RESTRICTED, S.SUSPENDED, S.SUSPENDED, S.OFFBOARDING),
            S.RESTRICTED: (S.ACTIVE, S.SUSPENDED),
            S.SUSPENDED: (S.ACTIVE, S.OFFBOARDING),
            S.OFFBOARDING: (S.TERMINATED,),
        }
        if who.status in steps:
            await operating.move_on(self.scene, who, self.rng.choice(steps[who.status]))

    async def _suspend_somebody(self) -> None:
        people = self.scene.facts.participants
        if not any(p.status is S.SUSPENDED for p in people):
            who = self.rng.choice([p for p in people[1:] if p.status in (S.ACTIVE, S.RESTRICTED)])
            await operating.move_on(self.scene, who, S.SUSPENDED)

    async def let_time_pass(self) -> None:
        self.scene.pause(days=1)
        if self.rng.random() < 0.5:
            await contributing.sweep(self.scene)
