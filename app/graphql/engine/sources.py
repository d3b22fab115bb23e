"""What an object is written from: the row of its noun in a statement, and what is said about it.

Columns are named by their text. So each part of a statement is written by itself, and may speak of the rows of any part
around it; SQLAlchemy would look through all of them again for each part.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Uuid, inspect, literal_column, true

from app.graphql.engine.text import is_nullable
from app.store import signals
from app.store.nouns import Alias, Noun
from app.store.viewpoint import Viewpoint


@dataclass(frozen=True, slots=True)
class Source:
    """A row in a statement, by the names of its columns; `of` is the same for conditions beside it."""

    row: Any
    of: Alias
    name: str
    _told: Any = None

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        return literal_column(f"{self.name}.{name}", self.kind(name))

    def kind(self, name: str) -> Any:
        return self.row.__table__.c[name].type

    def is_nullable(self, name: str) -> bool:
        return is_nullable(self.row.__table__.c.get(name))

    def told(self, name: str) -> ColumnElement[Any]:
        """What the statements about a signal say together."""
        found: ColumnElement[Any] = self._told.c[name]
        return found

    def seen(self, viewpoint: Viewpoint, noun: Noun[Any]) -> ColumnElement[bool]:
        """The policy. A signal is seen by what is said about it, which is counted anyway."""
        return noun.sees(viewpoint, self.of) if self._told is None else self._told.c.statements > 0

    def selected(self) -> FromClause:
        of: FromClause = inspect(self.of).selectable
        return of if self._told is None else of.join(self._told, true())


def source_of(row: Any, of: Alias) -> Source:
    """A row of a table, an alias or a subquery, by the name that it has there."""
    return Source(row, of, inspect(of).selectable.name)


def found_by(noun: Noun[Any], of: Alias, viewpoint: Viewpoint) -> Source:
    """The same of a noun, with what is said about it where it is a signal."""
    source = source_of(noun.row, of)
    if noun is not signals.by_ids:
        return source
    id = literal_column(f"{source.name}.id", Uuid())
    return Source(noun.row, of, source.name, signals.told(viewpoint, id).lateral(f"{source.name}_told"))
