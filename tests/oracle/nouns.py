"""The nouns of the schema: what is asked of each, and what every object of it should read as."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.rules.ids import Prefix, shown
from app.rules.scopes import Scope
from tests.oracle import readings
from tests.oracle.channels import Look, Seen
from tests.oracle.documents import CASE, CONTRIBUTION, FEEDBACK, LINK, PARTICIPANT, RECORD, REPORT, SIGNAL
from tests.oracle.facts import AccessRecord, Case, Feedback, Participant, Signal
from tests.oracle.readings import con, par, sig


def as_it_is(answer: Any) -> Any:
    return answer or None


def signal_read(answer: Any) -> Any:
    """A signal as it came, its contributions in the order of their ids."""
    if not answer:
        return None
    return {**answer, "contributions": sorted(answer["contributions"], key=lambda c: c["id"])}


def contribution_read(answer: Any) -> Any:
    if not answer:
        return None
    groups = answer["audienceGroups"]
    return {**answer, "audienceGroups": None if groups is None else sorted(groups)}


def participant_read(answer: Any) -> Any:
    if not answer:
        return None
    return {**answer, "groups": sorted(answer["groups"], key=lambda group: str(group["id"]))}


def case_read(answer: Any) -> Any:
    """A case as it came, the pages in it laid flat; what happened within one call has no order."""
    if not answer:
        return None
    flat = {name: [edge["node"] for edge in answer[name]["edges"]] for name in ("signals", "notes", "timeline")}
    listed = {name: readings.in_order(items) for name, items in flat.items()}
    return {**answer, **listed, "members": readings.in_order(answer["members"])}


def signal_seen(look: Look, one: Signal) -> Seen:
    answer = readings.signal(look.oracle, look.viewer, one)
    return Seen(answer, look.oracle.is_all_of(look.viewer, one))


def signals_seen(look: Look) -> dict[str, Seen]:
    return {sig(one): signal_seen(look, one) for one in look.facts.signals}


def contributions_seen(look: Look) -> dict[str, Seen]:
    return {con(c): Seen(readings.contribution(look.oracle, look.viewer, c)) for c in look.facts.contributions}


def links_seen(look: Look) -> dict[str, Seen]:
    """With those that ended, which nobody sees."""
    ended = {shown(Prefix.LINK, k.id): Seen(None) for k in look.facts.ended_links}
    living = {shown(Prefix.LINK, k.id): Seen(readings.link(look.oracle, look.viewer, k)) for k in look.facts.links}
    return ended | living


def participant_seen(look: Look, one: Participant) -> Seen:
    answer = readings.participant(look.oracle, look.viewer, one)
    return Seen(answer, look.oracle.groups_shown(look.viewer, one) == one.groups)


def participants_seen(look: Look) -> dict[str, Seen]:
    return {par(one): participant_seen(look, one) for one in look.facts.participants}


def groups_seen(look: Look) -> dict[str, Seen]:
    return {shown(Prefix.GROUP, g): Seen(readings.group(look.oracle, look.viewer, g)) for g in look.facts.groups}


def feedback_seen(look: Look, one: Feedback) -> Seen:
    """Whole for its author; a contributor reads less."""
    return Seen(readings.feedback(look.oracle, look.viewer, one), whole=one.author is look.viewer)


def all_feedback_seen(look: Look) -> dict[str, Seen]:
    return {shown(Prefix.FEEDBACK, one.id): feedback_seen(look, one) for one in look.facts.feedback}


def case_seen(look: Look, one: Case) -> Seen:
    """Whole if no signal that lives is missing."""
    living = [s for s in one.signals if any(map(look.oracle.is_live, look.facts.on(s)))]
    whole = look.oracle.case_signals(look.viewer, one) == living
    return Seen(readings.case(look.oracle, look.viewer, one), whole)


def cases_seen(look: Look) -> dict[str, Seen]:
    return {shown(Prefix.CASE, one.id): case_seen(look, one) for one in look.facts.cases}


def notes_seen(look: Look) -> dict[str, Seen]:
    notes = [(case, note) for case in look.facts.cases for note in case.notes]
    return {shown(Prefix.NOTE, n.id): Seen(readings.note(look.oracle, look.viewer, case, n)) for case, n in notes}


def record_seen(look: Look, one: AccessRecord) -> Seen:
    answer = readings.record(look.oracle, look.viewer, one)
    return Seen(answer, look.oracle.sees_signal(look.viewer, one.signal))


def records_seen(look: Look) -> dict[str, Seen]:
    return {shown(Prefix.ACCESS_RECORD, one.id): record_seen(look, one) for one in look.facts.records}


def reports_seen(look: Look) -> dict[str, Seen]:
    oracle, viewer = look.oracle, look.viewer
    return {shown(Prefix.VICTIM_REPORT, r.id): Seen(readings.report(oracle, viewer, r)) for r in look.facts.reports}


def documents_seen(look: Look) -> dict[str, Seen]:
    oracle, viewer = look.oracle, look.viewer
    return {shown(Prefix.DOCUMENT, d.id): Seen(readings.document(oracle, viewer, d)) for d in look.facts.documents}


@dataclass(frozen=True)
class Noun:
    """What is asked of one, how the answer is read, the scope it takes, and what all of them should read as."""

    selection: str
    read: Callable[[Any], Any]
    scope: Scope
    seen: Callable[[Look], dict[str, Seen]]


NOUNS = {
    "Participant": Noun(PARTICIPANT, participant_read, Scope.PARTICIPANTS_READ, participants_seen),
    "SharingGroup": Noun("id", as_it_is, Scope.PARTICIPANTS_READ, groups_seen),
    "Signal": Noun(SIGNAL, signal_read, Scope.SIGNALS_READ, signals_seen),
    "Contribution": Noun(CONTRIBUTION, contribution_read, Scope.SIGNALS_READ, contributions_seen),
    "SignalLink": Noun(LINK, as_it_is, Scope.SIGNALS_READ, links_seen),
    "Feedback": Noun(FEEDBACK, as_it_is, Scope.FEEDBACK_READ, all_feedback_seen),
    "Case": Noun(CASE, case_read, Scope.CASES_READ, cases_seen),
    "CaseNote": Noun("id text", as_it_is, Scope.CASES_READ, notes_seen),
    "AccessRecord": Noun(RECORD, as_it_is, Scope.AUDIT_READ, records_seen),
    "VictimReport": Noun(REPORT, as_it_is, Scope.COMPLIANCE_MANAGE, reports_seen),
    "TrustedDocument": Noun("id byOperator", as_it_is, Scope.CLIENTS_MANAGE, documents_seen),
}
