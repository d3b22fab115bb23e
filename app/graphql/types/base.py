"""What all nouns share: ids, the Node interface and keyset connections."""

from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

import strawberry
from strawberry import federation

from app.rules import ids
from app.rules.cursors import Cursors
from app.rules.ids import Prefix
from app.store.pages import Page

T = TypeVar("T")
U = TypeVar("U")


def optional_id(prefix: Prefix, id: UUID | None) -> strawberry.ID | None:
    return None if id is None else strawberry.ID(ids.shown(prefix, id))


@strawberry.interface(description="An object that can be fetched again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Id of the object; random, opaque and stable.")


@federation.type(shareable=True, description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are more items after this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether the page was asked for after a cursor; lists are read forwards only."
    )
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="Pass as `after` to get the next page.")


@strawberry.type(description="One item of a page with its cursor.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The item itself.")
    cursor: str = strawberry.field(description="Opaque cursor of this item, valid for your participant only.")


@strawberry.type(description="One page of a list, in the order of the list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items of this page with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether and how to go on from this page.")

    @classmethod
    def of(cls, page: Page[U], shown: Callable[[U], T], cursors: Cursors, *, after: str | None) -> "Connection[T]":
        edges = [Edge(node=shown(item), cursor=cursors.of_key(key)) for key, item in page.items]
        return cls(edges=edges, page_info=_page_info([edge.cursor for edge in edges], page.has_next, after))


def _page_info(cursors: list[str], has_next: bool, after: str | None) -> PageInfo:
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
