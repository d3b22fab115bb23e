"""What may go wrong and be told: every error that a client can cause."""

from typing import ClassVar


class ExchangeError(Exception):
    """A refusal that a client can cause and act upon.

    `message` is for people and never contains a value, a token or a hash; `code` is for programs and never changes.
    """

    code: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unauthenticated(ExchangeError):
    code = "UNAUTHENTICATED"


class Forbidden(ExchangeError):
    """The caller's scope, status or class does not allow this."""

    code = "FORBIDDEN"


class InvalidInput(ExchangeError):
    """The input breaks a rule: `field` names which part (GraphQL spelling), `reason` is a stable sub-code."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: str, *, field: str | None = None, reason: str = "INVALID") -> None:
        super().__init__(message)
        self.field = field
        self.reason = reason


class NotFound(ExchangeError):
    """Absent, hidden or of another type: the three look the same (R3)."""

    code = "NOT_FOUND"

    def __init__(self, noun: str) -> None:
        super().__init__(f"There is no such {noun}, or you may not see it.")
        self.noun = noun


class Conflict(ExchangeError):
    code = "CONFLICT"


class TooMany(ExchangeError):
    """More than a limit allows; see `app/rules/limits.py`."""

    code = "TOO_MANY"
