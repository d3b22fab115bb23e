"""What there is in a world: what each must have, and what must be met often enough in all of them."""

from app.rules.labels import ContributionStatus
from app.rules.participants import ParticipantStatus
from app.rules.victim_reports import VictimReportState
from tests.oracle.facts import Facts
from tests.oracle.oracle import Oracle

S = ParticipantStatus
C = ContributionStatus
# Worlds of a hundred in which each situation has to be met.
OFTEN = 5


def lacking(oracle: Oracle) -> list[str]:
    """What the world should have and has not."""
    facts = oracle.facts
    has = {
        "three participants": len(facts.participants) >= 3,
        "two groups": len(facts.groups) >= 2,
        "eight signals": len(facts.signals) >= 8,
        "both kinds of audience": {c.groups is None for c in facts.contributions} == {True, False},
        "a value of several": any(len(list(facts.on(signal))) > 1 for signal in facts.signals),
        "a case with members": any(len(case.members) > 1 for case in facts.cases),
        "links": bool(facts.links or facts.ended_links),
        "feedback": bool(facts.feedback),
        "somebody suspended": any(p.status is S.SUSPENDED for p in facts.participants),
        "something expired": any(_is_over(oracle, facts)),
    }
    return [name for name, there in has.items() if not there]


def _is_over(oracle: Oracle, facts: Facts) -> list[bool]:
    return [c.status is C.EXPIRED or oracle.now >= c.expires_at for c in facts.contributions]


def situations(oracle: Oracle) -> set[str]:
    """What decides who sees something, as far as it is met here."""
    facts = oracle.facts
    met = {f"a participant {p.status}" for p in facts.participants}
    met |= {f"a contribution {c.status}" for c in facts.contributions}
    for c in facts.contributions:
        if not c.ended and not oracle.is_live(c):
            met.add("a contribution lapsed, not swept")
        if oracle.is_live(c) and c.hidden:
            met.add("a contribution hidden")
        if oracle.is_live(c) and c.signal.hidden:
            met.add("a signal hidden")
        if oracle.is_live(c) and c.contributor.status is S.SUSPENDED:
            met.add("a contribution of somebody suspended")
        if oracle.is_live(c) and c.groups and c.groups.isdisjoint(c.contributor.groups):
            met.add("a contribution to groups that its contributor left")
    met |= {"a signal erased" for s in facts.signals if s.erased}
    met |= {"a link ended" for _ in facts.ended_links}
    hiding = (VictimReportState.HIDDEN, VictimReportState.CONFIRMED)
    met |= {
        "a signal hidden by a report of a victim" for r in facts.reports if r.state in hiding and not r.signal.erased
    }
    met |= {"a second operator" for p in facts.participants if p.slug == "second-operator"}
    return met


# Those of them that the comparisons would be worth little without.
EXPECTED = frozenset(
    {
        *(f"a participant {status}" for status in (S.ACTIVE, S.RESTRICTED, S.SUSPENDED, S.OFFBOARDING, S.TERMINATED)),
        *(f"a contribution {status}" for status in C),
        "a contribution lapsed, not swept",
        "a contribution hidden",
        "a signal hidden",
        "a contribution of somebody suspended",
        "a signal erased",
        "a link ended",
        "a signal hidden by a report of a victim",
        "a second operator",
    }
)
