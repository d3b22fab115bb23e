"""The words in which a field says what it costs: the schema's own directives, and what these cannot say.

A composer takes @listSize only with numbers as slicing arguments, and sized fields only of one object type. Where a
list is as long as another list that was sent, or lies in a union, `Sized` says so for this server alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import strawberry
from strawberry.federation.schema_directives import Cost, ListSize

from app.rules.limits import MAX_EVENT_ITEMS, MAX_LIST_ITEMS

SIZED: Final = "lantern-sized"
WHEN: Final = "lantern-costs-when"
"""Where a field's metadata holds its declarations."""

# Items of a page whose length nobody said.
DEFAULT_FIRST = 50


@dataclass(frozen=True, slots=True)
class Sized:
    """What a field returns, or its `fields`, has as many items as the argument at this path says, or holds; without a
    path, `size`."""

    by: tuple[str, ...]
    fields: tuple[str, ...] = ()
    size: int | None = None


Word = Cost | ListSize | Sized

PAGE: Final = ListSize(
    assumed_size=DEFAULT_FIRST,
    slicing_arguments=["first"],
    sized_fields=["edges"],
    require_one_slicing_argument=False,
)
"""On a field that returns a connection."""


def about(size: int) -> ListSize:
    """On a list that is mostly this long."""
    unsaid: Any = strawberry.UNSET
    return ListSize(
        assumed_size=size, slicing_arguments=unsaid, sized_fields=unsaid, require_one_slicing_argument=unsaid
    )


def weighs(weight: int) -> Cost:
    """On a field, an argument or an input field: what one of its items costs, beside what is within it."""
    return Cost(weight=weight)


EACH: Final = weighs(5)
"""On a list of what a mutation changes."""

OF_ROWS: Final = about(MAX_LIST_ITEMS)
"""On a list with a row for each item that was sent; this server counts them."""


def rows_of(field: str, rows: str = "rows") -> Sized:
    """On a mutation whose payload has a row for each item of its input's list `field`."""
    return Sized(("input", field), (rows,))


EVENT: Final = Sized((), ("items",), MAX_EVENT_ITEMS)
"""On a subscription, for each of its events."""


def declared(words: tuple[Word, ...], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The words as parameters of a field: what is printed, and what is not."""
    printed = [word for word in words if not isinstance(word, Sized)]
    sized = next((word for word in words if isinstance(word, Sized)), None)
    return {"directives": printed, "metadata": {**metadata, SIZED: sized}}


def when(word: str, weight: int) -> dict[str, Any]:
    """Metadata of an input field: what its input costs more if this word of an enum is given there."""
    return {WHEN: (word, weight)}
