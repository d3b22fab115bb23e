"""What is loaded for each of many signals at once: pages of their links, and their networks."""

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from strawberry.dataloader import DataLoader

from app.errors import TooMany
from app.rules.links import MAX_LINKS_AT_ONCE, MAX_NETWORKS, Relation
from app.services import links
from app.services.links import Network
from app.store.pages import Page, Window
from app.store.tables.link import LinkRow

if TYPE_CHECKING:
    from app.graphql.context import Context


@dataclass(frozen=True, slots=True)
class LinksAt:
    """One page of the links at one signal."""

    signal_id: UUID
    relation: Relation | None
    window: Window


@dataclass(frozen=True, slots=True)
class NetworkOf:
    """The network of one signal, as far as asked for."""

    signal_id: UUID
    depth: int
    limit: int


class LinkLoaders:
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._networks = 0
        self.pages = DataLoader(load_fn=self._pages, max_batch_size=1_000)
        self.networks = DataLoader(load_fn=self._each_network)

    async def _pages(self, asked: list[LinksAt]) -> list[Page[LinkRow]]:
        """Raises: TooMany for more links in one batch than an operation should ask for."""
        if sum(one.window.first for one in asked) > MAX_LINKS_AT_ONCE:
            raise TooMany(f"This asks for more than {MAX_LINKS_AT_ONCE:,} links: ask for fewer at each signal.")
        found: dict[LinksAt, Page[LinkRow]] = {}
        ...
