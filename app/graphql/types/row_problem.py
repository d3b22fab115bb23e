"""What became of a row of a bulk call, and why it was rejected."""

from typing import Self

import strawberry

from app.errors import Refusal
from app.graphql.types.enums import tell
from app.rules.row_results import Outcome, Rejection

tell(
    Outcome,
    "What became of a row of a bulk call.",
    {
        Outcome.CREATED: "New to you; whether others share it out of your sight is not told.",
        Outcome.UPDATED: "You said something else about it before; it now says this.",
        Outcome.UNCHANGED: "You said the same before, so nothing was written.",
        Outcome.REJECTED: "Nothing was written; the row's `problem` says why.",
    },
)


@strawberry.type(description="Why a row of a bulk call was rejected.")
class RowProblem:
    code: str = strawberry.field(description="Stable code of the refusal, one of those of `extensions.code`.")
    field: str | None = strawberry.field(description="The field of the row that is wrong, where one can be named.")
    reason: Refusal = strawberry.field(description="Which rule the row breaks; NOT_FOUND where the code is that.")
    message: str = strawberry.field(description="What a person can do about the row; holds no value.")

    @classmethod
    def of(cls, rejection: Rejection) -> Self:
        return cls(code=rejection.code, field=rejection.field, reason=rejection.reason, message=rejection.message)

    @classmethod
    def of_optional(cls, rejection: Rejection | None) -> Self | None:
        return None if rejection is None else cls.of(rejection)
