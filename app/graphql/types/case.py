"""Cases as their members see them, with what is in them; what speaks of an unseen signal is left out (R1, R6)."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from strawberry import federation

from app.graphql.context import Info
from app.graphql.paging import DEFAULT_FIRST, After, First, window
from app.graphql.types.base import Connection, Node
from app.graphql.types.enums import tell
from app.graphql.types.participant import Participant
from app.graphql.types.signal import Signal
from app.rules import ids
from app.rules.cases import CaseDisposition, CaseEventKind, CaseStatus
from app.rules.scopes import Scope
from app.rules.sealing import opened, opened_optional
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
class CaseMember:
    joined_at: datetime = strawberry.field(description="When it opened the case or was let in, UTC.")
    row: strawberry.Private[CaseMemberRow]

    @strawberry.field(description="Who the member is; null if it has left the exchange.")
    async def participant(self, info: Info) -> Participant | None:
        return await info.context.loaders.participant.load(self.row.participant_id)

    @strawberry.field(description="Which member let it in; for whoever opened the case that is itself.")
    async def invited_by(self, info: Info) -> Participant | None:
        return await info.context.loaders.participant.load(self.row.invited_by)

    @classmethod
    def of(cls, row: CaseMemberRow) -> Self:
        return cls(joined_at=row.joined_at, row=row)


@federation.type(requires_scopes=SCOPES, description="A signal that a member put into a case, and that you see.")
class CaseSignal:
    added_at: datetime = strawberry.field(description="When the signal was put into the case, UTC.")
    row: strawberry.Private[CaseSignalRow]

    @strawberry.field(description="What was put into the case; null if you lost sight of it just now.")
    async def signal(self, info: Info) -> Signal | None:
        return await info.context.loaders.signal.load(self.row.signal_id)

    @strawberry.field(description="Who put the signal into the case; null if it has left the exchange.")
    async def added_by(self, info: Info) -> Participant | None:
        return await info.context.loaders.participant.load(self.row.added_by)

    @classmethod
    def of(cls, row: CaseSignalRow) -> Self:
        return cls(added_at=row.added_at, row=row)


@federation.type(requires_scopes=SCOPES, description="What a member wrote for the others; it never changes.")
class CaseNote(Node):
    row: strawberry.Private[CaseNoteRow]

    id: strawberry.ID = strawberry.field(description="Id of the note, known to the members of its case.")
    created_at: datetime = strawberry.field(description="When the note was written, UTC.")

    @strawberry.field(description="The words of the note, up to 10,000 characters.")
    def text(self, info: Info) -> str:
        return opened(info.context.keyring, self.row.sealed_text, self.row.id)

    @strawberry.field(description="Who wrote the note; null if it has left the exchange.")
    async def author(self, info: Info) -> Participant | None:
        return await info.context.loaders.participant.load(self.row.author_id)

    @classmethod
    def of(cls, row: CaseNoteRow) -> Self:
        return cls(row=row, id=strawberry.ID(ids.shown(ids.Prefix.NOTE, row.id)), created_at=row.created_at)

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> "CaseNote | None":
        return await info.context.loaders.case_note.load(id)


@federation.type(requires_scopes=SCOPES, description="One line of the timeline of a case.")
class CaseEvent:
    row: strawberry.Private[CaseEventRow]

    kind: CaseEventKind = strawberry.field(description="What kind of thing happened; says which fields are not null.")
    at: datetime = strawberry.field(description="When it happened in the case, UTC.")
    status: CaseStatus | None = strawberry.field(description="The state that the case was in from then on.")
    disposition: CaseDisposition | None = strawberry.field(description="How the case ended then, where it was closed.")

    @strawberry.field(description="Who did it; null if it has left the exchange.")
    async def actor(self, info: Info) -> Participant | None:
        return await info.context.loaders.participant.load(self.row.actor_id)

    @strawberry.field(description="The member that was let in, left or was removed.")
    async def member(self, info: Info) -> Participant | None:
        id = self._subject(CaseEventKind.MEMBER_INVITED, CaseEventKind.MEMBER_REMOVED)
        return None if id is None else await info.context.loaders.participant.load(id)

    @strawberry.field(description="The signal that was put into the case.")
    async def signal(self, info: Info) -> Signal | None:
        id = self._subject(CaseEventKind.SIGNAL_ADDED)
        return None if id is None else await info.context.loaders.signal.load(id)

    @strawberry.field(description="The note that was written.")
    async def note(self, info: Info) -> CaseNote | None:
        id = self._subject(CaseEventKind.NOTE_ADDED)
        return None if id is None else await info.context.loaders.case_note.load(id)

    def _subject(self, *kinds: CaseEventKind) -> UUID | None:
        return self.row.subject_id if self.kind in kinds else None

    @classmethod
    def of(cls, row: CaseEventRow) -> Self:
        return cls(
            row=row,
            kind=CaseEventKind(row.kind),
            at=row.created_at,
            status=None if row.status is None else CaseStatus(row.status),
            disposition=None if row.disposition is None else CaseDisposition(row.disposition),
        )


@federation.type(
    keys=["id"],
    requires_scopes=SCOPES,
    description="A shared investigation. Its members alone know that it exists.",
)
class Case(Node):
    row: strawberry.Private[CaseRow]

    id: strawberry.ID = strawberry.field(description="Id of the case, known to its members.")
    status: CaseStatus = strawberry.field(description="How far the investigation is.")
    disposition: CaseDisposition | None = strawberry.field(description="How it ended; null unless it is closed.")
    created_at: datetime = strawberry.field(description="When the case was opened, UTC.")
    updated_at: datetime = strawberry.field(
        description="When its status, members or notes last changed, UTC. Signals do not count, as not every member"
        " sees each of them."
    )

    @strawberry.field(description="What the case is about, up to 200 characters.")
    def title(self, info: Info) -> str:
        return opened(info.context.keyring, self.row.sealed_title, self.row.id)

    @strawberry.field(description="What was known when the case was opened, up to 4,000 characters.")
    def summary(self, info: Info) -> str | None:
        return opened_optional(info.context.keyring, self.row.sealed_summary, self.row.id)

    @strawberry.field(description="Who opened the case; null if it has left the exchange.")
    async def opened_by(self, info: Info) -> Participant | None:
        return await info.context.loaders.participant.load(self.row.opened_by)

    @strawberry.field(description="Who sees the case, in the order of joining; each participant at most once.")
    async def members(self, info: Info) -> list[CaseMember]:
        return await info.context.loaders.case_members.load(self.row.id) or []

    @strawberry.field(description="The signals of the case that you see, first added first; no others show or count.")
    async def signals(self, info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Connection[CaseSignal]:
        page = await info.context.loaders.case_signals.load((self.row.id, window(info, first, after)))
        return Connection.of(page, CaseSignal.of, info.context.cursors, after=after)

    @strawberry.field(description="What members wrote for each other, oldest first.")
    async def notes(self, info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Connection[CaseNote]:
        page = await info.context.loaders.case_notes.load((self.row.id, window(info, first, after)))
        return Connection.of(page, CaseNote.of, info.context.cursors, after=after)

    @strawberry.field(description="What happened in the case, oldest first, without signals that you do not see.")
    async def timeline(self, info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Connection[CaseEvent]:
        page = await info.context.loaders.case_timeline.load((self.row.id, window(info, first, after)))
        return Connection.of(page, CaseEvent.of, info.context.cursors, after=after)

    @classmethod
    def of(cls, row: CaseRow) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(ids.shown(ids.Prefix.CASE, row.id)),
            status=CaseStatus(row.status),
            disposition=None if row.disposition is None else CaseDisposition(row.disposition),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> "Case | None":
        return await info.context.loaders.case.load(id)
