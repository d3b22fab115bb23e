"""What others reported about a participant's contributions, without who reported it."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.impact import Findings, Period
from app.rules.labels import Violation
from app.rules.participants import ParticipantClass
from app.rules.signal_types import SignalType
from app.rules.verdicts import EnforcementAction, Verdict

_COLUMNS = ("reporter", "reporter_class", "signal_type", "violations", "verdict", "actions", "findings")


async def about_viewer(session: AsyncSession, period: Period) -> list[Findings]:
    """The current feedback, last changed in the period, that refers to contributions of the viewer's participant."""
    query = select(func.feedback_about_me(period.since, period.until).table_valued(*_COLUMNS))
    return [
        Findings(
            reporter=row.reporter,
            reporter_class=ParticipantClass(row.reporter_class),
            signal_type=SignalType(row.signal_type),
            violations=frozenset(map(Violation, row.violations)),
            verdict=Verdict(row.verdict),
            actions={EnforcementAction(action): count for action, count in row.actions.items()},
            count=row.findings,
        )
        for row in await session.execute(query)
    ]
