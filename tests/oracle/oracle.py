"""Who sees what: the rules of visibility in plain words, over the facts of a world.

Written from the rules of the domain (R1 to R18) and not from the program, which has to agree with it. Where the rules
leave a choice, it stands here with its reason.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.rules.labels import ContributionStatus, Handling, Severity, Violation
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.rules.verdicts import Opinion, Verdict, VerdictReason
from tests.oracle.facts import (
    AccessRecord,
    Case,
    CaseEvent,
    Contribution,
    Document,
    Facts,
    Feedback,
    Link,
    Participant,
    Signal,
)

_S = ParticipantStatus
_LIVE = (ContributionStatus.ACTIVE, ContributionStatus.QUARANTINED)
# An applicant is nobody's business yet, and who left is forgotten.
_LISTED = (_S.ACTIVE, _S.RESTRICTED, _S.SUSPENDED, _S.OFFBOARDING)
_GRAVEST = tuple(Severity)
_STRICTEST = (Handling.RED, Handling.AMBER_STRICT, Handling.AMBER, Handling.GREEN, Handling.CLEAR)


@dataclass(frozen=True)
class Told:
    """What a viewer reads of a signal: everything is derived from what it sees (R2)."""

    contributions: frozenset[tuple[Contribution, int]]
    contributors: tuple[Participant, ...]
    violations: tuple[Violation, ...]
    severity: Severity
    confidence: int
    handling: Handling
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Summed:
    """What all feedback that counts for a viewer says together."""

    opinion: Opinion
    verdicts: tuple[tuple[Verdict, int], ...]


@dataclass
class Oracle:
    facts: Facts
    now: datetime

    # --- Viewers ----------------------------------------------------------------------------------------------------

    def sees_others(self, viewer: Participant) -> bool:
        """R4: whoever is neither active nor restricted sees only its own."""
        return viewer.status in (_S.ACTIVE, _S.RESTRICTED)

    def operates(self, viewer: Participant) -> bool:
        return viewer.kind is ParticipantClass.OPERATOR and self.sees_others(viewer)

    def sees_participant(self, viewer: Participant, other: Participant) -> bool:
        if other is viewer or self.operates(viewer):
            return True
        return self.sees_others(viewer) and other.status in _LISTED

    def groups_shown(self, viewer: Participant, other: Participant) -> set[UUID]:
        """A group is known to its members and the operator, to nobody while it sees only its own."""
        if not self.sees_participant(viewer, other) or not self.sees_others(viewer):
            return set()
        return set(other.groups) if self.operates(viewer) else set(other.groups & viewer.groups)

    # --- Contributions and signals (R1, R4, R11) --------------------------------------------------------------------

    def is_live(self, contribution: Contribution) -> bool:
        """Neither retracted nor expired; what lapsed is over, whether or not the worker has swept it."""
        return contribution.status in _LIVE and self.now < contribution.expires_at

    def is_hidden(self, contribution: Contribution) -> bool:
        return contribution.hidden or contribution.signal.hidden

    def is_addressed(self, viewer: Participant, contribution: Contribution) -> bool:
        return contribution.groups is None or not contribution.groups.isdisjoint(viewer.groups)

    def sees(self, viewer: Participant, contribution: Contribution) -> bool:
        if contribution.contributor is viewer:
            return True
        if not self.sees_others(viewer) or not self.is_live(contribution):
            return False
        held_back = contribution.status is ContributionStatus.QUARANTINED or self.is_hidden(contribution)
        return self.operates(viewer) if held_back else self.is_addressed(viewer, contribution)

    def statements(self, viewer: Participant, signal: Signal) -> list[Contribution]:
        """Through which the signal is there for the viewer: an own one that ended does not count.

        Otherwise one would learn that others still share the value out of its sight.
        """
        return [c for c in self.facts.on(signal) if self.is_live(c) and self.sees(viewer, c)]

    def sees_signal(self, viewer: Participant, signal: Signal) -> bool:
        return bool(self.statements(viewer, signal))

    def told(self, viewer: Participant, signal: Signal) -> Told | None:
        seen = self.statements(viewer, signal)
        if not seen:
            return None
        first_come = sorted(seen, key=lambda c: (c.created_at, c.contributor.id))
        return Told(
            contributions=frozenset((c, c.version) for c in seen),
            contributors=tuple(c.contributor for c in first_come if self.sees_participant(viewer, c.contributor)),
            violations=tuple(v for v in Violation if any(v in c.violations for c in seen)),
            severity=max((c.severity for c in seen), key=_GRAVEST.index),
            confidence=max(c.confidence for c in seen),
            handling=min((c.handling for c in seen), key=_STRICTEST.index),
            created_at=min(c.created_at for c in seen),
            updated_at=max(c.updated_at for c in seen),
        )

    def is_all_of(self, viewer: Participant, signal: Signal) -> bool:
        """Whether nothing that lives of the signal is hidden from the viewer."""
        return all(self.sees(viewer, c) for c in self.facts.on(signal) if self.is_live(c))

    # --- Links (R5) -------------------------------------------------------------------------------------------------

    def sees_link(self, viewer: Participant, link: Link) -> bool:
        """At each end the viewer sees what the asserter contributes; then it sees both signals, too."""
        return all(
            any(c.contributor is link.asserter for c in self.statements(viewer, end)) for end in (link.a, link.b)
        )

    def network(self, viewer: Participant, start: Signal, depth: int) -> tuple[set[Signal], set[Link]]:
        """The signals within `depth` links that the viewer sees, and those links among them."""
        seen = [link for link in self.facts.links if self.sees_link(viewer, link)]
        reached = {start}
        for _ in range(depth):
            reached |= {end for k in seen for end in (k.a, k.b) if k.a in reached or k.b in reached}
        return reached, {link for link in seen if link.a in reached and link.b in reached}

    # --- Trusted documents ------------------------------------------------------------------------------------------

    def sees_document(self, viewer: Participant, document: Document) -> bool:
        """Its own, and the operator's, whatever became of either participant."""
        return document.owner is viewer or document.by_operator

    # --- Feedback and opinion (R7, R8, R9) --------------------------------------------------------------------------

    def sees_feedback(self, viewer: Participant, feedback: Feedback) -> bool:
        return feedback.author is viewer or self.received(viewer, feedback)

    def received(self, viewer: Participant, feedback: Feedback) -> bool:
        """It refers to what the viewer contributed, whatever became of that since; it stays another's data (R4)."""
        return self.sees_others(viewer) and any(c.contributor is viewer for c in feedback.references)

    def counts(self, viewer: Participant, feedback: Feedback) -> bool:
        """Whether it is part of the opinion: about something that the viewer sees, and not settled by new labels."""
        if not self.sees_others(viewer):
            return False
        about = {c: version for c, version in feedback.references.items() if self.is_live(c) and self.sees(viewer, c)}
        if feedback.reason is VerdictReason.WRONG_LABEL:
            return any(c.labels_version <= version for c, version in about.items())
        return bool(about)

    def summed(self, viewer: Participant, signal: Signal) -> Summed:
        tally = Counter(f.verdict for f in self.feedback_on(signal) if self.counts(viewer, f))
        return Summed(opinion(tally), tuple((v, tally[v]) for v in Verdict if v in tally))

    def feedback_on(self, signal: Signal) -> list[Feedback]:
        return [f for f in self.facts.feedback if f.signal is signal]

    # --- Cases (R6) -------------------------------------------------------------------------------------------------

    def sees_case(self, viewer: Participant, case: Case) -> bool:
        return self.sees_others(viewer) and viewer in case.members

    def case_signals(self, viewer: Participant, case: Case) -> list[Signal]:
        """In the order of their coming; a signal that the viewer does not see is not there."""
        return [signal for signal in case.signals if self.sees_signal(viewer, signal)]

    def case_timeline(self, viewer: Participant, case: Case) -> list[CaseEvent]:
        return [e for e in case.timeline if not isinstance(e.subject, Signal) or self.sees_signal(viewer, e.subject)]

    # --- Access records (R13) ---------------------------------------------------------------------------------------

    def sees_record(self, viewer: Participant, record: AccessRecord) -> bool:
        """The contributors that the reader saw: the others would learn that somebody else shares the value."""
        return viewer in record.told

    # --- Why --------------------------------------------------------------------------------------------------------

    def explained(self, viewer: Participant, signals: Sequence[Signal]) -> str:
        """Each contribution to the signals, and whether and why the viewer sees it."""
        lines = [f"  viewer {viewer.slug}: {viewer.kind} {viewer.status}, as of {self.now:%m-%d %H:%M:%S}"]
        for c in (c for signal in signals for c in self.facts.on(signal)):
            states = [c.status, "lapsed" if self.now >= c.expires_at else "", "hidden" if self.is_hidden(c) else ""]
            audience = "program" if c.groups is None else f"{len(c.groups)} groups"
            sight = "seen" if self.sees(viewer, c) else "unseen"
            addressed = "addressed" if self.is_addressed(viewer, c) else "not addressed"
            said = " ".join(state for state in states if state)
            lines.append(f"  {sight}: v{c.version} of {c.contributor.slug}, {said}, to {audience}, {addressed}")
        return "\n".join(lines)


def opinion(tally: Counter[Verdict]) -> Opinion:
    confirmed, denied = tally[Verdict.CONFIRMED_VIOLATION] > 0, tally[Verdict.FALSE_POSITIVE] > 0
    return {
        (False, False): Opinion.INVESTIGATION_SEED,
        (True, False): Opinion.CONFIRMED,
        (True, True): Opinion.DISPUTED,
        (False, True): Opinion.FALSE_POSITIVE,
    }[confirmed, denied]
