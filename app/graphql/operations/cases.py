"""Opening cases and working in them."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from app.graphql import reads
from app.graphql.context import Info
from app.graphql.cost_words import EACH, OF_ROWS, rows_of
from app.graphql.operations.fields import NAMED_CALL, bounded, listed, mutation, wants
from app.graphql.paging import DEFAULT_FIRST, After, First
from app.graphql.types.base import Connection
from app.graphql.types.case import Case, CaseNote
from app.graphql.types.enums import tell
from app.graphql.types.problem import Conflict, Forbidden, InvalidInput, NotFound
from app.graphql.types.row_problem import RowProblem
from app.graphql.types.signal import Signal
from app.rules import cases as rules
from app.rules import ids
from app.rules.cases import CaseDisposition, CaseDraft, CaseFilter, CaseStatus
from app.rules.ids import Prefix
from app.rules.limits import MAX_LIST_ITEMS
from app.rules.moments import checked_optional_moment
from app.rules.scopes import Scope
from app.services import cases
from app.services.cases import CaseSignalOutcome, NoteDraft, SignalResult
from app.store import signals

tell(
    CaseSignalOutcome,
    "What became of a signal that was to be added to a case.",
    {
        CaseSignalOutcome.ADDED: "It is in the case from now on, for the members that see it.",
        CaseSignalOutcome.ALREADY_THERE: "It was in the case before, or stands twice in the call.",
        CaseSignalOutcome.REJECTED: "It is absent or hidden from you, so it was not added.",
    },
)


@strawberry.input(description="Which of your cases to list: those that meet all that is given.")
class CaseFilterInput:
    status: CaseStatus | None = strawberry.field(default=None, description="Cases that are in this state.")
    disposition: CaseDisposition | None = strawberry.field(default=None, description="Cases that ended in this way.")
    opened_by: strawberry.ID | None = strawberry.field(
        default=None, description="Cases that this participant opened, your own for example."
    )
    updated_since: datetime | None = strawberry.field(
        default=None, description="Cases whose `updatedAt` is this time or later, with an offset."
    )
    has_signal: strawberry.ID | None = strawberry.field(
        default=None, description="Cases that hold this signal; none if you do not see the signal."
    )

    def wanted(self) -> CaseFilter:
        """Raises: InvalidInput for a time that is none."""
        return CaseFilter(
            status=self.status,
            disposition=self.disposition,
            opened_by=None if self.opened_by is None else ids.read_or_nothing(Prefix.PARTICIPANT, self.opened_by),
            updated_since=checked_optional_moment(self.updated_since, "updatedSince"),
            has_signal=None if self.has_signal is None else ids.read_or_nothing(Prefix.SIGNAL, self.has_signal),
        )


@strawberry.input(description="A new case. You are its first member.")
class OpenCaseInput:
    title: str = strawberry.field(
        description=f"What it is about, 1 to {rules.MAX_TITLE_LENGTH} characters; sealed, and read by members."
    )
    summary: str | None = strawberry.field(
        default=None, description=f"What is known so far, up to {rules.MAX_SUMMARY_LENGTH:,} characters."
    )
    signal_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description=f"Signals to begin with, up to {rules.MAX_FIRST_SIGNALS}, all of which you see.",
        directives=[EACH],
    )
    member_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description=f"Participants to let in, up to {rules.MAX_FIRST_MEMBERS}; takes the scope cases:share.",
        directives=[EACH],
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description=f"{NAMED_CALL}: sending it again opens no second case.",
    )

    def draft(self) -> CaseDraft:
        return CaseDraft(
            title=self.title,
            summary=self.summary,
            signal_ids=tuple(ids.read_or_nothing(Prefix.SIGNAL, id) for id in self.signal_ids),
            member_ids=tuple(ids.read_or_nothing(Prefix.PARTICIPANT, id) for id in self.member_ids),
        )


@strawberry.input(description="Whom to let into a case.")
class InviteToCaseInput:
    case_id: strawberry.ID = strawberry.field(description="The case to let somebody into.")
    participant_id: strawberry.ID = strawberry.field(description="Who is let in, and sees the whole case at once.")


@strawberry.input(description="Who is to see a case no longer; never whoever opened it, who stays its member.")
class RemoveFromCaseInput:
    case_id: strawberry.ID = strawberry.field(description="The case that a member is to leave.")
    participant_id: strawberry.ID = strawberry.field(
        description="If you opened the case, any other member; else your own participant, which leaves it."
    )


@strawberry.input(description="Signals to put into a case.")
class AddSignalsToCaseInput:
    case_id: strawberry.ID = strawberry.field(description="The case to put signals into.")
    signal_ids: list[strawberry.ID] = strawberry.field(
        description=f"The signals to put in, 1 to {MAX_LIST_ITEMS:,}.", directives=[EACH]
    )


@strawberry.input(description="A note for the members of a case.")
class AddCaseNoteInput:
    case_id: strawberry.ID = strawberry.field(description="The case to write in.")
    text: str = strawberry.field(
        description=f"What to write, 1 to {rules.MAX_NOTE_LENGTH:,} characters; it cannot be changed afterwards."
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description=f"{NAMED_CALL}: sending it again writes no second note.",
    )


@strawberry.input(description="The state that an open case is in from now on.")
class ChangeCaseStatusInput:
    case_id: strawberry.ID = strawberry.field(description="The case whose state changes.")
    status: CaseStatus = strawberry.field(description="Any state but CLOSED, for which there is `closeCase`.")


@strawberry.input(description="The end of a case.")
class CloseCaseInput:
    case_id: strawberry.ID = strawberry.field(description="The case to end.")
    disposition: CaseDisposition = strawberry.field(description="What came of the case.")


@strawberry.input(description="A closed case to take up again.")
class ReopenCaseInput:
    case_id: strawberry.ID = strawberry.field(description="The closed case.")


@strawberry.type(description="A member was removed from a case.")
class RemoveFromCasePayload:
    case: Case | None = strawberry.field(description="The case without the member; null if you left it yourself.")


@strawberry.type(description="What became of one signal that was to be added.")
class AddedCaseSignal:
    index: int = strawberry.field(description="Place of the signal in the call, from 0.")
    outcome: CaseSignalOutcome = strawberry.field(description="Whether the signal is in the case now, and since when.")
    problem: RowProblem | None = strawberry.field(description="Why the signal was not added, if it was not.")
    result: strawberry.Private[SignalResult]

    signal: Signal | None = reads.named(
        signals.by_ids, "result.signal_id", "The signal that is in the case; null for a rejected one."
    )

    @classmethod
    def of(cls, index: int, result: SignalResult) -> Self:
        problem = RowProblem.of_optional(result.rejection)
        return cls(index=index, outcome=result.outcome, problem=problem, result=result)


@strawberry.type(description="What became of the signals that were to be added.")
class AddSignalsToCasePayload:
    case: Case = strawberry.field(description="The case after the call.")
    rows: list[AddedCaseSignal] = strawberry.field(
        description="One for each signal of the call, in their order.", directives=[OF_ROWS]
    )


OpenCaseResult = Annotated[
    Case | InvalidInput | NotFound | Conflict | Forbidden,
    strawberry.union("OpenCaseResult", description="The new case, or why it was not opened."),
]
InviteToCaseResult = Annotated[
    Case | NotFound | Conflict | Forbidden,
    strawberry.union("InviteToCaseResult", description="The case with its new member, or why nobody was let in."),
]
RemoveFromCaseResult = Annotated[
    RemoveFromCasePayload | NotFound | Conflict | Forbidden,
    strawberry.union("RemoveFromCaseResult", description="The case without the member, or why the member stays."),
]
AddSignalsToCaseResult = Annotated[
    AddSignalsToCasePayload | InvalidInput | NotFound | Conflict | Forbidden,
    strawberry.union("AddSignalsToCaseResult", description="The results for each signal, or why there are none."),
]
AddCaseNoteResult = Annotated[
    CaseNote | InvalidInput | NotFound | Conflict | Forbidden,
    strawberry.union("AddCaseNoteResult", description="The new note, or why it was not written."),
]
ChangeCaseStatusResult = Annotated[
    Case | InvalidInput | NotFound | Conflict | Forbidden,
    strawberry.union("ChangeCaseStatusResult", description="The case in its new state, or why it keeps the old one."),
]
CloseCaseResult = Annotated[
    Case | NotFound | Conflict | Forbidden,
    strawberry.union("CloseCaseResult", description="The closed case, or why it goes on."),
]
ReopenCaseResult = Annotated[
    Case | NotFound | Conflict | Forbidden,
    strawberry.union("ReopenCaseResult", description="The open case, or why it stays closed."),
]

FilterArgument = Annotated[
    CaseFilterInput | None, strawberry.argument(description="Conditions on the cases, all of which must hold.")
]


@strawberry.type
class CaseQuery:
    @listed(cases.find, description="The cases that you are a member of, the last changed first.")
    def cases(
        self, filter: FilterArgument = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[Case]:
        return wants(filter.wanted() if filter else CaseFilter())


@strawberry.type
class CaseMutation:
    @mutation(Scope.CASES_WRITE, description="Open a case, with its first signals and members.")
    async def open_case(self, info: Info, input: OpenCaseInput) -> OpenCaseResult:
        context, draft = info.context, input.draft()
        async with context.write() as session:
            row = await cases.open(session, context.actor, context.keyring, draft, input.idempotency_key)
        return Case.of(row)

    @mutation(
        Scope.CASES_SHARE,
        description="Let a participant into a case that you are a member of. It sees all of the case, but of the"
        " signals only those that it sees anyway.",
    )
    async def invite_to_case(self, info: Info, input: InviteToCaseInput) -> InviteToCaseResult:
        case_id = ids.read_or_nothing(Prefix.CASE, input.case_id)
        participant_id = ids.read_or_nothing(Prefix.PARTICIPANT, input.participant_id)
        async with info.context.write() as session:
            row = await cases.invite(session, info.context.actor, case_id, participant_id)
        return Case.of(row)

    @mutation(
        Scope.CASES_WRITE,
        description="Leave a case that another participant opened, or remove a member from one that you opened. The"
        " opener stays a member as long as the case exists, and ends it with `closeCase`.",
    )
    async def remove_from_case(self, info: Info, input: RemoveFromCaseInput) -> RemoveFromCaseResult:
        case_id = ids.read_or_nothing(Prefix.CASE, input.case_id)
        participant_id = ids.read_or_nothing(Prefix.PARTICIPANT, input.participant_id)
        async with info.context.write() as session:
            row = await cases.remove(session, info.context.actor, case_id, participant_id)
        return RemoveFromCasePayload(case=None if row is None else Case.of(row))

    @mutation(
        Scope.CASES_WRITE,
        costs=(rows_of("signalIds"),),
        description="Put signals that you see into a case; a bad one harms no other.",
    )
    async def add_signals_to_case(self, info: Info, input: AddSignalsToCaseInput) -> AddSignalsToCaseResult:
        case_id = ids.read_or_nothing(Prefix.CASE, input.case_id)
        wanted = [ids.read_or_nothing(Prefix.SIGNAL, id) for id in bounded(input.signal_ids, "signalIds")]
        async with info.context.write() as session:
            row, results = await cases.add_signals(session, info.context.actor, case_id, wanted)
        rows = [AddedCaseSignal.of(index, result) for index, result in enumerate(results)]
        return AddSignalsToCasePayload(case=Case.of(row), rows=rows)

    @mutation(Scope.CASES_WRITE, description="Write a note that all members of the case read.")
    async def add_case_note(self, info: Info, input: AddCaseNoteInput) -> AddCaseNoteResult:
        draft = NoteDraft(ids.read_or_nothing(Prefix.CASE, input.case_id), input.text, input.idempotency_key)
        async with info.context.write() as session:
            row = await cases.add_note(session, info.context.actor, info.context.keyring, draft)
        return CaseNote.of(row)

    @mutation(Scope.CASES_WRITE, description="Say how far an open case is.")
    async def change_case_status(self, info: Info, input: ChangeCaseStatusInput) -> ChangeCaseStatusResult:
        case_id = ids.read_or_nothing(Prefix.CASE, input.case_id)
        async with info.context.write() as session:
            row = await cases.change_status(session, info.context.actor, case_id, input.status)
        return Case.of(row)

    @mutation(Scope.CASES_WRITE, description="End a case. Members still read it, and anyone of them may reopen it.")
    async def close_case(self, info: Info, input: CloseCaseInput) -> CloseCaseResult:
        case_id = ids.read_or_nothing(Prefix.CASE, input.case_id)
        async with info.context.write() as session:
            row = await cases.close(session, info.context.actor, case_id, input.disposition)
        return Case.of(row)

    @mutation(Scope.CASES_WRITE, description="Take a closed case up again; it is OPEN, without a disposition.")
    async def reopen_case(self, info: Info, input: ReopenCaseInput) -> ReopenCaseResult:
        case_id = ids.read_or_nothing(Prefix.CASE, input.case_id)
        async with info.context.write() as session:
            row = await cases.reopen(session, info.context.actor, case_id)
        return Case.of(row)
