"""Linking signals and taking links back."""

from typing import Annotated, Self

import strawberry

from app.graphql.context import Info
from app.graphql.cost_words import EACH, OF_ROWS, rows_of
from app.graphql.operations.fields import NAMED_CALL, bounded, mutation
from app.graphql.types.base import optional_id
from app.graphql.types.enums import tell
from app.graphql.types.plain_input import plain
from app.graphql.types.problem import Conflict, Forbidden, InvalidInput
from app.graphql.types.row_problem import RowProblem
from app.rules import ids
from app.rules.ids import Prefix
from app.rules.labels import CONFIDENCE_MAX, CONFIDENCE_MIN
from app.rules.limits import MAX_LIST_ITEMS
from app.rules.links import DEFAULT_CONFIDENCE, LinkDraft, Relation, UnlinkOutcome
from app.rules.row_results import Outcome, RowResult
from app.rules.scopes import Scope
from app.services import links

tell(
    UnlinkOutcome,
    "What became of a link that was to be taken back.",
    {
        UnlinkOutcome.REMOVED: "It was yours, and is gone.",
        UnlinkOutcome.NOT_FOUND: "You assert no such link: it is absent, hidden from you, or another's.",
    },
)


@plain
@strawberry.input(description="One assertion that two signals, both contributed by you, belong together.")
class LinkDraftInput:
    from_id: strawberry.ID = strawberry.field(name="from", description="Id of the signal that the relation starts at.")
    to_id: strawberry.ID = strawberry.field(name="to", description="Id of the signal that the relation leads to.")
    relation: Relation = strawberry.field(description="How the first signal relates to the second.")
    confidence: int = strawberry.field(
        default=DEFAULT_CONFIDENCE,
        description=f"How sure you are of the link, {CONFIDENCE_MIN} to {CONFIDENCE_MAX}; {DEFAULT_CONFIDENCE} by"
        " default.",
    )

    def draft(self) -> LinkDraft:
        from_id, to_id = (ids.read_or_nothing(Prefix.SIGNAL, id) for id in (self.from_id, self.to_id))
        return LinkDraft(from_id, to_id, self.relation, self.confidence)


@strawberry.type(description="What became of one link of a call.")
class LinkedRow:
    index: int = strawberry.field(description="Place of the link in the call, from 0.")
    outcome: Outcome = strawberry.field(description="Whether you asserted it before, and with this confidence.")
    link_id: strawberry.ID | None = strawberry.field(description="Id of the link that stands now; null if rejected.")
    problem: RowProblem | None = strawberry.field(description="Why the link was rejected, if it was.")

    @classmethod
    def of(cls, index: int, result: RowResult) -> Self:
        return cls(
            index=index,
            outcome=result.outcome,
            link_id=optional_id(Prefix.LINK, result.subject_id),
            problem=RowProblem.of_optional(result.rejection),
        )


@strawberry.type(description="What became of the links of a call.")
class LinkSignalsPayload:
    rows: list[LinkedRow] = strawberry.field(description="One for each link, in their order.", directives=[OF_ROWS])


@plain
@strawberry.input(description=f"Up to {MAX_LIST_ITEMS:,} links to assert in one transaction.")
class LinkSignalsInput:
    links: list[LinkDraftInput] = strawberry.field(
        description=f"The links, 1 to {MAX_LIST_ITEMS:,}; a bad one harms no other.", directives=[EACH]
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description=f"{NAMED_CALL}: sending it again gives the same rows.",
    )


@strawberry.type(description="What became of one link that was to be taken back.")
class UnlinkedRow:
    index: int = strawberry.field(description="Place of the id in the call, from 0.")
    outcome: UnlinkOutcome = strawberry.field(description="Whether a link of yours was taken back.")


@strawberry.type(description="What became of the links that were to be taken back.")
class UnlinkSignalsPayload:
    rows: list[UnlinkedRow] = strawberry.field(
        description="One for each id, in the order of the ids.", directives=[OF_ROWS]
    )


@strawberry.input(description=f"Up to {MAX_LIST_ITEMS:,} links to take back in one transaction.")
class UnlinkSignalsInput:
    link_ids: list[strawberry.ID] = strawberry.field(
        description=f"Ids of links that you asserted, 1 to {MAX_LIST_ITEMS:,}.", directives=[EACH]
    )


LinkSignalsResult = Annotated[
    LinkSignalsPayload | InvalidInput | Conflict | Forbidden,
    strawberry.union("LinkSignalsResult", description="The rows of a call that links, or why there are none."),
]
UnlinkSignalsResult = Annotated[
    UnlinkSignalsPayload | InvalidInput | Forbidden,
    strawberry.union("UnlinkSignalsResult", description="The rows of a call that unlinks, or why there are none."),
]


@strawberry.type
class LinkMutation:
    @mutation(
        Scope.SIGNALS_WRITE,
        costs=(rows_of("links"),),
        description="Say that signals belong together, pair by pair. You must contribute both of a pair; asserting the"
        " same link again changes its confidence at most.",
    )
    async def link_signals(self, info: Info, input: LinkSignalsInput) -> LinkSignalsResult:
        context = info.context
        drafts = [link.draft() for link in bounded(input.links, "links")]
        async with context.write() as session:
            results = await links.link(session, context.actor, context.keyring, drafts, input.idempotency_key)
        return LinkSignalsPayload(rows=[LinkedRow.of(index, result) for index, result in enumerate(results)])

    @mutation(
        Scope.SIGNALS_WRITE,
        costs=(rows_of("linkIds"),),
        description="Take back links that you asserted. They also end by themselves when you retract either signal.",
    )
    async def unlink_signals(self, info: Info, input: UnlinkSignalsInput) -> UnlinkSignalsResult:
        named = [ids.read_or_nothing(Prefix.LINK, id) for id in bounded(input.link_ids, "linkIds")]
        async with info.context.write() as session:
            outcomes = await links.unlink(session, info.context.actor, named)
        return UnlinkSignalsPayload(
            rows=[UnlinkedRow(index=index, outcome=outcome) for index, outcome in enumerate(outcomes)]
        )
