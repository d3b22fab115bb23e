"""Points in time that clients send: with an offset, and within reason."""

from datetime import UTC, datetime, timedelta

from ..errors import InvalidInput, Refusal

# Years. Beyond them a time cannot be moved to UTC, or is a slip of the keyboard.
EARLIEST_YEAR = 1990
LATEST_YEAR = 2200
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


def checked_moment(moment: datetime, field: str) -> datetime:
    """The same moment in UTC.

    Raises: InvalidInput without an offset, or outside the years that make sense.
    """
    if moment.tzinfo is None:
        raise InvalidInput(
            "This time needs an offset, such as `Z` for UTC at its end.", field=field, reason=Refusal.OFFSET_REQUIRED
        )
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise InvalidInput(
            f"This time lies outside the years {EARLIEST_YEAR} to {LATEST_YEAR}.",
            field=field,
            reason=Refusal.OUT_OF_RANGE,
        )
    return moment.astimezone(UTC)


def moment_of(microseconds: int) -> datetime:
    """The moment so many microseconds after the beginning of 1970, UTC."""
    return _BEGIN + timedelta(microseconds=microseconds)


def checked_optional_moment(moment: datetime | None, field: str) -> datetime | None:
    return None if moment is None else checked_moment(moment, field)
