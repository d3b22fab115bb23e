"""Whole numbers beyond GraphQL's Int, which ends at 32 bits."""

from typing import Final, NewType

import strawberry

# Every reader of JSON keeps integers up to here, JavaScript's included.
# Source: RFC 8259, section 6.
GREATEST: Final = 2**53 - 1

BigInt = NewType("BigInt", int)


def _whole(number: object) -> int:
    """Raises: ValueError for what JSON would lose digits of."""
    if isinstance(number, bool) or not isinstance(number, int) or abs(number) > GREATEST:
        raise ValueError("not a whole number that every reader of JSON keeps")
    return number


BIG_INT = strawberry.scalar(
    name="BigInt",
    description=f"A whole number, written as a JSON integer: beyond 32 bits, but never beyond 2^53 - 1 ({GREATEST:,}).",
    serialize=_whole,
    parse_value=_whole,
)
