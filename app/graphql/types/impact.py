"""Impact as clients see it: what came of the viewer's signals, in numbers that single out nobody."""

from datetime import datetime
from typing import Annotated, NewType, Self

import strawberry
from strawberry import federation

from app.rules import impact as rules
from app.rules.impact import MAX_PERIOD_DAYS, MIN_REPORTERS
from app.rules.verdicts import EnforcementAction

From = Annotated[
    datetime, strawberry.argument(name="from", description="Begin of the period; the whole UTC day of it counts.")
]
To = Annotated[
    datetime,
    strawberry.argument(
        description=f"End of the period, at most {MAX_PERIOD_DAYS} days later; counts the UTC day in which it lies,"
        " unless it is its very beginning."
    ),
]


@strawberry.type(description="How often others took one action after matching your signals.")
class ActionTotal:
    action: EnforcementAction = strawberry.field(description="What others did.")
    count: float = strawberry.field(description="The exact sum of the counts; a whole number, beyond 32 bits too.")


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
        description="How often an enforcement action had been taken; NO_ACTION and INVESTIGATION_OPENED are none."
    )
    actions: list[ActionTotal] = strawberry.field(description="What was done, each action with its total.")

    @classmethod
    def of(cls, cell: rules.Cell) -> Self:
        return cls(
            downloaded=cell.downloaded,
            matched=cell.matched,
            reviewed=cell.reviewed,
            actionable=cell.actionable,
            already_actioned=cell.already_actioned,
            actions=[ActionTotal(action=action, count=count) for action, count in cell.actions.items()],
        )


@strawberry.type(description="One cell of a breakdown.")
class ImpactCell:
    key: str = strawberry.field(description="What the cell counts; OTHER for what is in no other cell.")
    funnel: ImpactFunnel = strawberry.field(description="The funnel of the feedback in this cell.")

    @classmethod
    def all_of(cls, cells: list[rules.Cell]) -> list["ImpactCell"]:
        return [cls(key=cell.key, funnel=ImpactFunnel.of(cell)) for cell in cells]
