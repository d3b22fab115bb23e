"""The arguments of every long list."""

from typing import Annotated

import strawberry

from app.errors import InvalidInput, Refusal
from app.graphql.context import Info
from app.rules.limits import MAX_LIST_ITEMS
from app.store.pages import Window

# Items of a page whose length nobody said.
DEFAULT_FIRST = 50

First = Annotated[int, strawberry.argument(description=f"How many items at most, 1 to {MAX_LIST_ITEMS:,}.")]
After = Annotated[str | None, strawberry.argument(description="The `endCursor` of the page before; null to begin.")]


def window(info: Info, first: int, after: str | None) -> Window:
    """Raises: InvalidInput."""
    if not 1 <= first <= MAX_LIST_ITEMS:
        raise InvalidInput(f"A page has 1 to {MAX_LIST_ITEMS:,} items.", field="first", reason=Refusal.OUT_OF_RANGE)
    return Window(first, info.context.cursors.key(after))
