"""Following a case as it goes on: what its members do, for its members alone (R6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import NotFound
from app.rules.actor import Actor
from app.rules.cursors import Cursors
from app.rules.limits import MAX_EVENT_ITEMS
from app.rules.scopes import Scope
from app.store import case_files
from app.store.tables.case import CaseEventRow


@dataclass(frozen=True, slots=True)
class CaseActivity:
    """The next events that the actor sees; `end` is the number of the last one, seen or not."""

    items: Sequence[CaseEventRow]
    end: int
    caught_up: bool


async def begin(session: AsyncSession, actor: Actor, cursors: Cursors, case_id: UUID, after: str | None) -> int:
    """After which event to go on: that of a cursor, or the last one.

    Raises: Forbidden (scope), InvalidInput (cursor), NotFound (case).
    """
    actor.require(Scope.CASES_READ)
    number = None if after is None else cursors.case_event(case_id, after)
    last = await _last(session, actor, case_id)
    return last if number is None else number


async def follow_from(session: AsyncSession, actor: Actor, case_id: UUID, number: int) -> CaseActivity:
    """Raises: NotFound, as soon as the actor is no member."""
    last = await _last(session, actor, case_id)
    found = await case_files.events_after(session, actor, case_id, number, MAX_EVENT_ITEMS)
    items = found[:MAX_EVENT_ITEMS]
    if len(found) > len(items):
        return CaseActivity(items, items[-1].number or number, caught_up=False)
    return CaseActivity(items, max(number, last), caught_up=True)


async def _last(session: AsyncSession, actor: Actor, case_id: UUID) -> int:
    last = await case_files.last_number(session, actor, case_id)
    if last is None:
        raise NotFound("case", field="caseId")
    return last
