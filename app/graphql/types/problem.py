"""Refusals of the domain, as members of a mutation's result."""

from typing import Self

import strawberry
from strawberry import federation

from app import errors


@strawberry.interface(description="Why a mutation was refused; nothing was changed.")
class Problem:
    message: str = strawberry.field(description="For people: what is wrong and what can be done. Holds no value.")
    code: str = strawberry.field(description="For programs: the stable code, as in `extensions.code` of errors.")


@federation.type(shareable=True, description="The input breaks a rule.")
class InvalidInput(Problem):
    field: str | None = strawberry.field(description="The part of the input that is wrong, where one can be named.")
    reason: errors.Refusal = strawberry.field(
        description="Which rule the input breaks, as in `extensions.reason` of errors."
    )

    @classmethod
    def of(cls, error: errors.InvalidInput) -> Self:
        return cls(message=error.message, code=error.code, field=error.field, reason=error.reason)


@federation.type(
    shareable=True, description="The object is absent, hidden from you, or of another type: the three look the same."
)
class NotFound(Problem):
    noun: str = strawberry.field(description="What was looked for, such as `signal` or `case`.")
    field: str | None = strawberry.field(description="The part of the input that names it, where there is one.")

    @classmethod
    def of(cls, error: errors.NotFound) -> Self:
        return cls(message=error.message, code=error.code, noun=error.noun, field=error.field)


@federation.type(
    shareable=True, description="The state of things, or an earlier call with the same key, speaks against it."
)
class Conflict(Problem):
    @classmethod
    def of(cls, error: errors.Conflict) -> Self:
        return cls(message=error.message, code=error.code)


@federation.type(shareable=True, description="Your participant's status or class does not allow it.")
class Forbidden(Problem):
    @classmethod
    def of(cls, error: errors.Forbidden) -> Self:
        return cls(message=error.message, code=error.code)


def problem_of(error: errors.ExchangeError) -> Problem | None:
    """The member of a result for this error; null for those that are told at the top of the answer."""
    match error:
        case errors.InvalidInput():
            return InvalidInput.of(error)
        case errors.NotFound():
            return NotFound.of(error)
        case errors.Conflict():
            return Conflict.of(error)
        case errors.Forbidden():
            return Forbidden.of(error)
    return None
