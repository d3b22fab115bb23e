"""How each field of a noun is read, declared once: the resolvers here and the read engine both derive from it."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from typing import Any, ClassVar, Self, cast
from uuid import UUID

from sqlalchemy import ColumnElement
from strawberry import federation
from strawberry.types import get_object_definition

from app.graphql import cost_words
from app.graphql.context import Info
from app.graphql.cost_words import PAGE, about
from app.graphql.paging import DEFAULT_FIRST, After, First, window
from app.graphql.readings import (
    READ,
    Column,
    Computed,
    Expressed,
    Filled,
    Gathered,
    Id,
    IdList,
    Many,
    Named,
    One,
    Pages,
    Rank,
    Read,
    Sealed,
    Sorted,
    Way,
    Word,
    of_field,
)
from app.graphql.types.base import Connection
from app.rules.actor import Actor
from app.rules.ids import Prefix
from app.store.nouns import Alias, Edge, Noun, PagedEdge
from app.store.viewpoint import Viewer


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


def computed(compute: Callable[..., Any], *names: str, description: str, size: int) -> Any:
    """A list; `size` is how many items it mostly has."""
    return _resolved(Computed(compute, names), description, {"costs": (about(size),)})


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


def many(edge: Edge[Any], description: str, *, size: int, **declared: Any) -> Any:
    """`size` is how many there are mostly."""

    async def resolve(root: Any, info: Info) -> Any:
        return await info.context.loaders.many(edge).load(root.row.id) or []

    return _field(Many(edge), description, {"costs": (about(size),), **declared}, resolve)


def pages(edge: PagedEdge[Any], description: str, **declared: Any) -> Any:
    async def resolve(root: Any, info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Any:
        page = await info.context.loaders.page(edge).load((root.row.id, window(info, first, after)))
        return Connection.of(page, lambda shown: shown, info.context.cursors, after=after)

    return _field(Pages(edge), description, {"costs": (PAGE,), **declared}, resolve)


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
        shown = {name: read.shown(row) for name, read in _columns(cast(Hashable, cls))}
        return cls(row=row, **shown)  # type: ignore[call-arg]  # strawberry makes its __init__

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> Self | None:
        """The object with this id, of a type that is kept under ids; null if it is absent or out of sight."""
        found: Self | None = await info.context.loaders.one(cls.kept).load(id)
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
    costs: tuple[cost_words.Word, ...] = declared.pop("costs", ())
    words = cost_words.declared(costs, {READ: read})
    return federation.field(description=description, resolver=resolve, **words, **declared)
