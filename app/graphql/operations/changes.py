"""Following what changes."""

from typing import Annotated

import strawberry

from app.graphql.context import Info
from app.graphql.cost_words import Sized
from app.graphql.operations.fields import query
from app.graphql.paging import DEFAULT_FIRST, After, First
from app.graphql.readings import Way
from app.graphql.types.change import ChangePage, ResyncRequired
from app.rules.scopes import Scope
from app.services import changes
from app.services.changes import FreshStart

ChangesResult = Annotated[
    ChangePage | ResyncRequired,
    strawberry.union("ChangesResult", description="A page of the change feed, or the need to start afresh."),
]


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
