"""What an object is written from: the row of its noun in a statement, and what is said about it.

Columns are named by their text. So each part of a statement is written by itself, and may speak of the rows of any part
around it; SQLAlchemy would look through all of them again for each part.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, Uuid, inspect, literal_column, true
from sqlalchemy.orm import aliased

from app.graphql.engine.repeated import Repeated
from app.graphql.engine.text import is_nullable
from app.store import signals
from app.store.nouns import Alias, Noun
from app.store.tables.contribution import ContributionRow
from app.store.viewpoint import Viewpoint


@dataclass(slots=True)
class Told:
    """What is said about the signal of a row, as much of it as is asked for: looked up once, when all has asked."""

    viewpoint: Viewpoint
    row: str
    # The contributions that are seen, each on its own.
    said: Any = field(init=False)
    _asked: dict[str, ColumnElement[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.said = aliased(ContributionRow, name=f"{self.row}_said")

    def summed(self, name: str) -> ColumnElement[Any]:
        """A part of the summary."""
        return self.part(name, signals.SUMMED[name](self.said))

    def part(self, name: str, of: ColumnElement[Any]) -> ColumnElement[Any]:
        """An aggregate over what is said, under a name of its own."""
        self._asked[name] = of
        return literal_column(f"{self.row}_told.{name}", of.type)

    @property
    def something(self) -> ColumnElement[bool]:
        """Whether anything is said that is seen."""
        return literal_column(f"{self.row}_told.statements", Integer()) > 0

    def selected(self) -> FromClause:
        id = literal_column(f"{self.row}.id", Uuid())
        return signals.told(self.viewpoint, self.said, id, self._asked).lateral(f"{self.row}_told")


@dataclass(frozen=True, slots=True)
class Source:
    """A row in a statement, by the names of its columns; `of` is the same for conditions beside it.

    `told` is what is said about it where it is a signal; `repeated` has the objects that other rows of its list name,
    too.
    """

    row: Any
    of: Alias
    name: str
    told: Told | None = None
    repeated: Repeated | None = None

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        return literal_column(f"{self.name}.{name}", self.kind(name))

    def kind(self, name: str) -> Any:
        return self.row.__table__.c[name].type

    def is_nullable(self, name: str) -> bool:
        return is_nullable(self.row.__table__.c.get(name))

    def seen(self, viewpoint: Viewpoint, noun: Noun[Any]) -> ColumnElement[bool]:
        """The policy. A signal is seen by what is said about it, which is looked up anyway."""
        return noun.sees(viewpoint, self.of) if self.told is None else self.told.something

    def selected(self) -> FromClause:
        of: FromClause = inspect(self.of).selectable
        return of if self.told is None else of.join(self.told.selected(), true())


def source_of(row: Any, of: Alias, repeated: Repeated | None = None) -> Source:
    """A row of a table, an alias or a subquery, by the name that it has there."""
    return Source(row, of, inspect(of).selectable.name, repeated=repeated)


def found_by(noun: Noun[Any], of: Alias, viewpoint: Viewpoint) -> Source:
    """The same of a noun, with what is said about it where it is a signal."""
    source = source_of(noun.row, of)
    if noun is not signals.by_ids:
        return source
    return replace(source, told=Told(viewpoint, source.name))
