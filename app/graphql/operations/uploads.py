"""Uploading signals, and finding one's own values among those of others."""

from typing import Annotated, Final, Self

import strawberry

from app.graphql import reads
from app.graphql.context import Info
from app.graphql.cost_words import OF_ROWS, Sized, about, rows_of, weighs
from app.graphql.operations.fields import NAMED_CALL, bounded, mutation, query
from app.graphql.readings import Way
from app.graphql.types.base import optional_id
from app.graphql.types.contribution import Contribution
from app.graphql.types.matching import MatchOutcome, MatchValueInput
from app.graphql.types.plain_input import plain
from app.graphql.types.problem import Conflict, Forbidden, InvalidInput
from app.graphql.types.row_problem import RowProblem
from app.graphql.types.signal import Signal
from app.graphql.types.upload import SignalDraftInput
from app.rules.ids import Prefix
from app.rules.limits import MAX_LIST_ITEMS
from app.rules.row_results import Outcome, RowResult, tally
from app.rules.scopes import Scope
from app.services import matching, uploads
from app.store import contributions, signals

# A draft takes 170 µs of a process: normal form, tags, seals.
DRAFT_WEIGHT: Final = 10


@strawberry.type(description="What became of one draft of an upload.")
class UploadedRow:
    index: int = strawberry.field(description="Place of the draft in the upload, from 0.")
    outcome: Outcome = strawberry.field(description="Whether the draft was new to you, changed something, or neither.")
    problem: RowProblem | None = strawberry.field(description="Why the draft was rejected, if it was.")
    signal_id: strawberry.ID | None = strawberry.field(
        description="Id of the signal; null for a rejected draft, and for a new one in a rehearsal."
    )
    contribution_id: strawberry.ID | None = strawberry.field(
        description="Id of your contribution; null where `signalId` is."
    )
    result: strawberry.Private[RowResult]

    signal: Signal | None = reads.named(signals.by_ids, "result.signal_id", "The signal as you see it now.")
    contribution: Contribution | None = reads.named(
        contributions.by_ids, "result.subject_id", "Your contribution as it stands now."
    )

    @classmethod
    def of(cls, index: int, result: RowResult) -> Self:
        return cls(
            index=index,
            outcome=result.outcome,
            problem=RowProblem.of_optional(result.rejection),
            signal_id=optional_id(Prefix.SIGNAL, result.signal_id),
            contribution_id=optional_id(Prefix.CONTRIBUTION, result.subject_id),
            result=result,
        )


@strawberry.type(description="What became of the drafts of an upload.")
class UploadSignalsPayload:
    rows: list[UploadedRow] = strawberry.field(description="One for each draft, in their order.", directives=[OF_ROWS])
    created: int = strawberry.field(description="How many drafts were new to you.")
    updated: int = strawberry.field(description="How many drafts changed what you said before.")
    unchanged: int = strawberry.field(description="How many drafts said what you had said before.")
    rejected: int = strawberry.field(description="How many drafts were not accepted.")

    @classmethod
    def of(cls, results: list[RowResult]) -> Self:
        rows = [UploadedRow.of(index, result) for index, result in enumerate(results)]
        return cls(rows=rows, **tally(results))


@plain
@strawberry.input(description=f"Up to {MAX_LIST_ITEMS:,} signals to contribute to in one transaction.")
class UploadSignalsInput:
    signals: list[SignalDraftInput] = strawberry.field(
        description=f"The drafts, 1 to {MAX_LIST_ITEMS:,}; a bad one harms no other.", directives=[weighs(DRAFT_WEIGHT)]
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description=f"{NAMED_CALL}: sending it again gives the same answer.",
    )
    validate_only: bool = strawberry.field(
        default=False, description="Say what would become of each draft, and change nothing."
    )


ValuesArgument = Annotated[
    list[MatchValueInput],
    strawberry.argument(description=f"Your raw values with their types, 1 to {MAX_LIST_ITEMS:,}."),
]
UploadSignalsResult = Annotated[
    UploadSignalsPayload | InvalidInput | Conflict | Forbidden,
    strawberry.union("UploadSignalsResult", description="The results of an upload, or why there are none."),
]


@strawberry.type
class UploadMutation:
    @mutation(
        Scope.SIGNALS_WRITE,
        costs=(rows_of("signals"),),
        description="Contribute to signals. Values are brought to canonical form; sending the same again changes"
        " nothing.",
    )
    async def upload_signals(self, info: Info, input: UploadSignalsInput) -> UploadSignalsResult:
        context = info.context
        drafts = [draft.draft() for draft in bounded(input.signals, "signals")]
        if input.validate_only:
            async with context.read() as session:
                return UploadSignalsPayload.of(await uploads.rehearse(session, context.actor, context.keyring, drafts))
        async with context.write() as session:
            results = await uploads.upload(session, context.actor, context.keyring, drafts, input.idempotency_key)
        return UploadSignalsPayload.of(results)


@strawberry.type
class MatchQuery:
    @query(
        Scope.SIGNALS_MATCH,
        read=Way("matches"),
        costs=(about(100), Sized(("values",))),
        description=f"Look up to {MAX_LIST_ITEMS:,} values of yours up among the signals that you see, in their"
        " order. The values"
        " are neither stored nor logged. What is hidden from you and what is absent look the same.",
    )
    async def match_signals(self, info: Info, values: ValuesArgument) -> list[MatchOutcome]:
        raw = [value.raw() for value in bounded(values, "values")]
        context = info.context
        async with context.read() as session:
            results = await matching.match(session, context.actor, context.keyring, context.pdq, raw)
        return [MatchOutcome.of(index, result) for index, result in enumerate(results)]
