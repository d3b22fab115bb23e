"""Following what others find with one's signals."""

from collections.abc import AsyncIterator
from typing import Annotated, Self, cast

import strawberry

from app.graphql.context import Context, Info
from app.graphql.live import Step
from app.graphql.operations.fields import live, subscription
from app.graphql.paging import SubscribeAfter
from app.graphql.types.change import ResyncRequired
from app.graphql.types.feedback import Feedback
from app.rules.cursors import Place
from app.rules.scopes import Scope
from app.services import received_feedback
from app.services.changes import FreshStart
from app.services.received_feedback import ReceivedFeedback
from app.store.watch import Topic


@strawberry.type(description="What others said next about signals that you contributed.")
class ReceivedFeedbackPage:
    items: list[Feedback] = strawberry.field(
        description="Feedback that is new or has changed, each as it stands now; in no order, as that would tell which"
        " of it has one author."
    )
    end_cursor: str = strawberry.field(description="Keep it, and pass it as `after` to resume behind these.")
    caught_up: bool = strawberry.field(description="Whether nobody has said anything more so far.")

    @classmethod
    def of(cls, received: ReceivedFeedback, end_cursor: str) -> Self:
        items = [Feedback.of(row) for row in received.items]
        return cls(items=items, end_cursor=end_cursor, caught_up=received.caught_up)


ReceivedFeedbackResult = Annotated[
    ReceivedFeedbackPage | ResyncRequired,
    strawberry.union("ReceivedFeedbackResult", description="What others said next, or the need to start afresh."),
]


@strawberry.type
class ReceivedFeedbackSubscription:
    @subscription(
        Scope.FEEDBACK_READ,
        description="What others say about signals that you contributed, exactly what `feedbackReceived` shows: first"
        " what they said after a cursor, then what they say. Without a cursor it begins now. The first event comes at"
        " once, even with no items, so that there always is an `endCursor` to resume from. ResyncRequired, when your"
        " status or groups changed, is the last event.",
    )
    async def feedback_on_my_signals(
        self, info: Info, after: SubscribeAfter = None
    ) -> AsyncIterator[ReceivedFeedbackResult]:
        async def read(context: Context, place: Place | None) -> Step[Place]:
            actor, cursors = context.actor, context.cursors
            async with context.read() as session:
                at = place or await received_feedback.begin(session, actor, cursors, after)
                found = await received_feedback.follow_from(session, actor, cursors, at)
            if isinstance(found, FreshStart):
                return Step(ResyncRequired.of(found), None)
            caught_up_to = found.end.position if found.caught_up else None
            if place is not None and not found.items:
                return Step(None, found.end, caught_up_to)
            event = ReceivedFeedbackPage.of(found, cursors.of_feedback_place(found.end))
            return Step(event, found.end, caught_up_to)

        async for event in live(info).follow(Topic.FEEDBACK, read):
            yield cast(ReceivedFeedbackResult, event)
