"""What came of one contributor's signals: the funnel, and breakdowns that single out nobody."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import InvalidInput, Refusal
from app.rules.labels import Violation
from app.rules.moments import checked_moment
from app.rules.participants import ParticipantClass
from app.rules.signal_types import SignalType
from app.rules.verdicts import REVIEWED, EnforcementAction, Verdict, enforces, implies

# Reporting participants that every published number of a breakdown rests on.
MIN_REPORTERS = 3
MAX_PERIOD_DAYS = 400
# The key of the cell that holds what no other cell of its breakdown holds.
OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC, the end excluded: two periods differ by whole days of reports, not by a chosen one."""

    since: datetime
    until: datetime

    @classmethod
    def covering(cls, since: datetime, until: datetime) -> "Period":
        """The shortest period of whole days that holds all from `since` to `until`.

        Raises: InvalidInput if there is nothing between them, or more than 400 days.
        """
        start, end = checked_moment(since, "from"), checked_moment(until, "to")
        if end <= start:
            raise InvalidInput("The period ends before it begins.", field="to", reason=Refusal.EMPTY_PERIOD)
        if end - start > timedelta(days=MAX_PERIOD_DAYS):
            raise InvalidInput(
                f"A period has at most {MAX_PERIOD_DAYS} days.", field="to", reason=Refusal.PERIOD_TOO_LONG
            )
        last = _midnight(end)
        return cls(_midnight(start), last if last == end else last + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Findings:
    """Alike feedback of one reporting participant: how many, and what each of them says."""

    reporter: int
    reporter_class: ParticipantClass
    signal_type: SignalType
    violations: frozenset[Violation]
    verdict: Verdict
    actions: Mapping[EnforcementAction, int]
    count: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """The numbers of some feedback, counted in feedback: one participant on one signal.

    `downloaded` says that the signal was taken in, `matched` that something was found with it, `reviewed` that
    somebody looked at what was found, `actionable` that it violated the reporter's policy, `already_actioned` that the
    reporter has acted on it.
    """

    downloaded: int
    matched: int
    reviewed: int
    actionable: int
    already_actioned: int
    actions: Mapping[EnforcementAction, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """The funnel of what has one key in common, or of what is in no other cell."""

    key: str
    funnel: Funnel


@dataclass(frozen=True, slots=True)
class Impact:
    period: Period
    total: Funnel
    by_signal_type: Sequence[Cell]
    by_violation: Sequence[Cell]
    by_participant_class: Sequence[Cell]


def impact(period: Period, findings: Sequence[Findings]) -> Impact:
    """The exact total, and breakdowns of which no cell, and no difference of cells, rests on less than three."""
    return Impact(
        period=period,
        total=funnel(findings),
        by_signal_type=breakdown(findings, lambda f: {f.signal_type}),
        by_violation=breakdown(findings, lambda f: f.violations),
        by_participant_class=breakdown(findings, lambda f: {f.reporter_class}),
    )


def breakdown(findings: Sequence[Findings], keys_of: Callable[[Findings], Collection[str]]) -> list[Cell]:
    """A cell for each key that may be published, by key, and one for what is in none of them."""
    published = _publishable(findings, keys_of)
    cells = [Cell(key, funnel([f for f in findings if key in keys_of(f)])) for key in sorted(published)]
    rest = [f for f in findings if published.isdisjoint(keys_of(f))]
    return [*cells, Cell(OTHER, funnel(rest))] if rest else cells


def _publishable(findings: Sequence[Findings], keys_of: Callable[[Findings], Collection[str]]) -> frozenset[str]:
    """The keys whose cells can be told.

    Whoever adds and subtracts cells, and the total, can single out the findings that count in the same cells, and
    nothing finer. So each such group needs enough reporters; while one has too few, a key is given up. Findings may
    have several keys, or none.
    """
    reporters = _reporters_by_key(findings, keys_of)
    published = frozenset(reporters)
    while published:
        groups: dict[frozenset[str], set[int]] = defaultdict(set)
        for finding in findings:
            groups[published.intersection(keys_of(finding))].add(finding.reporter)
        small = [keys for keys, who in groups.items() if len(who) < MIN_REPORTERS]
        if not small:
            break
        # What is in no cell grows with the smallest cell; any other group goes with the smallest of its own cells.
        named = frozenset().union(*small)
        published -= {min(named or published, key=lambda key: (len(reporters[key]), key))}
    return published


def _reporters_by_key(
    findings: Iterable[Findings], keys_of: Callable[[Findings], Collection[str]]
) -> Mapping[str, set[int]]:
    reporters: dict[str, set[int]] = defaultdict(set)
    for finding in findings:
        for key in keys_of(finding):
            reporters[key].add(finding.reporter)
    return reporters


def funnel(findings: Sequence[Findings]) -> Funnel:
    matched = [f for f in findings if implies(f.verdict, Verdict.MATCHED)]
    actions: Counter[EnforcementAction] = Counter()
    for finding in findings:
        for action, count in finding.actions.items():
            actions[action] += count * finding.count
    return Funnel(
        downloaded=_count(f for f in findings if implies(f.verdict, Verdict.INGESTED)),
        matched=_count(matched),
        reviewed=_count(f for f in matched if f.verdict in REVIEWED),
        actionable=_count(f for f in matched if f.verdict is Verdict.CONFIRMED_VIOLATION),
        already_actioned=_count(f for f in matched if enforces(f.actions)),
        actions=dict(sorted(actions.items())),
    )


def _count(findings: Iterable[Findings]) -> int:
    return sum(finding.count for finding in findings)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
