"""JSON as text that PostgreSQL puts together: constant parts and expressions, glued by `concat`.

`concat` leaves NULL out without a word, so every expression that can be NULL is wrapped here by what the catalogue says
of its column.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    LargeBinary,
    SQLColumnExpression,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.graphql.engine.holes import EDGE

Piece = str | ColumnElement[Any]
"""Constant text, or an expression that is never NULL."""

# PostgreSQL takes at most 100 arguments.
_MOST_ARGUMENTS = 90
NULL = "null"


def constant(text: str) -> ColumnElement[str]:
    quoted = text.replace("'", "''")
    return literal_column(f"'{quoted}'", Text)


def glued(pieces: Iterable[Piece]) -> ColumnElement[str]:
    """One expression of all pieces."""
    parts = [constant(piece) if isinstance(piece, str) else piece for piece in _merged(pieces)]
    while len(parts) > _MOST_ARGUMENTS:
        parts = [
            func.concat(*parts[start : start + _MOST_ARGUMENTS]) for start in range(0, len(parts), _MOST_ARGUMENTS)
        ]
    if len(parts) == 1 and isinstance(parts[0].type, Text):
        return parts[0]
    return func.concat(*parts, type_=Text)


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        elif not isinstance(piece, str) or piece:
            merged.append(piece)
    return merged or [""]


def unless_null(of: ColumnElement[Any], pieces: Sequence[Piece], nullable: bool) -> list[Piece]:
    """The pieces, or JSON's null where `of` is NULL."""
    if not nullable:
        return list(pieces)
    return [case((of.is_(None), constant(NULL)), else_=glued(pieces))]


def or_null(text: ColumnElement[Any]) -> ColumnElement[str]:
    """A subquery's text, or JSON's null where it found no row."""
    return func.coalesce(text, constant(NULL), type_=Text)


def is_nullable(column: Column[Any] | None) -> bool:
    """What the catalogue says; what it does not know of may be NULL."""
    return column is None or bool(column.nullable)


def shown(of: ColumnElement[Any], kind: Any, nullable: bool) -> list[Piece]:
    """The JSON of a column of this type."""
    if isinstance(kind, Integer):
        return unless_null(of, [of], nullable)
    if isinstance(kind, Boolean):
        return unless_null(of, [truth(of)], nullable)
    if isinstance(kind, ARRAY):
        return unless_null(of, [func.array_to_json(of)], nullable)
    if isinstance(kind, Text | DateTime):
        return unless_null(of, [func.to_json(of)], nullable)
    raise TypeError(f"no JSON for columns of type {kind}")


def truth(of: ColumnElement[Any]) -> ColumnElement[str]:
    return case((of, constant("true")), else_=constant("false"))


def id_digits(of: ColumnElement[Any]) -> ColumnElement[str]:
    """The 32 hexadecimal digits of an id."""
    return func.encode(func.uuid_send(of), constant("hex"), type_=Text)


def word_of(of: ColumnElement[Any], words: Sequence[str]) -> ColumnElement[str]:
    """The word at this place, from 0. Words of ours hold nothing that JSON would escape."""
    listed = ", ".join(f"'\"{word}\"'" for word in words)
    return func.coalesce(literal_column(f"(ARRAY[{listed}])", ARRAY(Text))[of + 1], type_=Text)


def hole(place: int, *held: Piece) -> list[Piece]:
    return [f"{EDGE}{place}{EDGE}", *held, EDGE]


def sealed(of: SQLColumnExpression[Any], owner: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """A sealed text behind the id that it is bound to, in hexadecimal."""
    return func.encode(func.uuid_send(owner).concat(of), constant("hex"), type_=Text)


def held(of: ColumnElement[Any], kind: Any, nullable: bool) -> list[Piece]:
    """A column as a hole holds it: nothing of its text can end the hole."""
    if isinstance(kind, LargeBinary):
        return [func.coalesce(func.encode(of, constant("hex")), constant(""))]
    if isinstance(kind, Uuid):
        return [func.coalesce(id_digits(of), constant(""))]
    if isinstance(kind, JSONB):
        return [func.coalesce(cast(of, Text), constant(NULL))]
    return shown(of, kind, nullable)


def object_of(name: ColumnElement[Any], value: ColumnElement[Any]) -> ColumnElement[str]:
    """All rows of a query as one JSON object, for a hole."""
    return func.coalesce(cast(func.json_object_agg(name, value), Text), constant("{}"), type_=Text)
