"""The network of a signal: what hangs together with it, as far as the actor sees (R5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.actor import Actor
from app.rules.links import MAX_NETWORK_EDGES, check_network
from app.rules.scopes import Scope
from app.store import network
from app.store.tables.link import LinkRow


@dataclass(frozen=True, slots=True)
class Network:
    """Signals, the nearest first, and links among them; `truncated` if there are more of either within its depth."""

    signal_ids: Sequence[UUID]
    links: Sequence[LinkRow]
    truncated: bool


async def neighbourhood(session: AsyncSession, actor: Actor, signal_id: UUID, depth: int, limit: int) -> Network:
    """What the actor sees at most `depth` links away from a signal, in all at most `limit` signals.

    Raises: Forbidden (scope), InvalidInput (depth, limit).
    """
    actor.require(Scope.SIGNALS_READ)
    check_network(depth, limit)
    reached = await network.reach(session, actor, signal_id, depth, limit)
    found = await network.links_among(session, actor, reached.signal_ids, MAX_NETWORK_EDGES + 1)
    shown = found[:MAX_NETWORK_EDGES]
    return Network(reached.signal_ids, shown, reached.truncated or len(shown) < len(found))
