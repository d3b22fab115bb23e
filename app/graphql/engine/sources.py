"""What an object is written from: the row of its noun in a statement, and what is said about it."""

from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, inspect, true
from sqlmodel import col

from app.graphql.engine.text import is_nullable
from app.store import signals
from app.store.nouns import Alias, Noun
from app.store.viewpoint import Viewpoint


@dataclass(slots=True)
class Source:
    """A row in a statement, by the names of its columns."""

    row: Any
    of: Alias
    _told: Any = None
    froms: list[Any] = field(default_factory=list)

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        return cast(ColumnElement[Any], col(getattr(self.of, name)))

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


def source_of(noun: Noun[Any] | None, row: Any, of: Alias, viewpoint: Viewpoint) -> Source:
    if noun is not signals.by_ids:
        return Source(row, of, None, [of])
    told = signals.told(viewpoint, col(of.id))
    return Source(row, of, told, [of, told])
