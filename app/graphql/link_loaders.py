"""What is loaded for each of many signals at once: pages of their links, and their networks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from app.errors import TooMany
from app.graphql.batches import Batches
from app.graphql.types.link import SignalLink
from app.graphql.types.network import Network
from app.rules.links import MAX_LINKS_AT_ONCE, MAX_NETWORKS, Relation
from app.services import network
from app.store import links
from app.store.pages import Page, Window

if TYPE_CHECKING:
    from app.graphql.context import Context


@dataclass(frozen=True, slots=True)
class _LinksAt:
    signal_id: UUID
    relation: Relation | None
    window: Window


@dataclass(frozen=True, slots=True)
class _NetworkOf:
    signal_id: UUID
    depth: int
    limit: int


class LinkLoaders:
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._networks_asked = 0
        self._pages = Batches(load_fn=self._load_pages)
        self._networks = Batches(load_fn=self._load_networks)

    async def page(self, signal_id: UUID, relation: Relation | None, window: Window) -> Page[SignalLink]:
        """Links at one signal. Raises: TooMany if its siblings ask for a great many as well."""
        return await self._pages.load(_LinksAt(signal_id, relation, window))

    async def network(self, signal_id: UUID, depth: int, limit: int) -> Network:
        """Raises: InvalidInput (depth, limit); TooMany if the operation asks for many networks."""
        return await self._networks.load(_NetworkOf(signal_id, depth, limit))

    async def _load_pages(self, asked: list[_LinksAt]) -> list[Page[SignalLink]]:
        if sum(one.window.first for one in asked) > MAX_LINKS_AT_ONCE:
            raise TooMany(f"This asks for more than {MAX_LINKS_AT_ONCE:,} links: ask for fewer at each signal.")
        found: dict[_LinksAt, Page[SignalLink]] = {}
        async with self._context.read() as session:
            for relation, window in {(one.relation, one.window) for one in asked}:
                at = {one.signal_id: one for one in asked if (one.relation, one.window) == (relation, window)}
                pages = await links.at_signals(session, self._context.actor, list(at), relation, window)
                found |= {at[id]: page.of(SignalLink.of) for id, page in pages.items()}
        return [found[one] for one in asked]

    async def _load_networks(self, asked: list[_NetworkOf]) -> list[Network]:
        """One after the other, so that an operation holds one connection for all of them."""
        self._networks_asked += len(asked)
        if self._networks_asked > MAX_NETWORKS:
            raise TooMany(f"At most {MAX_NETWORKS} networks can be asked for in one operation.")
        actor = self._context.actor
        async with self._context.read() as session:
            return [
                Network.of(await network.neighbourhood(session, actor, one.signal_id, one.depth, one.limit))
                for one in asked
            ]
