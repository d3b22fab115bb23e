"""Finding signals."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import strawberry

from app.graphql.operations.fields import found, listed, wants
from app.graphql.paging import DEFAULT_FIRST, After, First
from app.graphql.types.base import Connection
from app.graphql.types.enums import tell
from app.graphql.types.signal import Signal
from app.rules import ids
from app.rules.ids import Prefix
from app.rules.labels import CONFIDENCE_MAX, CONFIDENCE_MIN, Handling, Severity, Violation
from app.rules.moments import checked_optional_moment
from app.rules.scopes import Scope
from app.rules.signal_lists import SignalFilter, SignalOrder
from app.rules.signal_types import SignalType
from app.services import signals
from app.store import signals as kept_signals

tell(
    SignalOrder,
    "In which order signals are listed.",
    {
        SignalOrder.UPDATED_NEWEST_FIRST: "The last changed comes first.",
        SignalOrder.UPDATED_OLDEST_FIRST: "The one that has not changed for longest comes first.",
        SignalOrder.CREATED_NEWEST_FIRST: "The last contributed comes first.",
        SignalOrder.CREATED_OLDEST_FIRST: "The first contributed comes first.",
    },
)


@strawberry.input(
    description="Which signals to list: those with one contribution, visible to you, that meets all that is given."
)
class SignalFilterInput:
    types: list[SignalType] = strawberry.field(default_factory=list, description="Signals of any of these types.")
    violations: list[Violation] = strawberry.field(
        default_factory=list, description="Contributions that name any of these violations."
    )
    severity_at_least: Severity | None = strawberry.field(
        default=None, description="Contributions of this severity or a graver one."
    )
    confidence_at_least: int | None = strawberry.field(
        default=None, description=f"Contributions of this confidence or more, {CONFIDENCE_MIN} to {CONFIDENCE_MAX}."
    )
    contributor: strawberry.ID | None = strawberry.field(default=None, description="Contributions of this participant.")
    group: strawberry.ID | None = strawberry.field(
        default=None, description="Contributions shared with this sharing group of yours."
    )
    handling: Handling | None = strawberry.field(default=None, description="Contributions with exactly this handling.")
    has_feedback: bool | None = strawberry.field(
        default=None, description="Signals with, or without, feedback that you gave or received."
    )
    updated_since: datetime | None = strawberry.field(
        default=None, description="Contributions that changed at this time or later, with an offset."
    )

    def wanted(self) -> SignalFilter:
        """Raises: InvalidInput for a time that is none."""
        return SignalFilter(
            types=tuple(self.types),
            violations=tuple(self.violations),
            severity_at_least=self.severity_at_least,
            confidence_at_least=self.confidence_at_least,
            contributor=None if self.contributor is None else ids.read_or_nothing(Prefix.PARTICIPANT, self.contributor),
            group=None if self.group is None else ids.read_or_nothing(Prefix.GROUP, self.group),
            handling=self.handling,
            has_feedback=self.has_feedback,
            updated_since=checked_optional_moment(self.updated_since, "updatedSince"),
        )


FilterArgument = Annotated[
    SignalFilterInput | None, strawberry.argument(description="Conditions, all of which must hold; none lists all.")
]
IdArgument = Annotated[strawberry.ID, strawberry.argument(description="Which signal: `sig_` and 32 hex digits.")]
OrderArgument = Annotated[SignalOrder, strawberry.argument(description="The order; the last changed first by default.")]


@strawberry.type
class SignalQuery:
    @found(
        Scope.SIGNALS_READ,
        kept_signals.by_ids,
        description="One signal by its id; null if it is absent or hidden from you.",
    )
    def signal(self, id: IdArgument) -> Signal | None:
        return wants(ids.read_or_nothing(Prefix.SIGNAL, id))

    @listed(
        signals.find,
        description="The signals that you see, page by page. A combination of conditions that no index answers is"
        " refused, saying what to add.",
    )
    def signals(
        self,
        filter: FilterArgument = None,
        order_by: OrderArgument = SignalOrder.UPDATED_NEWEST_FIRST,
        first: First = DEFAULT_FIRST,
        after: After = None,
    ) -> Connection[Signal]:
        return wants(replace(filter.wanted() if filter else SignalFilter(), order=order_by))
