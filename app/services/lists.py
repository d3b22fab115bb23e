"""Long lists that a participant can ask for: the scope that each needs, and what is checked before it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.actor import Actor
from app.rules.scopes import Scope
from app.store.nouns import Listing
from app.store.pages import Page, Window
from app.store.tables.row import Row

N = TypeVar("N", bound=Row)


def _as_it_is(_: Actor, wanted: Any) -> Any:
    return wanted


@dataclass(frozen=True, slots=True, eq=False)
class Finder(Generic[N]):
    """`check` gives what is wanted as it is to be looked for, or raises."""

    scope: Scope
    listing: Listing[N]
    check: Callable[[Actor, Any], Any] = _as_it_is

    def checked(self, actor: Actor, wanted: Any) -> Any:
        """Raises: Forbidden (scope), and what the list itself refuses."""
        actor.require(self.scope)
        return self.check(actor, wanted)

    async def __call__(self, session: AsyncSession, actor: Actor, wanted: Any, window: Window) -> Page[N]:
        """A page of the list. Raises: as `checked`."""
        return await self.listing(session, actor, self.checked(actor, wanted), window)
