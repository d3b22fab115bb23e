"""Finding signals by what is said about them."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.rules import signal_lists as rules
from app.rules.actor import Actor
from app.rules.scopes import Scope
from app.rules.signal_lists import SignalFilter, SignalOrder
from app.store import signal_lists
from app.store.pages import Page, Window
from app.store.signals import SeenSignal


async def find(
    session: AsyncSession, actor: Actor, wanted: SignalFilter, order: SignalOrder, window: Window
) -> Page[SeenSignal]:
    """The signals that the actor sees and that meet the filter.

    Raises: Forbidden (scope), InvalidInput (a filter that no index answers).
    """
    actor.require(Scope.SIGNALS_READ)
    return await signal_lists.find(session, actor, rules.check(wanted, order), order, window)
