"""Saying what came of signals, and reading what others said."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from app.graphql import reads
from app.graphql.context import Info
from app.graphql.cost_words import EACH, OF_ROWS, rows_of, weighs
from app.graphql.operations.fields import NAMED_CALL, bounded, listed, mutation, wants
from app.graphql.paging import DEFAULT_FIRST, After, First
from app.graphql.types.base import Connection, optional_id
from app.graphql.types.feedback import Feedback
from app.graphql.types.plain_input import plain
from app.graphql.types.problem import Conflict, Forbidden, InvalidInput
from app.graphql.types.row_problem import RowProblem
from app.rules import ids
from app.rules.feedback import (
    MAX_ACTION_COUNT,
    MAX_NOTE_LENGTH,
    MAX_POLICY_REFERENCE_LENGTH,
    MAX_ROLE_LENGTH,
    FeedbackDraft,
    FeedbackFilter,
)
from app.rules.ids import Prefix
from app.rules.labels import ReviewStatus
from app.rules.limits import MAX_LIST_ITEMS
from app.rules.moments import checked_optional_moment
from app.rules.row_results import Outcome, RowResult, tally
from app.rules.scopes import Scope
from app.rules.signal_types import SignalType
from app.rules.verdicts import EnforcementAction, Verdict, VerdictReason
from app.services import feedback
from app.store import feedback as kept_feedback


@plain
@strawberry.input(description="An action that was taken, and how often.")
class ActionInput:
    action: EnforcementAction = strawberry.field(
        description="What was done; all but NO_ACTION and INVESTIGATION_OPENED need CONFIRMED_VIOLATION, a manual"
        " review, `reviewedAt`, `reviewerRole` and `policyReference`."
    )
    count: int = strawberry.field(description=f"To how many accounts, items or payments, 1 to {MAX_ACTION_COUNT:,}.")


@plain
@strawberry.input(description="What you found with one signal and did about it; replaces what you said of it before.")
class FeedbackInput:
    signal_id: strawberry.ID = strawberry.field(description="A signal that somebody else contributed too.")
    verdict: Verdict = strawberry.field(description="What you found with it.")
    reason: VerdictReason | None = strawberry.field(
        default=None,
        description="Why: needed for FALSE_POSITIVE; possible for INCONCLUSIVE, NOT_VIOLATING_HERE, OUTDATED and"
        " WANT_MORE_INFO.",
    )
    review_status: ReviewStatus = strawberry.field(
        default=ReviewStatus.UNREVIEWED,
        description="How you reviewed what matched: automatically or manually for CONFIRMED_VIOLATION, INCONCLUSIVE,"
        " NOT_VIOLATING_HERE and FALSE_POSITIVE. An automatic review never replaces a manual one.",
    )
    reviewed_at: datetime | None = strawberry.field(
        default=None, description="When you reviewed it, with an offset; not in the future."
    )
    reviewer_role: str | None = strawberry.field(
        default=None,
        description=f"Role of whoever reviewed it at your organisation, up to {MAX_ROLE_LENGTH} characters; no name.",
    )
    policy_reference: str | None = strawberry.field(
        default=None,
        description=f"The policy of yours that was violated, up to {MAX_POLICY_REFERENCE_LENGTH} characters; kept"
        " encrypted.",
    )
    note: str | None = strawberry.field(
        default=None,
        description=f"For yourself, up to {MAX_NOTE_LENGTH:,} characters; nobody else reads it; kept encrypted.",
    )
    actions: list[ActionInput] = strawberry.field(
        default_factory=list,
        description="What you did, each action once; none if nothing has been decided.",
        directives=[weighs(0)],
    )

    def draft(self) -> FeedbackDraft:
        return FeedbackDraft(
            signal_id=ids.read_or_nothing(Prefix.SIGNAL, self.signal_id),
            verdict=self.verdict,
            reason=self.reason,
            review_status=self.review_status,
            reviewed_at=self.reviewed_at,
            reviewer_role=self.reviewer_role,
            policy_reference=self.policy_reference,
            note=self.note,
            actions=tuple((taken.action, taken.count) for taken in self.actions),
        )


@plain
@strawberry.input(description=f"Up to {MAX_LIST_ITEMS:,} findings to record in one transaction.")
class RecordFeedbackInput:
    feedback: list[FeedbackInput] = strawberry.field(
        description=f"1 to {MAX_LIST_ITEMS:,} rows; a bad one harms no other.", directives=[EACH]
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description=f"{NAMED_CALL}: the same rows again get the same answer.",
    )


@strawberry.type(description="What became of one row of feedback.")
class RecordedRow:
    index: int = strawberry.field(description="Place of the row in the call, from 0.")
    outcome: Outcome = strawberry.field(
        description="Whether the finding is your first on the signal, another, or none."
    )
    problem: RowProblem | None = strawberry.field(description="Why the row was rejected; null otherwise.")
    result: strawberry.Private[RowResult]

    @strawberry.field(description="Id of your feedback on the signal; null for a rejected row.")
    def feedback_id(self) -> strawberry.ID | None:
        return optional_id(Prefix.FEEDBACK, self.result.subject_id)

    feedback: Feedback | None = reads.named(
        kept_feedback.by_ids, "result.subject_id", "Your feedback as it stands now; null for a rejected row."
    )

    @classmethod
    def of(cls, index: int, result: RowResult) -> Self:
        problem = RowProblem.of_optional(result.rejection)
        return cls(index=index, outcome=result.outcome, problem=problem, result=result)


@strawberry.type(description="What became of the rows of a call.")
class RecordFeedbackPayload:
    rows: list[RecordedRow] = strawberry.field(
        description="One for each row of feedback, in their order.", directives=[OF_ROWS]
    )
    created: int = strawberry.field(description="How many findings were your first on their signal.")
    updated: int = strawberry.field(description="How many findings replaced an earlier one.")
    unchanged: int = strawberry.field(description="How many rows said what you had said before.")
    rejected: int = strawberry.field(description="How many rows were not accepted.")

    @classmethod
    def of(cls, results: list[RowResult]) -> Self:
        rows = [RecordedRow.of(index, result) for index, result in enumerate(results)]
        return cls(rows=rows, **tally(results))


@strawberry.input(description="Which feedback to list: what meets all that is given.")
class FeedbackFilterInput:
    verdicts: list[Verdict] = strawberry.field(
        default_factory=list, description="Feedback with any of these verdicts; with whichever if there are none."
    )
    signal_type: SignalType | None = strawberry.field(default=None, description="Feedback on signals of this type.")
    updated_since: datetime | None = strawberry.field(
        default=None,
        description="Feedback given or changed at this time or later, with an offset; of what others gave, all since"
        " the beginning of that hour.",
    )

    def wanted(self) -> FeedbackFilter:
        """Raises: InvalidInput."""
        since = checked_optional_moment(self.updated_since, "updatedSince")
        return FeedbackFilter(tuple(self.verdicts), self.signal_type, since)


GivenFilterArgument = Annotated[
    FeedbackFilterInput | None, strawberry.argument(description="Conditions on what you said; all of it without them.")
]
ReceivedFilterArgument = Annotated[
    FeedbackFilterInput | None,
    strawberry.argument(description="Conditions on what others said; without them, all that you may read."),
]
RecordFeedbackResult = Annotated[
    RecordFeedbackPayload | InvalidInput | Conflict | Forbidden,
    strawberry.union("RecordFeedbackResult", description="What became of the rows, or why nothing was recorded."),
]


@strawberry.type
class FeedbackQuery:
    @listed(feedback.given, description="What you said about signals of others, the last said first.")
    def feedback_given(
        self, filter: GivenFilterArgument = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[Feedback]:
        return wants(filter.wanted() if filter else FeedbackFilter())

    @listed(
        feedback.received,
        description="What others said about signals that you contributed, that of the latest hour first.",
    )
    def feedback_received(
        self, filter: ReceivedFilterArgument = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[Feedback]:
        return wants(filter.wanted() if filter else FeedbackFilter())


@strawberry.type
class FeedbackMutation:
    @mutation(
        Scope.FEEDBACK_WRITE,
        costs=(rows_of("feedback"),),
        description="Say what came of signals that others shared: what you found, and what you did after your own"
        " review. A signal is a clue, never proof.",
    )
    async def record_feedback(self, info: Info, input: RecordFeedbackInput) -> RecordFeedbackResult:
        context = info.context
        drafts = [row.draft() for row in bounded(input.feedback, "feedback")]
        key = input.idempotency_key
        first = await feedback.record_first(context.act, context.actor, context.keyring, drafts, key)
        if first.results is not None:
            return RecordFeedbackPayload.of(first.results)
        async with context.write() as session:
            actor, keyring = context.actor, context.keyring
            if key is None:
                results = await feedback.record_after(session, actor, keyring, drafts, first)
            else:
                results = await feedback.record(session, actor, keyring, drafts, key)
        return RecordFeedbackPayload.of(results)
