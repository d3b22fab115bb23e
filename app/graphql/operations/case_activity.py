"""Following a case."""

from collections.abc import AsyncIterator
from typing import Annotated, Self, cast

import strawberry

from app.graphql.context import Context, Info
from app.graphql.live import Step
from app.graphql.operations.fields import live, subscription
from app.graphql.paging import SubscribeAfter
from app.graphql.types.case import CaseEvent
from app.rules import ids
from app.rules.ids import Prefix
from app.rules.scopes import Scope
from app.services import case_activity
from app.services.case_activity import CaseActivity
from app.store.watch import Topic

CaseArgument = Annotated[strawberry.ID, strawberry.argument(description="A case that you are a member of.")]


@strawberry.type(description="What happened next in a case.")
class CaseActivityPage:
    items: list[CaseEvent] = strawberry.field(
        description="The events in their order, without those about signals that you do not see at this time."
    )
    end_cursor: str = strawberry.field(description="Pass it as `after` to resume here; it is good for this case alone.")
    caught_up: bool = strawberry.field(description="Whether this is all that has happened in the case so far.")

    @classmethod
    def of(cls, activity: CaseActivity, end_cursor: str) -> Self:
        items = [CaseEvent.of(row) for row in activity.items]
        return cls(items=items, end_cursor=end_cursor, caught_up=activity.caught_up)


@strawberry.type
class CaseActivitySubscription:
    @subscription(
        Scope.CASES_READ,
        description="What happens in a case: first what did after a cursor, then what does. Without a cursor it begins"
        " now. The first event comes at once, even with no items, so that there always is an `endCursor` to resume"
        " from. It ends with the error NOT_FOUND when you are no member, as if there were no such case.",
    )
    async def case_activity(
        self, info: Info, case_id: CaseArgument, after: SubscribeAfter = None
    ) -> AsyncIterator[CaseActivityPage]:
        id = ids.read_or_nothing(Prefix.CASE, case_id)

        async def read(context: Context, number: int | None) -> Step[int]:
            actor, cursors = context.actor, context.cursors
            async with context.read() as session:
                at = await case_activity.begin(session, actor, cursors, id, after) if number is None else number
                found = await case_activity.follow_from(session, actor, id, at)
            caught_up_to = found.end if found.caught_up else None
            if number is not None and not found.items:
                return Step(None, found.end, caught_up_to)
            return Step(CaseActivityPage.of(found, cursors.of_case_event(id, found.end)), found.end, caught_up_to)

        async for event in live(info).follow(Topic.CASE, read, id):
            yield cast(CaseActivityPage, event)
