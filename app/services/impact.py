"""Impact: what came of the signals that a participant contributed."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.rules import impact as rules
from app.rules.actor import Actor
from app.rules.impact import Impact, Period
from app.rules.scopes import Scope
from app.store import impact


async def of_viewer(session: AsyncSession, actor: Actor, since: datetime, until: datetime) -> Impact:
    """What others reported about the contributions of the actor's participant, on the days of this period.

    Raises: Forbidden by scope, InvalidInput unless the period has 1 to 400 days.
    """
    actor.require(Scope.IMPACT_READ)
    period = Period.covering(since, until)
    return rules.impact(period, await impact.about_viewer(session, period))
