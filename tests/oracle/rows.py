"""Which rows of each table a viewer may read at all: the oracle's word on row-level security."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from uuid import UUID

from app.migrations.walls.people import DESK_TABLES
from tests.oracle.facts import CaseEvent, Participant
from tests.oracle.history import History
from tests.oracle.oracle import Oracle

Rows = dict[str, set[tuple[str, ...]]]

# By which columns a row is known; tables that stand beside a case, a signal or a record are known by that.
COLUMNS: dict[str, tuple[str, ...]] = {
    "participant": ("id",),
    "sharing_group": ("id",),
    "group_member": ("group_id", "participant_id"),
    "api_client": ("participant_id",),
    "person": ("participant_id",),
    "match_key": ("participant_id",),
    "match_tag": ("participant_id", "signal_id"),
    "signal": ("id",),
    "signal_match_key": ("signal_id",),
    "contribution": ("id",),
    "contribution_group": ("contribution_id",),
    "signal_link": ("id",),
    "feedback": ("id",),
    "feedback_version": ("feedback_id",),
    "feedback_reference": ("feedback_id", "contribution_id"),
    "victim_report": ("id",),
    "shared_case": ("id",),
    "case_member": ("case_id",),
    "case_signal": ("case_id", "signal_id"),
    "case_note": ("id",),
    "case_event": ("case_id", "kind", "subject_id"),
    "access_record": ("id",),
    "access_record_contributor": ("record_id", "contributor_id"),
    "trusted_document": ("id",),
    "audit_event": ("participant_id",),
    "idempotency": ("client_id",),
    "feed": ("signal_id", "owner_id"),
}
# What the serving role may write but not read, what belongs to nobody, and what nobody sees but the desk.
APART = frozenset(
    {
        "inbox",
        "nudge",
        "revoked_token",
        "used_jwt",
        "guard_entry",
        "key_check",
        "key_use",
        "rekeying",
        "pdq_erased",
        *DESK_TABLES,
    }
)


def _all_of(table: str, columns: tuple[str, ...]) -> str:
    row = ", ".join(f"coalesce({column}::text, '')" for column in columns)
    return f"SELECT '{table}', ARRAY[{row}] FROM {table}"  # names from above


# Every row that the viewer of the transaction may read: its table, and by what it is known.
EVERY_ROW = " UNION ALL ".join(_all_of(table, columns) for table, columns in COLUMNS.items())


def by_table(found: Iterable[tuple[str, list[str]]]) -> Rows:
    rows: Rows = defaultdict(set)
    for table, row in found:
        rows[table].add(tuple(row))
    return rows


def readable(oracle: Oracle, viewer: Participant, history: History) -> Rows:
    """Every row that the viewer may read, by table."""
    rows = {
        **_people(oracle, viewer),
        **_signals(oracle, viewer, history),
        **_feedback(oracle, viewer),
        **_cases(oracle, viewer),
        **_records(oracle, viewer),
    }
    return {
        table: {tuple("" if part is None else str(part) for part in row) for row in found}
        for table, found in rows.items()
    }


Found = Mapping[str, Set[tuple[object, ...]]]


def _people(oracle: Oracle, viewer: Participant) -> Found:
    people, operates = oracle.facts.participants, oracle.operates(viewer)
    known = set(oracle.facts.groups) if operates else viewer.groups if oracle.sees_others(viewer) else set()
    return {
        "participant": {(p.id,) for p in people if oracle.sees_participant(viewer, p)},
        "sharing_group": {(group,) for group in known},
        "group_member": {(group, p.id) for p in people for group in p.groups & known},
        "api_client": {(p.id,) for p in people if p is viewer or operates},
        "person": {(p.id,) for p in people if p is viewer or operates},
        "match_key": {(viewer.id,)},
        "trusted_document": {(d.id,) for d in oracle.facts.documents if oracle.sees_document(viewer, d)},
    }


def _signals(oracle: Oracle, viewer: Participant, history: History) -> Found:
    facts = oracle.facts
    seen = {(s.id,) for s in facts.signals if oracle.sees_signal(viewer, s)}
    contributions = {(c.id,) for c in facts.contributions if oracle.sees(viewer, c)}
    told = [c for c in facts.contributions if history.was_addressed(oracle, viewer, c)]
    return {
        "signal": seen,
        "signal_match_key": seen,
        "match_tag": {(viewer.id, *signal) for signal in seen},
        "contribution": contributions,
        "contribution_group": contributions,
        "signal_link": {(k.id,) for k in facts.links if oracle.sees_link(viewer, k)},
        "feed": {(c.signal.id, c.contributor.id) for c in told},
    }


def _feedback(oracle: Oracle, viewer: Participant) -> Found:
    """The reports of victims, too: their authors may read them, and the operator."""
    facts, others = oracle.facts, oracle.sees_others(viewer)
    references = [(f, c) for f in facts.feedback for c in f.references]
    return {
        "feedback": {(f.id,) for f in facts.feedback if oracle.sees_feedback(viewer, f)},
        "feedback_version": {(f.id,) for f in facts.feedback if f.author is viewer},
        "feedback_reference": {
            (f.id, c.id) for f, c in references if f.author is viewer or (c.contributor is viewer and others)
        },
        "victim_report": {(r.id,) for r in facts.reports if r.reporter is viewer or oracle.operates(viewer)},
    }


def _cases(oracle: Oracle, viewer: Participant) -> Found:
    cases = [case for case in oracle.facts.cases if oracle.sees_case(viewer, case)]
    return {
        "shared_case": {(case.id,) for case in cases},
        "case_member": {(case.id,) for case in cases},
        "case_signal": {(case.id, s.id) for case in cases for s in oracle.case_signals(viewer, case)},
        "case_note": {(note.id,) for case in cases for note in case.notes},
        "case_event": {
            (case.id, event.kind, _subject(event)) for case in cases for event in oracle.case_timeline(viewer, case)
        },
    }


def _subject(event: CaseEvent) -> UUID | None:
    return None if event.subject is None else event.subject.id


def _records(oracle: Oracle, viewer: Participant) -> Found:
    """A record is also read by whoever revealed: it wrote it."""
    records = [(r, one) for r in oracle.facts.records for one in r.told]
    mine = {(r.id,) for r in oracle.facts.records if r.reader is viewer or oracle.sees_record(viewer, r)}
    return {
        "access_record": mine,
        "access_record_contributor": {(r.id, one.id) for r, one in records if viewer in (r.reader, one)},
        "audit_event": {(p.id,) for p in oracle.facts.participants if oracle.operates(viewer)},
        "idempotency": {(viewer.client_id,)},
    }
