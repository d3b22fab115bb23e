"""How a field can be read: what a declaration says, for the resolvers and the read engine alike.

It names columns of the row that an object stands for. `only_for` names the column with the participant that alone may
read the field; it is null for everybody else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import ColumnElement
from strawberry.types.field import StrawberryField

from app.graphql.context import Context
from app.rules import ids
from app.rules.actor import Actor
from app.rules.ids import Prefix
from app.rules.labels import Severity
from app.rules.sealing import opened_optional
from app.services.lists import Finder
from app.store.nouns import Alias, Edge, Noun, PagedEdge
from app.store.viewpoint import Viewer

READ: Final = "lantern-read"
"""Where a field's metadata holds its declaration."""


class ForAll:
    """What is read alike by everybody who sees the row."""

    __slots__ = ()
    only_for: ClassVar[str | None] = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column, shown as it is."""

    name: str = ""
    only_for: str | None = None

    def shown(self, row: Any) -> Any:
        return getattr(row, self.name)


@dataclass(frozen=True, slots=True)
class Id(Column):
    """An id behind the prefix of its noun."""

    prefix: Prefix = Prefix.SIGNAL

    def shown(self, row: Any) -> Any:
        return ids.shown(self.prefix, getattr(row, self.name))


@dataclass(frozen=True, slots=True)
class IdList(Column):
    """An array of ids of one noun."""

    prefix: Prefix = Prefix.SIGNAL

    def shown(self, row: Any) -> Any:
        return [ids.shown(self.prefix, id) for id in getattr(row, self.name)]


@dataclass(frozen=True, slots=True)
class Rank(Column):
    """A severity that is kept as its rank."""

    def shown(self, row: Any) -> Any:
        return Severity.of_rank(getattr(row, self.name))


@dataclass(frozen=True, slots=True)
class Sorted(Column):
    """An array of words, in alphabetical order."""

    def shown(self, row: Any) -> Any:
        return sorted(getattr(row, self.name))


@dataclass(frozen=True, slots=True)
class Filled(Column):
    """A text that is null where it is empty."""

    def shown(self, row: Any) -> Any:
        return getattr(row, self.name) or None


@dataclass(frozen=True, slots=True)
class Word(Column):
    """What a word of a column stands for."""

    words: Mapping[str, str] = field(default_factory=dict)

    def shown(self, row: Any) -> Any:
        return self.words[getattr(row, self.name)]


@dataclass(frozen=True, slots=True)
class Gathered(Column):
    """What the statements about a signal say together, by the name that it has in the summary of them (R2)."""

    def shown(self, row: Any) -> Any:
        return getattr(row.told, self.name)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed text of the row whose id `owner` names, opened; or what becomes of it.

    `by` gives the function that changes the text, from the columns `names`: words, as it is kept for each variant.
    `when` gives a column and the words in it with which the text may be shown; it is null with others.
    """

    name: str
    owner: str = "id"
    only_for: str | None = None
    by: Callable[..., Callable[[str], str]] | None = None
    names: tuple[str, ...] = ()
    when: tuple[str, tuple[str, ...]] | None = None

    def read(self, context: Context, row: Any) -> Any:
        if self.when is not None and getattr(row, self.when[0]) not in self.when[1]:
            return None
        text = opened_optional(context.keyring, getattr(row, self.name), getattr(row, self.owner))
        if text is None or self.by is None:
            return text
        return self.by(*(getattr(row, name) for name in self.names))(text)


@dataclass(frozen=True, slots=True)
class Computed:
    """A function over columns of the row; it gives what the field shows, objects included."""

    compute: Callable[..., Any]
    names: tuple[str, ...]
    only_for: str | None = None

    def read(self, _: Context, row: Any) -> Any:
        return self.compute(*(getattr(row, name) for name in self.names))


@dataclass(frozen=True, slots=True)
class Expressed:
    """What depends on who looks, said for a row in hand and for one in a statement."""

    of_row: Callable[[Actor, Any], Any]
    of_columns: Callable[[Viewer, Alias], ColumnElement[Any]]
    only_for: str | None = None

    def read(self, context: Context, row: Any) -> Any:
        return self.of_row(context.actor, row)


@dataclass(frozen=True, slots=True)
class One:
    """The object of a noun that a column names; null where that is null, or the object out of sight.

    `when` gives a column and the words in it with which the name is one of this noun.
    """

    noun: Noun[Any]
    name: str
    only_for: str | None = None
    when: tuple[str, tuple[str, ...]] | None = None

    def named_by(self, row: Any) -> UUID | None:
        if self.when is not None and getattr(row, self.when[0]) not in self.when[1]:
            return None
        id: UUID | None = getattr(row, self.name)
        return id


@dataclass(frozen=True, slots=True)
class Many(ForAll):
    """All rows of an edge, which is short."""

    edge: Edge[Any]


@dataclass(frozen=True, slots=True)
class Pages(ForAll):
    """A page of an edge."""

    edge: PagedEdge[Any]


@dataclass(frozen=True, slots=True)
class Named(ForAll):
    """The object of a noun that an object in hand names; `name` is a path of its attributes."""

    noun: Noun[Any]
    name: str


@dataclass(frozen=True, slots=True)
class Found(ForAll):
    """The object of a noun whose id the resolver gives."""

    noun: Noun[Any]


@dataclass(frozen=True, slots=True)
class Listed(ForAll):
    """A page of a list of which the resolver says what is wanted."""

    finder: Finder[Any]


@dataclass(frozen=True, slots=True)
class Way(ForAll):
    """Read in a way of its own, that the engine knows by this name."""

    name: str


Read = Column | Sealed | Computed | Expressed | One | Many | Pages | Named | Found | Listed | Way


def of_field(declared: StrawberryField) -> Read | None:
    """How a field is read, its column named; null where nothing is declared."""
    read = declared.metadata.get(READ)
    if isinstance(read, Column) and not read.name:
        return replace(read, name=declared.python_name)
    found: Read | None = read
    return found
