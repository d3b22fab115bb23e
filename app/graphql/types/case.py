"""Cases as their members see them, with what is in them; what speaks of an unseen signal is left out (R1, R6)."""

from datetime import datetime

import strawberry
from strawberry import federation

from app.graphql import reads
from app.graphql.readings import One
from app.graphql.reads import Shown
from app.graphql.types.base import Connection, Node
from app.graphql.types.enums import tell
from app.graphql.types.participant import Participant
from app.graphql.types.signal import Signal
from app.rules import ids
from app.rules.cases import CaseDisposition, CaseEventKind, CaseStatus
from app.rules.scopes import Scope
from app.store import case_files, cases, participants, signals
from app.store.tables.case import CaseEventRow, CaseMemberRow, CaseNoteRow, CaseRow, CaseSignalRow

SCOPES = [[str(Scope.CASES_READ)]]

tell(
    CaseStatus,
    "How far a case is; any state of an open case may follow any other.",
    {
        CaseStatus.OPEN: "Opened, and nobody works on it yet.",
        CaseStatus.INVESTIGATING: "Somebody is working on it.",
        CaseStatus.AWAITING_PARTICIPANT: "A member owes the others an answer.",
        CaseStatus.ESCALATED: "Needs attention beyond the usual, and soon.",
        CaseStatus.REPORTED: "A member reported it to the authorities or a hotline.",
        CaseStatus.CLOSED: "Ended with a disposition; `closeCase` leads here and `reopenCase` out.",
    },
)
tell(
    CaseDisposition,
    "How a case ended.",
    {
        CaseDisposition.ACTIONED: "Members found violations and acted under their own policies.",
        CaseDisposition.NO_VIOLATION: "Members looked and found nothing that violates their policies.",
        CaseDisposition.DUPLICATE: "The same is investigated in another case.",
        CaseDisposition.INSUFFICIENT_INFORMATION: "What was known was not enough to decide.",
    },
)
tell(
    CaseEventKind,
    "What happened in a case.",
    {
        CaseEventKind.OPENED: "The case was opened.",
        CaseEventKind.MEMBER_INVITED: "A participant was let in; from then on it sees the whole case.",
        CaseEventKind.MEMBER_REMOVED: "A member left or was removed; from then on it sees nothing of the case.",
        CaseEventKind.SIGNAL_ADDED: "A signal was put into the case.",
        CaseEventKind.NOTE_ADDED: "A member wrote a note.",
        CaseEventKind.STATUS_CHANGED: "A member said how far the case is.",
        CaseEventKind.CLOSED: "A member ended the case.",
        CaseEventKind.REOPENED: "A member took the closed case up again.",
    },
)


@federation.type(requires_scopes=SCOPES, description="A participant that sees a case and may work in it.")
class CaseMember(Shown):
    row: strawberry.Private[CaseMemberRow]

    joined_at: datetime = reads.column("When it opened the case or was let in, UTC.")
    participant: Participant | None = reads.one(
        participants.by_ids, "participant_id", "Who the member is; null if it has left the exchange."
    )
    invited_by: Participant | None = reads.one(
        participants.by_ids, "invited_by", "Which member let it in; for whoever opened the case that is itself."
    )


@federation.type(requires_scopes=SCOPES, description="A signal that a member put into a case, and that you see.")
class CaseSignal(Shown):
    row: strawberry.Private[CaseSignalRow]

    added_at: datetime = reads.column("When the signal was put into the case, UTC.")
    signal: Signal | None = reads.one(
        signals.by_ids, "signal_id", "What was put into the case; null if you lost sight of it just now."
    )
    added_by: Participant | None = reads.one(
        participants.by_ids, "added_by", "Who put the signal into the case; null if it has left the exchange."
    )


@federation.type(requires_scopes=SCOPES, description="What a member wrote for the others; it never changes.")
class CaseNote(Shown, Node):
    kept = case_files.notes_by_ids
    row: strawberry.Private[CaseNoteRow]

    id: strawberry.ID = reads.id(ids.Prefix.NOTE, "Id of the note, known to the members of its case.")
    created_at: datetime = reads.column("When the note was written, UTC.")
    text: str = reads.sealed("The words of the note, up to 10,000 characters.", "sealed_text")
    author: Participant | None = reads.one(
        participants.by_ids, "author_id", "Who wrote the note; null if it has left the exchange."
    )


_OF_MEMBER = ("kind", (CaseEventKind.MEMBER_INVITED, CaseEventKind.MEMBER_REMOVED))
_OF_SIGNAL = ("kind", (CaseEventKind.SIGNAL_ADDED,))
_OF_NOTE = ("kind", (CaseEventKind.NOTE_ADDED,))


@federation.type(requires_scopes=SCOPES, description="One line of the timeline of a case.")
class CaseEvent(Shown):
    row: strawberry.Private[CaseEventRow]

    kind: CaseEventKind = reads.column("What kind of thing happened; says which fields are not null.")
    at: datetime = reads.column("When it happened in the case, UTC.", "created_at")
    status: CaseStatus | None = reads.column("The state that the case was in from then on.")
    disposition: CaseDisposition | None = reads.column("How the case ended then, where it was closed.")
    actor: Participant | None = reads.one(
        participants.by_ids, "actor_id", "Who did it; null if it has left the exchange."
    )
    member: Participant | None = reads.one_of(
        One(participants.by_ids, "subject_id", when=_OF_MEMBER), "The member that was let in, left or was removed."
    )
    signal: Signal | None = reads.one_of(
        One(signals.by_ids, "subject_id", when=_OF_SIGNAL), "The signal that was put into the case."
    )
    note: CaseNote | None = reads.one_of(
        One(case_files.notes_by_ids, "subject_id", when=_OF_NOTE), "The note that was written."
    )


@federation.type(
    keys=["id"],
    requires_scopes=SCOPES,
    description="A shared investigation. Its members alone know that it exists.",
)
class Case(Shown, Node):
    kept = cases.by_ids
    row: strawberry.Private[CaseRow]

    id: strawberry.ID = reads.id(ids.Prefix.CASE, "Id of the case, known to its members.")
    status: CaseStatus = reads.column("How far the investigation is.")
    disposition: CaseDisposition | None = reads.column("How it ended; null unless it is closed.")
    created_at: datetime = reads.column("When the case was opened, UTC.")
    updated_at: datetime = reads.column(
        "When its status, members or notes last changed, UTC. Signals do not count, as not every member"
        " sees each of them."
    )
    title: str = reads.sealed("What the case is about, up to 200 characters.", "sealed_title")
    summary: str | None = reads.sealed(
        "What was known when the case was opened, up to 4,000 characters.", "sealed_summary"
    )
    opened_by: Participant | None = reads.one(
        participants.by_ids, "opened_by", "Who opened the case; null if it has left the exchange."
    )
    members: list[CaseMember] = reads.many(
        cases.members_of, "Who sees the case, in the order of joining; each participant at most once.", size=5
    )
    signals: Connection[CaseSignal] = reads.pages(
        case_files.signals_of, "The signals of the case that you see, first added first; no others show or count."
    )
    notes: Connection[CaseNote] = reads.pages(case_files.notes_of, "What members wrote for each other, oldest first.")
    timeline: Connection[CaseEvent] = reads.pages(
        case_files.timeline_of, "What happened in the case, oldest first, without signals that you do not see."
    )
