"""Impact as clients see it: what came of the viewer's signals, in numbers that single out nobody."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import federation

from app.graphql.cost_words import about
from app.graphql.types.big_int import BigInt
from app.rules import impact as rules
from app.rules.impact import MAX_PERIOD_DAYS
from app.rules.verdicts import EnforcementAction

From = Annotated[
    datetime,
    strawberry.argument(
        name="from", description="Begin of the period, with an offset; the whole UTC day of it counts."
    ),
]
To = Annotated[
    datetime,
    strawberry.argument(
        name="to",
        description=f"End of the period, with an offset, at most {MAX_PERIOD_DAYS} days later; counts the UTC day in"
        " which it lies,"
        " unless it is its very beginning.",
    ),
]


@strawberry.type(description="How often others took one action after matching your signals.")
class ActionTotal:
    action: EnforcementAction = strawberry.field(description="What others did.")
    count: BigInt = strawberry.field(description="The exact sum of the counts that they gave.")


@strawberry.type(
    description="A funnel, counted in feedback: one for each pair of a participant and a signal. Each number is the"
    " last before it or a part of it, but for `alreadyActioned`, which is a part of `matched`."
)
class ImpactFunnel:
    downloaded: int = strawberry.field(description="How often others said that they had taken the signal in.")
    matched: int = strawberry.field(description="How often something matched.")
    reviewed: int = strawberry.field(description="How often a review of what matched came to a verdict.")
    actionable: int = strawberry.field(description="How often the review confirmed a violation.")
    already_actioned: int = strawberry.field(
        description="How often an enforcement action stands on what matched, whether it was taken because of the signal"
        " or before it; NO_ACTION and INVESTIGATION_OPENED are none."
    )
    actions: list[ActionTotal] = strawberry.field(
        description="What was done, each action with its total.", directives=[about(5)]
    )

    @classmethod
    def of(cls, funnel: rules.Funnel) -> Self:
        return cls(
            downloaded=funnel.downloaded,
            matched=funnel.matched,
            reviewed=funnel.reviewed,
            actionable=funnel.actionable,
            already_actioned=funnel.already_actioned,
            actions=[ActionTotal(action=action, count=BigInt(count)) for action, count in funnel.actions.items()],
        )


@strawberry.type(description="One cell of a breakdown.")
class ImpactCell:
    key: str = strawberry.field(description="What the cell counts; OTHER for what is in no other cell.")
    funnel: ImpactFunnel = strawberry.field(description="What came of the signals that this cell counts.")

    @classmethod
    def all_of(cls, cells: Iterable[rules.Cell]) -> list["ImpactCell"]:
        return [cls(key=cell.key, funnel=ImpactFunnel.of(cell.funnel)) for cell in cells]


@federation.type(
    requires_scopes=[["impact:read"]],
    description="What came of the signals that you contributed: the current feedback on them that was given or last"
    " changed in the period. A cell of a breakdown that rests on fewer than 3 participants goes into OTHER, with as"
    " many others as it takes that nothing can be found out by subtraction either.",
)
class Impact:
    since: datetime = strawberry.field(name="from", description="Begin of the first day of the period, UTC.")
    until: datetime = strawberry.field(name="to", description="End of the last day of the period, UTC.")
    total: ImpactFunnel = strawberry.field(description="The exact funnel of all the feedback.")
    by_signal_type: list[ImpactCell] = strawberry.field(
        description="Split by what kind of indicator the signal is.", directives=[about(10)]
    )
    by_violation: list[ImpactCell] = strawberry.field(
        description="By the violations that your contribution names; it counts in the cell of each, so cells overlap.",
        directives=[about(10)],
    )
    by_participant_class: list[ImpactCell] = strawberry.field(
        description="By the class of the participant that gave the feedback.", directives=[about(5)]
    )

    @classmethod
    def of(cls, impact: rules.Impact) -> Self:
        return cls(
            since=impact.period.since,
            until=impact.period.until,
            total=ImpactFunnel.of(impact.total),
            by_signal_type=ImpactCell.all_of(impact.by_signal_type),
            by_violation=ImpactCell.all_of(impact.by_violation),
            by_participant_class=ImpactCell.all_of(impact.by_participant_class),
        )
