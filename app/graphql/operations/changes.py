"""Following what changes."""

from collections.abc import AsyncIterator
from typing import Annotated, TypeAlias, cast

import strawberry

from app.graphql.context import Context, Info
from app.graphql.cost_words import Sized
from app.graphql.live import Step
from app.graphql.operations.fields import live, mutation, query, subscription
from app.graphql.paging import DEFAULT_FIRST, After, First, SubscribeAfter
from app.graphql.readings import Way
from app.graphql.types.change import AcknowledgeChangesPayload, ChangePage, ResyncRequired
from app.graphql.types.problem import Forbidden, InvalidInput
from app.rules.changes import ChangeFilter
from app.rules.cursors import Place
from app.rules.labels import Severity, Violation
from app.rules.limits import MAX_EVENT_ITEMS
from app.rules.scopes import Scope
from app.rules.signal_types import SignalType
from app.services import changes
from app.services.changes import FreshStart
from app.store.watch import Topic

ChangesResult = Annotated[
    ChangePage | ResyncRequired,
    strawberry.union("ChangesResult", description="A page of the change feed, or the need to start afresh."),
]


@strawberry.input(description="How far a program is with the change feed.")
class AcknowledgeChangesInput:
    cursor: str = strawberry.field(description="The `endCursor` of the last page of which it has applied every change.")


AcknowledgeChangesResult: TypeAlias = Annotated[
    AcknowledgeChangesPayload | InvalidInput | Forbidden,
    strawberry.union("AcknowledgeChangesResult", description="That it is taken down, or why it is not."),
]


@strawberry.input(description="Which signals to be told of: those that meet all that is given.")
class ChangeFilterInput:
    types: list[SignalType] = strawberry.field(
        default_factory=list, description="Signals of any of these types; of whichever type if empty."
    )
    violations: list[Violation] = strawberry.field(
        default_factory=list, description="Signals that anybody you see calls any of these; whichever if empty."
    )
    severity_at_least: Severity | None = strawberry.field(
        default=None, description="Signals whose gravest severity that you see is this or a graver one."
    )

    def wanted(self) -> ChangeFilter:
        return ChangeFilter(frozenset(self.types), frozenset(self.violations), self.severity_at_least)


ChangeFilterArgument = Annotated[
    ChangeFilterInput | None, strawberry.argument(description="Conditions on the signals; all of them without one.")
]


@strawberry.type
class ChangeSubscription:
    @subscription(
        Scope.FEED_READ,
        description="The change feed as it goes on: first what changed after a cursor, then what changes. Without a"
        " cursor it begins now. The first page comes at once, even with no items, so that there always is an"
        " `endCursor` to resume from, with nothing missed and nothing twice; `changes` takes it too. A signal that"
        " does not meet the filter, or no longer does, is told as removed; one of a type that you did not ask for is"
        " left out. ResyncRequired is the last event.",
    )
    async def signal_changed(
        self, info: Info, filter: ChangeFilterArgument = None, after: SubscribeAfter = None
    ) -> AsyncIterator[ChangesResult]:
        wanted = None if filter is None else filter.wanted()

        async def read(context: Context, place: Place | None) -> Step[Place]:
            async with context.read() as session:
                actor, cursors = context.actor, context.cursors
                at = place or await changes.begin(session, actor, cursors, after)
                found = await changes.follow_from(session, actor, cursors, at, MAX_EVENT_ITEMS)
            if isinstance(found, FreshStart):
                return Step(ResyncRequired.of(found), None)
            told = found if wanted is None else changes.chosen(found, wanted)
            caught_up_to = found.end.position if found.caught_up else None
            if place is not None and not told.items:
                return Step(None, found.end, caught_up_to)
            return Step(ChangePage.of(told, await context.match_key_epoch()), found.end, caught_up_to)

        async for event in live(info).follow(Topic.SIGNALS, read):
            yield cast(ChangesResult, event)


@strawberry.type
class ChangeQuery:
    @query(
        Scope.FEED_READ,
        read=Way("changes"),
        costs=(Sized(("first",), ("items",)),),
        description="What came into your sight, changed or went out of it after a cursor; from the start without one."
        " Replaying it from any cursor ends in exactly what you can see.",
    )
    async def changes(self, info: Info, after: After = None, first: First = DEFAULT_FIRST) -> ChangesResult:
        context = info.context
        async with context.read() as session:
            found = await changes.follow(session, context.actor, context.cursors, after, first)
        if isinstance(found, FreshStart):
            return ResyncRequired.of(found)
        return ChangePage.of(found, await context.match_key_epoch())


@strawberry.type
class ChangeMutation:
    @mutation(
        Scope.FEED_READ,
        description="Say that this program has applied every change up to a cursor, so its copy holds nothing any more"
        " that had gone out of your sight by then. The operator sees whose copies lag behind. Nobody goes back: an"
        " earlier cursor is taken as the latest. One from before a ResyncRequired is refused, with the reason"
        " RESYNC_REQUIRED. For programs that act by themselves, whatever the status of their participant.",
    )
    async def acknowledge_changes(self, info: Info, input: AcknowledgeChangesInput) -> AcknowledgeChangesResult:
        context = info.context
        async with context.write() as session:
            await changes.acknowledge(session, context.actor, context.cursors, input.cursor)
        return AcknowledgeChangesPayload(acknowledged_at=context.actor.as_of)
