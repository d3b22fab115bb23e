"""How each field of a noun is read, declared once: the resolvers here and the read engine both derive from it.

A declaration names columns of the row that an object stands for. `only_for` names the column with the participant that
alone may read the field; it is null for everybody else.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any, ClassVar, Final, Self, cast
from uuid import UUID

from sqlalchemy import ColumnElement
from strawberry import federation
from strawberry.types import get_object_definition
from strawberry.types.field import StrawberryField

from app.graphql.context import Context, Info
from app.graphql.paging import DEFAULT_FIRST, After, First, window
from app.graphql.types.base import Connection
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
    """A sealed text of the row whose id `owner` names, opened; or what `then` makes of it and of further columns.

    `when` gives a column and the words in it with which the text may be shown; it is null with others.
    """

    name: str
    owner: str = "id"
    only_for: str | None = None
    then: Callable[..., Any] | None = None
    names: tuple[str, ...] = ()
    when: tuple[str, tuple[str, ...]] | None = None

    def read(self, context: Context, row: Any) -> Any:
        if self.when is not None and getattr(row, self.when[0]) not in self.when[1]:
            return None
        text = opened_optional(context.keyring, getattr(row, self.name), getattr(row, self.owner))
        if text is None or self.then is None:
            return text
        return self.then(text, *(getattr(row, name) for name in self.names))


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
class Many:
    """All rows of an edge, which is short."""

    edge: Edge[Any]
    only_for: str | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """A page of an edge."""

    edge: PagedEdge[Any]
    only_for: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """The object of a noun that an object in hand names; `name` is a path of its attributes."""

    noun: Noun[Any]
    name: str
    only_for: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The object of a noun whose id the resolver gives."""

    noun: Noun[Any]
    only_for: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list of which the resolver says what is wanted."""

    finder: Finder[Any]
    only_for: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """Read in a way of its own, that the engine knows by this name."""

    name: str
    only_for: str | None = None


Read = Column | Sealed | Computed | Expressed | One | Many | Pages | Named | Found | Listed | Way


def column(description: str, name: str = "", *, only_for: str | None = None, **declared: Any) -> Any:
    return _plain(Column(name, only_for), description, declared)


def id(prefix: Prefix, description: str, name: str = "id", **declared: Any) -> Any:
    return _plain(Id(name, None, prefix), description, declared)


def id_list(prefix: Prefix, description: str, name: str, *, only_for: str | None = None) -> Any:
    return _plain(IdList(name, only_for, prefix), description, {})


def rank(description: str, name: str = "") -> Any:
    return _plain(Rank(name), description, {})


def in_order(description: str, name: str = "") -> Any:
    return _plain(Sorted(name), description, {})


def filled(description: str, name: str = "") -> Any:
    return _plain(Filled(name), description, {})


def word(words: Mapping[str, str], name: str, description: str) -> Any:
    return _plain(Word(name, None, words), description, {})


def gathered(description: str, name: str = "") -> Any:
    return _plain(Gathered(name), description, {})


def sealed(description: str, name: str, *, owner: str = "id", only_for: str | None = None) -> Any:
    return opened(Sealed(name, owner, only_for), description)


def opened(read: Sealed, description: str) -> Any:
    return _resolved(read, description, {})


def computed(compute: Callable[..., Any], *names: str, description: str, only_for: str | None = None) -> Any:
    return _resolved(Computed(compute, names, only_for), description, {})


def expressed(
    of_row: Callable[[Actor, Any], Any], of_columns: Callable[[Viewer, Alias], ColumnElement[Any]], description: str
) -> Any:
    return _resolved(Expressed(of_row, of_columns), description, {})


def one(noun: Noun[Any], name: str, description: str, *, shown_as: str | None = None) -> Any:
    return one_of(One(noun, name), description, shown_as)


def one_of(read: One, description: str, shown_as: str | None = None) -> Any:
    """The same where not everybody may read it, or not every row names one."""

    async def resolve(root: Any, info: Info) -> Any:
        id = read.named_by(root.row) if _may(read, root.row, info) else None
        return None if id is None else await info.context.loaders.one(read.noun).load(id)

    return _field(read, description, {} if shown_as is None else {"name": shown_as}, resolve)


def many(edge: Edge[Any], description: str, **declared: Any) -> Any:
    async def resolve(root: Any, info: Info) -> Any:
        return await info.context.loaders.many(edge).load(root.row.id) or []

    return _field(Many(edge), description, declared, resolve)


def pages(edge: PagedEdge[Any], description: str, **declared: Any) -> Any:
    async def resolve(root: Any, info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Any:
        page = await info.context.loaders.page(edge).load((root.row.id, window(info, first, after)))
        return Connection.of(page, lambda shown: shown, info.context.cursors, after=after)

    return _field(Pages(edge), description, declared, resolve)


def named(noun: Noun[Any], name: str, description: str, **declared: Any) -> Any:
    names = attrgetter(name)

    async def resolve(root: Any, info: Info) -> Any:
        id = names(root)
        return None if id is None else await info.context.loaders.one(noun).load(id)

    return _field(Named(noun, name), description, declared, resolve)


def way(name: str, **declared: Any) -> Callable[[Callable[..., Any]], Any]:
    """Decorates the resolver of a field that the engine reads in a way of its own, of this name."""
    description = declared.pop("description")

    def declare(resolve: Callable[..., Any]) -> Any:
        return _field(Way(name), description, declared, resolve)

    return declare


class Shown:
    """An object that stands for a row; it shows the columns that its fields declare."""

    row: Any
    kept: ClassVar[Noun[Any]]

    @classmethod
    def of(cls, row: Any) -> Self:
        return cls(row=row, **{name: read.shown(row) for name, read in _columns(cast(Hashable, cls))})  # type: ignore[call-arg]

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> Self | None:
        """The object with this id, of a type that is kept under ids; null if it is absent or out of sight."""
        found: Self | None = await info.context.loaders.one(cls.kept).load(id)
        return found


def of_field(declared: StrawberryField) -> Read | None:
    """How a field is read, its column named; null where nothing is declared."""
    read = declared.metadata.get(READ)
    if isinstance(read, Column) and not read.name:
        return replace(read, name=declared.python_name)
    found: Read | None = read
    return found


@lru_cache(maxsize=128)
def _columns(cls: Hashable) -> list[tuple[str, Column]]:
    fields = get_object_definition(cls, strict=True).fields
    reads = [(shown.python_name, of_field(shown)) for shown in fields if shown.base_resolver is None]
    return [(name, read) for name, read in reads if isinstance(read, Column)]


def _may(read: Read, row: Any, info: Info) -> bool:
    return read.only_for is None or getattr(row, read.only_for) == info.context.actor.participant_id


def _plain(read: Column, description: str, declared: dict[str, Any]) -> Any:
    """An attribute of the object, unless it has to be asked who looks."""
    if read.only_for is None:
        return _field(read, description, declared, None)

    def resolve(root: Any, info: Info) -> Any:
        named = read if read.name else replace(read, name=info.python_name)
        return named.shown(root.row) if _may(read, root.row, info) else None

    return _field(read, description, declared, resolve)


def _resolved(read: Sealed | Computed | Expressed, description: str, declared: dict[str, Any]) -> Any:
    def resolve(root: Any, info: Info) -> Any:
        return read.read(info.context, root.row) if _may(read, root.row, info) else None

    return _field(read, description, declared, resolve)


def _field(read: Read, description: str, declared: dict[str, Any], resolve: Any) -> Any:
    return federation.field(description=description, resolver=resolve, metadata={READ: read}, **declared)
