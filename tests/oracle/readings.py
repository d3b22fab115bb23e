"""What a viewer should read of each object: the oracle's verdict in the shape of the schema's answers.

Null stands for what is hidden. Lists without a promised order are sorted.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from app.rules.ids import Prefix, shown
from app.rules.verdicts import EnforcementAction, Verdict
from tests.oracle.facts import (
    AccessRecord,
    Case,
    CaseEvent,
    Contribution,
    Document,
    Feedback,
    Link,
    Note,
    Participant,
    Signal,
    VictimReport,
)
from tests.oracle.oracle import Oracle

Read = dict[str, Any] | None
# How far each verdict that worlds use comes in the funnel (domain, section 4): downloaded, matched, reviewed,
# actionable.
_FUNNEL = {
    Verdict.CONFIRMED_VIOLATION: (1, 1, 1, 1),
    Verdict.NOT_VIOLATING_HERE: (1, 1, 1, 0),
    Verdict.NO_MATCH: (1, 0, 0, 0),
    Verdict.FALSE_POSITIVE: (0, 0, 0, 0),
}
_ENFORCING = set(EnforcementAction) - {EnforcementAction.NO_ACTION, EnforcementAction.INVESTIGATION_OPENED}


def sig(signal: Signal) -> str:
    return shown(Prefix.SIGNAL, signal.id)


def par(participant: Participant) -> str:
    return shown(Prefix.PARTICIPANT, participant.id)


def con(contribution: Contribution) -> str:
    return shown(Prefix.CONTRIBUTION, contribution.id)


def ref(id: str) -> dict[str, str]:
    return {"id": id}


def moment(at: datetime) -> str:
    return at.isoformat()


def participant(oracle: Oracle, viewer: Participant, one: Participant) -> Read:
    if not oracle.sees_participant(viewer, one):
        return None
    groups = sorted(shown(Prefix.GROUP, id) for id in oracle.groups_shown(viewer, one))
    return {"id": par(one), "status": one.status, "groups": [ref(id) for id in groups]}


def named(oracle: Oracle, viewer: Participant, one: Participant) -> Read:
    """A participant where something refers to it."""
    return ref(par(one)) if oracle.sees_participant(viewer, one) else None


def group(oracle: Oracle, viewer: Participant, one: UUID) -> Read:
    known = oracle.operates(viewer) or (oracle.sees_others(viewer) and one in viewer.groups)
    return ref(shown(Prefix.GROUP, one)) if known else None


def signal(oracle: Oracle, viewer: Participant, one: Signal) -> Read:
    told = oracle.told(viewer, one)
    if told is None:
        return None
    summed = oracle.summed(viewer, one)
    return {
        "id": sig(one),
        "violations": list(told.violations),
        "severity": told.severity,
        "confidence": told.confidence,
        "handling": told.handling,
        "createdAt": moment(told.created_at),
        "updatedAt": moment(told.updated_at),
        "contributors": [ref(par(c)) for c in told.contributors],
        "contributions": sorted(
            ({"id": con(c), "version": version} for c, version in told.contributions), key=lambda c: str(c["id"])
        ),
        "feedbackSummary": {
            "opinion": summed.opinion,
            "verdicts": [{"verdict": verdict, "participants": count} for verdict, count in summed.verdicts],
        },
    }


def signal_named(oracle: Oracle, viewer: Participant, one: Signal) -> Read:
    return ref(sig(one)) if oracle.sees_signal(viewer, one) else None


def contribution(oracle: Oracle, viewer: Participant, one: Contribution) -> Read:
    if not oracle.sees(viewer, one):
        return None
    own = one.contributor is viewer
    groups = sorted(shown(Prefix.GROUP, id) for id in one.groups or ())
    there = oracle.sees_signal(viewer, one.signal)
    return {
        "id": con(one),
        "status": one.status,
        "severity": one.severity,
        "programWide": one.groups is None,
        "contributor": named(oracle, viewer, one.contributor),
        "signal": ref(sig(one.signal)) if there else None,
        "value": one.signal.value.text if own and there else None,
        "audienceGroups": groups if own else None,
    }


def link(oracle: Oracle, viewer: Participant, one: Link) -> Read:
    if not oracle.sees_link(viewer, one):
        return None
    return {
        "id": shown(Prefix.LINK, one.id),
        "relation": one.relation,
        "from": ref(sig(one.a)),
        "to": ref(sig(one.b)),
        "assertedBy": named(oracle, viewer, one.asserter),
    }


def feedback(oracle: Oracle, viewer: Participant, one: Feedback) -> Read:
    if not oracle.sees_feedback(viewer, one):
        return None
    own = one.author is viewer
    return {
        "id": shown(Prefix.FEEDBACK, one.id),
        "verdict": one.verdict,
        "reason": one.reason,
        "actions": [{"action": action, "count": one.actions[action]} for action in sorted(one.actions)],
        "updatedAt": moment(one.updated_at if own else one.updated_at.replace(minute=0, second=0, microsecond=0)),
        "signal": signal_named(oracle, viewer, one.signal),
        "author": ref(par(one.author)) if own else None,
        "createdAt": moment(one.created_at) if own else None,
        "note": one.note if own else None,
        "policyReference": "Policy 4.2" if own else None,
        "reviewerRole": "Analyst" if own else None,
    }


def case(oracle: Oracle, viewer: Participant, one: Case) -> Read:
    if not oracle.sees_case(viewer, one):
        return None
    return {
        "id": shown(Prefix.CASE, one.id),
        "title": one.title,
        "status": one.status,
        "disposition": one.disposition,
        "openedBy": named(oracle, viewer, one.opener),
        "members": in_order({"participant": named(oracle, viewer, member)} for member in one.members),
        "signals": in_order(
            {"signal": ref(sig(s)), "addedBy": named(oracle, viewer, one.signals[s])}
            for s in oracle.case_signals(viewer, one)
        ),
        "notes": in_order({"text": n.text, "author": named(oracle, viewer, n.author)} for n in one.notes),
        "timeline": in_order(_event(oracle, viewer, e) for e in oracle.case_timeline(viewer, one)),
    }


def _event(oracle: Oracle, viewer: Participant, one: CaseEvent) -> dict[str, Any]:
    about = one.subject
    return {
        "kind": one.kind,
        "actor": named(oracle, viewer, one.actor),
        "member": named(oracle, viewer, about) if isinstance(about, Participant) else None,
        "signal": ref(sig(about)) if isinstance(about, Signal) else None,
        "note": ref(shown(Prefix.NOTE, about.id)) if isinstance(about, Note) else None,
    }


def in_order(items: Iterable[Any]) -> list[Any]:
    return sorted(items, key=repr)


def note(oracle: Oracle, viewer: Participant, of: Case, one: Note) -> Read:
    return {"id": shown(Prefix.NOTE, one.id), "text": one.text} if oracle.sees_case(viewer, of) else None


def record(oracle: Oracle, viewer: Participant, one: AccessRecord) -> Read:
    if not oracle.sees_record(viewer, one):
        return None
    in_case = one.case is not None and oracle.sees_case(viewer, one.case)
    return {
        "id": shown(Prefix.ACCESS_RECORD, one.id),
        "reader": named(oracle, viewer, one.reader),
        "signal": signal_named(oracle, viewer, one.signal),
        "case": ref(shown(Prefix.CASE, one.case.id)) if one.case is not None and in_case else None,
    }


def report(oracle: Oracle, viewer: Participant, one: VictimReport) -> Read:
    """For the operator alone, who decides."""
    if not oracle.operates(viewer):
        return None
    return {
        "id": shown(Prefix.VICTIM_REPORT, one.id),
        "state": one.state,
        "signal": signal_named(oracle, viewer, one.signal),
        "reporter": named(oracle, viewer, one.reporter),
    }


def document(oracle: Oracle, viewer: Participant, one: Document) -> Read:
    if not oracle.sees_document(viewer, one):
        return None
    return {"id": shown(Prefix.DOCUMENT, one.id), "byOperator": one.by_operator}


def funnel(counted: Iterable[Feedback]) -> dict[str, Any]:
    """What came of signals, added up over feedback."""
    counted = list(counted)
    steps = [sum(_FUNNEL[f.verdict][step] for f in counted) for step in range(4)]
    actions: Counter[EnforcementAction] = Counter()
    for one in counted:
        actions.update(one.actions)
    return {
        "downloaded": steps[0],
        "matched": steps[1],
        "reviewed": steps[2],
        "actionable": steps[3],
        "alreadyActioned": sum(1 for f in counted if _ENFORCING & f.actions.keys()),
        "actions": [{"action": action, "count": actions[action]} for action in sorted(actions)],
    }
