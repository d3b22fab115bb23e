"""From what went wrong to what the client reads: a refusal in full, anything else without a word of its own."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from traceback import StackSummary, walk_tb
from typing import TypedDict

import structlog
from graphql import GraphQLError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from strawberry.exceptions import StrawberryInputCoercionError

from app.errors import ExchangeError, InvalidInput, NotFound, RateLimited, Refusal, TooMany
from app.graphql import wording
from app.rules import limits

log = structlog.get_logger("lantern.graphql")

# Unexpected errors logged of one answer; the others are mostly the same.
MAX_LOGGED = 5
# Frames of one stack, innermost.
MAX_FRAMES = 25

INTERNAL = "INTERNAL_SERVER_ERROR"

# What the database stops by itself, by SQLSTATE. The second half should have been refused before, so it is logged.
_CONTENDED = TooMany("Others are changing the same things. Try again in a moment.")
_STOPPED = {
    "57014": TooMany("This took too long and was stopped. Ask for less at once."),
    "55P03": _CONTENDED,
    # A serialization failure and a deadlock, after all tries.
    "40001": _CONTENDED,
    "40P01": _CONTENDED,
}
_REFUSED = {
    "22021": InvalidInput(
        "A text holds a character that cannot be kept, such as U+0000.", reason=Refusal.CONTROL_CHARACTER
    ),
    "22P05": InvalidInput(
        "A text holds a character that cannot be kept, such as U+0000.", reason=Refusal.CONTROL_CHARACTER
    ),
    "54000": InvalidInput("A text is longer than can be kept.", reason=Refusal.TOO_LONG),
}


class Told(TypedDict, total=False):
    """One error as the client reads it."""

    message: str
    locations: list[dict[str, int]]
    path: list[str | int]
    extensions: dict[str, object]


def refusal(error: ExchangeError, at: GraphQLError | None = None) -> Told:
    """A refusal with its code; `at` says where in document and answer."""
    extensions: dict[str, object] = {"code": error.code}
    if isinstance(error, InvalidInput):
        extensions["reason"] = error.reason
    if isinstance(error, InvalidInput | NotFound) and error.field is not None:
        extensions["field"] = error.field
    if isinstance(error, RateLimited):
        extensions["retrySeconds"] = error.retry_seconds
    return _told(error.message, extensions, at)


def of_document(error: GraphQLError, code: str) -> Told:
    """An error of parsing or validating; a scalar's own refusal keeps its words."""
    cause = _cause(error)
    if isinstance(cause, ExchangeError):
        return refusal(cause, error)
    return _told(wording.plain(error.message), {"code": code}, error)


def of_variable(error: GraphQLError) -> Told:
    """An error of reading the variables, found before anything runs."""
    cause = _cause(error)
    if isinstance(cause, ExchangeError):
        return refusal(cause, error)
    return _told(
        wording.about_variable(error.message), {"code": InvalidInput.code, "reason": Refusal.WRONG_TYPE}, error
    )


def of_execution(errors: Sequence[GraphQLError], request_id: str) -> list[Told]:
    """Errors of fields; those that no client can cause are logged."""
    told = []
    unexpected = 0
    for error in errors[: limits.MAX_FIELD_ERRORS]:
        refused = _as_refusal(error)
        if refused is None:
            unexpected += 1
            if unexpected <= MAX_LOGGED:
                report(_cause(error), field=_field(error))
        told.append(refusal(refused, error) if refused else unexpected_error(request_id, error))
    return told


def unexpected_error(request_id: str, at: GraphQLError | None = None) -> Told:
    return _told("Unexpected error.", {"code": INTERNAL, "requestId": request_id}, at)


def report(error: BaseException, **where: str) -> None:
    """Log what happened and where, without the error's own words: a driver's message quotes values."""
    log.error("unexpected error", **summary(error), **where)


def summary(error: BaseException) -> dict[str, object]:
    """The classes of an error and its causes, outermost first, and the frames of the outermost, which passed ours."""
    found: dict[str, object] = {"exception": [_class(link) for link in _chain(error)], "frames": _frames(error)}
    sqlstate = _sqlstate(error)
    if sqlstate is not None:
        found["sqlstate"] = sqlstate
    return found


def _as_refusal(error: GraphQLError) -> ExchangeError | None:
    cause = _cause(error)
    if isinstance(cause, ExchangeError):
        return cause
    if isinstance(cause, GraphQLError):
        return _as_invalid(cause)
    if isinstance(cause, NoFreeConnection | TimeoutError):
        return _STOPPED["57014"]
    sqlstate = _sqlstate(cause)
    if sqlstate in _REFUSED:
        log.warning("refused by the database", **summary(cause))
    return _STOPPED.get(sqlstate or "") or _REFUSED.get(sqlstate or "")


def _as_invalid(error: GraphQLError) -> InvalidInput | None:
    """Arguments are read when their field runs, so some of what is wrong with them shows only then."""
    if isinstance(error, StrawberryInputCoercionError):
        return InvalidInput(wording.plain(error.message), reason=Refusal.WRONG_TYPE)
    words = wording.about_argument(error.message)
    return InvalidInput(words, reason=Refusal.WRONG_TYPE) if words else None


def _cause(error: GraphQLError) -> BaseException:
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _told(message: str, extensions: dict[str, object], at: GraphQLError | None) -> Told:
    told = Told(message=message)
    if at is not None and at.locations:
        told["locations"] = [{"line": place.line, "column": place.column} for place in at.locations]
    if at is not None and at.path:
        told["path"] = at.path
    told["extensions"] = extensions
    return told


def _field(error: GraphQLError) -> str:
    """The field's name in the schema, not the alias that the client gave it."""
    name = getattr(error.nodes[0], "name", None) if error.nodes else None
    return name.value if name else "-"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _sqlstate(error: BaseException) -> str | None:
    for link in _chain(error):
        for source in (link, getattr(link, "orig", None)):
            sqlstate = getattr(source, "sqlstate", None)
            if isinstance(sqlstate, str):
                return sqlstate
    return None


def _class(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _frames(error: BaseException) -> list[str]:
    frames = StackSummary.extract(walk_tb(error.__traceback__), lookup_lines=False)[-MAX_FRAMES:]
    return [f"{'/'.join(PurePath(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in frames]
