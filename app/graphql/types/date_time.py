"""Points in time, as clients write and read them."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from strawberry.schema.types.base_scalars import DateTimeDefinition

from app.rules.moments import EARLIEST_YEAR, LATEST_YEAR

# How nearly all programs write a time in UTC; Python reads it ten times faster than the library reads whatever ISO 8601
# allows, and only of these do both make the same.
_USUAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3}|\.\d{6})?Z", re.ASCII)
_read_any: Callable[[Any], Any] = DateTimeDefinition.parse_value  # type: ignore[assignment]  # it is never null


def _read(value: object) -> object:
    if isinstance(value, str) and _USUAL.fullmatch(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass  # The library knows 24:00, and has words for the rest.
    return _read_any(value)


def _written(moment: datetime) -> str:
    """As PostgreSQL writes it in JSON: with as many decimals as are not zero."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.rstrip('0') if '.' in text else text}+00:00"


DATE_TIME = replace(
    DateTimeDefinition,
    serialize=_written,
    description="A point in time, ISO 8601, as in 2026-07-01T12:00:00Z. Answers are in UTC; input needs an offset, and"
    f" a year from {EARLIEST_YEAR} to {LATEST_YEAR}.",
    parse_value=_read,
)
