"""Many values in one parameter, so that a statement reads the same, and stays prepared, however many there are."""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, any_, func, literal
from sqlalchemy.dialects.postgresql import ARRAY

from app.store.tables.row import UUIDS

T = TypeVar("T")


def among(column: SQLColumnExpression[T], values: Iterable[T] | ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the column has one of these values; an array of the database may stand for them."""
    if isinstance(values, ColumnElement):
        return column == any_(values)
    typed: Any = column
    return column == any_(literal(list(set(values)), ARRAY(typed.type)))


def each(ids: Iterable[UUID]) -> ColumnElement[UUID]:
    """A row for each of these ids, in a list of columns."""
    return func.unnest(literal(list(set(ids)), UUIDS))
