"""What has happened in a world, as plain facts; who sees which of them is for the oracle to say."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from app.rules.actor import SignedIn
from app.rules.cases import CaseDisposition, CaseEventKind, CaseStatus
from app.rules.labels import ContributionStatus, Handling, Severity, Violation
from app.rules.links import Relation
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.rules.signal_types import SignalType
from app.rules.verdicts import EnforcementAction, Verdict, VerdictReason
from app.rules.victim_reports import VictimReportState


@dataclass(eq=False)
class Participant:
    id: UUID
    client_id: UUID
    slug: str
    kind: ParticipantClass
    status: ParticipantStatus
    groups: set[UUID] = field(default_factory=set)
    # Of its change feed: counts how often what it sees has changed at once.
    epoch: int = 1

    @property
    def signed_in(self) -> SignedIn:
        """Its one person who may sign in, at its one program."""
        return SignedIn(uuid5(self.id, "person"), uuid5(self.id, "sign-in"))

    @property
    def former_id(self) -> UUID:
        """The id of a person of its who was shut out."""
        return uuid5(self.id, "former person")


@dataclass(frozen=True)
class Value:
    """What a signal points at. Values of one `family` have a match key in common; `bits` are those of a PDQ hash."""

    type: SignalType
    text: str
    family: str | None = None
    bits: int | None = None
    platform: str | None = None


@dataclass(eq=False)
class Signal:
    """From its first contribution until the last one ends; the same value then begins another signal."""

    id: UUID
    value: Value
    # With all that anybody contributes to it, now and later; no contribution changes by it (R11).
    hidden: bool = False
    erased: bool = False


@dataclass(eq=False)
class Contribution:
    """What one participant says about one signal; `groups` is null where the whole program is the audience."""

    id: UUID
    signal: Signal
    contributor: Participant
    groups: frozenset[UUID] | None
    status: ContributionStatus
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    violations: tuple[Violation, ...]
    severity: Severity
    confidence: int
    handling: Handling
    version: int = 1
    labels_version: int = 1
    hidden: bool = False

    @property
    def ended(self) -> bool:
        return self.status in (ContributionStatus.RETRACTED, ContributionStatus.EXPIRED)

    def change(self, at: datetime, **said: object) -> None:
        """Say something else from now on, if it is something else; other groups are none of those who read it."""
        different = {name for name, value in said.items() if getattr(self, name) != value}
        other_groups_alone = different == {"groups"} and None not in (self.groups, said["groups"])
        for name in different:
            setattr(self, name, said[name])
        if not different or other_groups_alone:
            return
        self.version, self.updated_at = self.version + 1, at
        if different & {"violations", "severity"}:
            self.labels_version = self.version

    def hold(self, at: datetime, **state: object) -> None:
        """Hold it back or let it go: a change, though nothing that its contributor said."""
        if any(getattr(self, name) != value for name, value in state.items()):
            for name, value in state.items():
                setattr(self, name, value)
            self.updated_at = at


@dataclass(eq=False)
class Link:
    id: UUID
    a: Signal
    b: Signal
    relation: Relation
    asserter: Participant


@dataclass(eq=False)
class Feedback:
    """What the author said last, and the version of each contribution that it saw then (R7)."""

    id: UUID
    author: Participant
    signal: Signal
    verdict: Verdict
    reason: VerdictReason | None
    actions: dict[EnforcementAction, int]
    references: dict[Contribution, int]
    note: str
    created_at: datetime
    updated_at: datetime


@dataclass(eq=False)
class VictimReport:
    id: UUID
    reporter: Participant
    signal: Signal
    feedback: Feedback
    state: VictimReportState


@dataclass(eq=False)
class Note:
    id: UUID
    author: Participant
    text: str


@dataclass(frozen=True)
class CaseEvent:
    kind: CaseEventKind
    actor: Participant
    subject: Participant | Signal | Note | None = None


@dataclass(eq=False)
class Case:
    id: UUID
    opener: Participant
    title: str
    status: CaseStatus = CaseStatus.OPEN
    disposition: CaseDisposition | None = None
    members: list[Participant] = field(default_factory=list)
    signals: dict[Signal, Participant] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    timeline: list[CaseEvent] = field(default_factory=list)


@dataclass(eq=False)
class AccessRecord:
    """A reveal, and the contributors whose contribution its reader saw at that time (R13)."""

    id: UUID
    reader: Participant
    signal: Signal
    case: Case | None
    told: frozenset[Participant]


@dataclass(frozen=True)
class Document:
    """A trusted document, of the operator for everybody."""

    id: UUID
    owner: Participant
    by_operator: bool
    retired: bool


@dataclass
class Facts:
    groups: list[UUID] = field(default_factory=list)
    participants: list[Participant] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    contributions: list[Contribution] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    ended_links: list[Link] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    reports: list[VictimReport] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    records: list[AccessRecord] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)

    def on(self, signal: Signal) -> Iterator[Contribution]:
        return (c for c in self.contributions if c.signal is signal)

    def end(self, ended: list[Contribution], status: ContributionStatus) -> None:
        """With a contribution go its contributor's links there; with the last one the value (R5, R15)."""
        for contribution in ended:
            contribution.status = status
        over = {(c.contributor, c.signal) for c in ended}
        gone = [k for k in self.links if (k.asserter, k.a) in over or (k.asserter, k.b) in over]
        self.links = [link for link in self.links if link not in gone]
        self.ended_links += gone
        for signal in {c.signal for c in ended}:
            signal.erased = all(c.ended for c in self.on(signal))
