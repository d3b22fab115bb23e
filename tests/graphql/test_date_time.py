"""Times are read as the library reads them, the usual ones only faster."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.schema.types.base_scalars import DateTimeDefinition

from app.graphql.types.date_time import DATE_TIME


def read(definition: Any, text: object) -> object:
    try:
        return definition.parse_value(text)
    except StrawberryInputCoercionError as error:
        return error.message


ALIKE = st.from_regex(r"\A\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d{1,7})?(Z|[+-]\d\d:?\d\d)?\Z")
TIMES = st.datetimes(timezones=st.just(UTC)).map(lambda time: time.isoformat().replace("+00:00", "Z"))


@given(ALIKE | TIMES | st.text(max_size=24))
@settings(max_examples=1_000, deadline=None, database=None)
def test_a_time_is_read_as_by_the_library(text: str) -> None:
    assert read(DATE_TIME, text) == read(DateTimeDefinition, text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-01T24:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-W27-3T12:00:00Z",
        "٢٠٢٦-07-01T12:00:00Z",
    ],
)
def test_odd_times_are_read_as_by_the_library(text: str) -> None:
    assert read(DATE_TIME, text) == read(DateTimeDefinition, text)


def test_the_usual_form_keeps_its_offset() -> None:
    assert read(DATE_TIME, "2026-07-01T12:00:00.250Z") == datetime(2026, 7, 1, 12, 0, 0, 250_000, UTC)


@pytest.mark.parametrize("value", [None, 5, True, [], {}])
def test_what_is_no_text_is_no_time(value: object) -> None:
    assert read(DATE_TIME, value) == read(DateTimeDefinition, value)
