"""What each viewer may learn from the change feed: that something happened to a contribution that it could see (R17).

The feed of a viewer tells a signal only for a change that the viewer could see before or after; anything else would
show that somebody out of its sight did something (R18).
"""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.rules.labels import ContributionStatus
from tests.oracle.facts import Contribution, Feedback, Participant, Signal
from tests.oracle.oracle import Oracle

PROGRAM, OPERATOR = "program", "operator"


@dataclass
class History:
    """Looked at between any two acts; `told` is filled as the exchange should fill the feeds."""

    told: dict[Participant, list[tuple[datetime, Signal]]] = field(default_factory=lambda: defaultdict(list))
    restarts: dict[Participant, datetime] = field(default_factory=dict)
    # Every audience that a contribution has had.
    audiences: dict[Contribution, set[frozenset[UUID] | str]] = field(default_factory=lambda: defaultdict(set))
    _states: dict[UUID, tuple[Hashable, frozenset[UUID] | None]] = field(default_factory=dict)
    _seen_by: dict[UUID, set[Participant]] = field(default_factory=lambda: defaultdict(set))

    def note(self, oracle: Oracle) -> None:
        """Take down who could see what has changed since the last time, before or after that.

        What lapsed counts as seen until it is swept: its end is announced to those who saw it.
        """
        unlapsed = Oracle(oracle.facts, datetime.min.replace(tzinfo=oracle.now.tzinfo))
        for contribution in oracle.facts.contributions:
            before = self._seen_by[contribution.id]
            after = {viewer for viewer in oracle.facts.participants if unlapsed.sees(viewer, contribution)}
            state, groups = _state(contribution), contribution.groups
            state_before, groups_before = self._states.get(contribution.id, (None, None))
            if state != state_before:
                self._tell(before | after, contribution.signal, oracle.now)
            elif groups != groups_before:
                # Told to those alone who gain or lose sight by it, and to the contributor.
                self._tell((before ^ after) | {contribution.contributor}, contribution.signal, oracle.now)
            self.audiences[contribution].add(_audience(oracle, contribution))
            self._states[contribution.id], self._seen_by[contribution.id] = (state, groups), after

    def spoken(self, oracle: Oracle, feedback: Feedback) -> None:
        """Feedback moves the opinion of those who see what it refers to."""
        viewers = {viewer for viewer in oracle.facts.participants if oracle.counts(viewer, feedback)}
        self._tell(viewers, feedback.signal, oracle.now)

    def restarted(self, viewer: Participant, at: datetime) -> None:
        """So much came into or went out of its sight at once that it begins afresh."""
        self.restarts[viewer] = at

    def was_addressed(self, oracle: Oracle, viewer: Participant, contribution: Contribution) -> bool:
        """Whether it was ever for the viewer to see, as what it is now."""
        had = self.audiences[contribution]
        groups = {group for audience in had if isinstance(audience, frozenset) for group in audience}
        return (
            contribution.contributor is viewer
            or (oracle.sees_others(viewer) and (PROGRAM in had or not groups.isdisjoint(viewer.groups)))
            or (oracle.operates(viewer) and OPERATOR in had)
        )

    def told_since(self, viewer: Participant, since: datetime) -> set[Signal]:
        return {signal for at, signal in self.told[viewer] if at > since}

    def _tell(self, viewers: set[Participant], signal: Signal, at: datetime) -> None:
        for viewer in viewers:
            self.told[viewer].append((at, signal))


def _state(contribution: Contribution) -> Hashable:
    c = contribution
    return (c.version, c.status, c.expires_at, c.hidden, c.signal.hidden)


def _audience(oracle: Oracle, contribution: Contribution) -> frozenset[UUID] | str:
    if contribution.status is ContributionStatus.QUARANTINED or oracle.is_hidden(contribution):
        return OPERATOR
    return PROGRAM if contribution.groups is None else contribution.groups
