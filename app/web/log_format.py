"""How log lines are written: JSON, with errors as classes and frames, and other libraries' words withheld."""

import logging
import sys
from collections.abc import Callable
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

from app.graphql import masking
from app.web import request_log

# Libraries whose messages hold nothing of clients: the server's start and stop, and the migrations.
_OUTSPOKEN = frozenset({"uvicorn", "alembic", "lantern"})

# Loggers that print documents, tokens, parameters or URLs.
_SILENT = ("strawberry.execution", "authlib", "uvicorn.access", "httpx", "httpcore")


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Everything that the process logs goes through here, at `level` and above."""
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            with_what_is_noted,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            without_words,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Foreign()], level=max(least, logging.INFO), force=True)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    # At INFO it prints every statement with its parameters.
    logging.getLogger("sqlalchemy").setLevel(logging.WARNING)


def with_what_is_noted(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Of the request under way; what a line says itself counts more."""
    return {**request_log.noted(), **event}


def without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """An error's own words and its source lines can hold values; its class and its frames cannot."""
    told = event.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        event.update(masking.summary(error))
    return event


class _Foreign(logging.Handler):
    """Takes over what libraries log by the standard library."""

    def emit(self, record: logging.LogRecord) -> None:
        outspoken = record.name.partition(".")[0] in _OUTSPOKEN
        log = structlog.get_logger()
        say: Callable[..., Any] = log.error if record.levelno >= logging.ERROR else log.warning
        if record.levelno < logging.WARNING:
            say = log.info
        say(
            record.getMessage().strip() if outspoken else "a library's message, withheld",
            library=record.name,
            place=f"{record.module}:{record.lineno}",
            exc_info=record.exc_info,
        )


def _dumps(event: EventDict, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()
