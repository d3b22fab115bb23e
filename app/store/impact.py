"""What others reported about a participant's contributions, without who reported it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ScalarSelect, func, literal_column, select
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
    return [findings(*row) for row in await session.execute(query)]


def findings_about_viewer(since: Any, until: Any) -> ScalarSelect[Any]:
    """The same within a larger statement: a JSON array with an array for each, whose members `findings` takes."""
    row = func.feedback_about_me(since, until).table_valued(*_COLUMNS).render_derived("findings")
    listed = func.json_agg(func.json_build_array(*(row.c[name] for name in _COLUMNS)))
    return select(func.coalesce(listed, literal_column("'[]'::json"))).select_from(row).scalar_subquery()


def findings(  # noqa: PLR0913, PLR0917  # the columns of a function of the database
    reporter: int,
    reporter_class: str,
    signal_type: str,
    violations: Sequence[str],
    verdict: str,
    actions: Mapping[str, int],
    count: int,
) -> Findings:
    return Findings(
        reporter=reporter,
        reporter_class=ParticipantClass(reporter_class),
        signal_type=SignalType(signal_type),
        violations=frozenset(map(Violation, violations)),
        verdict=Verdict(verdict),
        actions={EnforcementAction(action): times for action, times in actions.items()},
        count=count,
    )
