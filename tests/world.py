"""A demo exchange in which services and queries are called directly, each call at its own moment."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.rules.actor import Actor
from app.store import contributions
from app.store.tables.contribution import ContributionRow
from tests.demo_exchange import DemoExchange

T = TypeVar("T")


@dataclass
class DemoWorld:
    exchange: DemoExchange
    owner: AsyncEngine
    alder: Actor
    birch: Actor
    cedar: Actor

    def now(self, actor: Actor) -> Actor:
        return replace(actor, as_of=self.exchange.clock())

    async def do(self, service: Callable[..., Awaitable[T]], actor: Actor, *given: Any) -> T:
        """One call, a second after the one before."""
        self.exchange.clock.forward(seconds=1)
        async with self.exchange.database.write(self.now(actor)) as session:
            return await service(session, self.now(actor), *given)

    async def ask(self, query: Callable[..., Awaitable[T]], actor: Actor, *given: Any) -> T:
        async with self.exchange.database.read(self.now(actor)) as session:
            return await query(session, self.now(actor), *given)

    async def contributions_on(self, actor: Actor, signal_id: UUID) -> list[ContributionRow]:
        return (await self.ask(contributions.on_signals, actor, [signal_id])).get(signal_id, [])

    async def ask_unwalled(self, query: Callable[..., Awaitable[T]], actor: Actor, *given: Any) -> T:
        """As `ask`, with the owner's session: row-level security hides nothing, so that the query itself must."""
        async with AsyncSession(self.owner) as session:
            return await query(session, self.now(actor), *given)
