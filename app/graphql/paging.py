"""The arguments of every long list."""

from typing import Annotated

import strawberry

from app.graphql.context import Info
from app.graphql.cost_words import DEFAULT_FIRST
from app.rules.limits import MAX_LIST_ITEMS, check_page
from app.store.pages import Window

__all__ = ["DEFAULT_FIRST", "After", "First", "SubscribeAfter", "window"]

First = Annotated[int, strawberry.argument(description=f"How many items at most, 1 to {MAX_LIST_ITEMS:,}.")]
After = Annotated[str | None, strawberry.argument(description="The `endCursor` of the page before; null to begin.")]

SubscribeAfter = Annotated[
    str | None,
    strawberry.argument(description="The `endCursor` of the last event that you have; null to begin now."),
]


def window(info: Info, first: int, after: str | None) -> Window:
    """Raises: InvalidInput."""
    check_page(first)
    return Window(first, info.context.cursors.key(after))
