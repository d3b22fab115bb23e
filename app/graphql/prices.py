"""Prices: sums and products of numbers, of which some are known only when an operation's variables are."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

Values: TypeAlias = Mapping[str, Any]
"""The variables of an operation, by name."""

Price: TypeAlias = int | Callable[[Values], int]


def total(parts: Sequence[Price]) -> Price:
    fixed = sum(part for part in parts if isinstance(part, int))
    moving = [part for part in parts if not isinstance(part, int)]
    if not moving:
        return fixed
    if len(moving) == 1:
        (only,) = moving
        return only if fixed == 0 else lambda values: fixed + only(values)
    return lambda values: fixed + sum([part(values) for part in moving])


def product(one: Price, other: Price) -> Price:
    if isinstance(one, int):
        return _times(one, other)
    return _times(other, one) if isinstance(other, int) else lambda values: one(values) * other(values)


def _times(number: int, price: Price) -> Price:
    if number == 0 or isinstance(price, int):
        return 0 if number == 0 else number * price  # type: ignore[operator]  # an int by now
    return price if number == 1 else lambda values: number * price(values)


def at(price: Price, values: Values) -> int:
    return price if isinstance(price, int) else price(values)
