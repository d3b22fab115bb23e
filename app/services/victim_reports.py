"""Reports that a signal points at a victim: hidden at once, within bounds, and decided by the operator (R11)."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Forbidden, NotFound
from app.rules.actor import Actor
from app.rules.audit import AuditAction
from app.rules.scopes import Scope
from app.rules.verdicts import VerdictReason
from app.rules.victim_reports import DECIDED, MAX_HIDDEN_A_DAY, VictimDecision, VictimReportState
from app.services.lists import Finder
from app.store import audit, victim_reports
from app.store.feedback_records import Record
from app.store.tables.feedback import VictimReportRow
from app.store.victim_reports import ReportFilter

_ACTIONS = {
    VictimDecision.CONFIRM: AuditAction.VICTIM_REPORT_CONFIRM,
    VictimDecision.LIFT: AuditAction.VICTIM_REPORT_LIFT,
}


async def report(session: AsyncSession, actor: Actor, found: Sequence[Record]) -> None:
    """Report those of the findings that speak of a victim, and hide their signals while the day's limit allows.

    The caller holds the actor's feedback, so that calls side by side do not count past each other.
    """
    about_victims = [row for row in found if row.reason == VerdictReason.VICTIM_NOT_OFFENDER]
    if not about_victims:
        return
    reported = await victim_reports.standing(session, actor, [row.signal_id for row in about_victims])
    new = [row for row in about_victims if row.signal_id not in reported]
    left = MAX_HIDDEN_A_DAY - await victim_reports.hidden_since(session, actor, actor.as_of - timedelta(days=1))
    rows = [_row(actor, finding, hides=place < left) for place, finding in enumerate(new)]
    await victim_reports.add(session, actor, rows)


def _for_operators(actor: Actor, wanted: ReportFilter) -> ReportFilter:
    if not actor.is_operator:
        raise Forbidden("Only the operator reads these reports.")
    return wanted


# For the operator: the oldest first.
find = Finder(Scope.COMPLIANCE_MANAGE, victim_reports.find, _for_operators)


async def decide(session: AsyncSession, actor: Actor, id: UUID, decision: VictimDecision) -> VictimReportRow:
    """Keep the signal hidden, or show it again unless another report still hides it; a decision can be revised.

    Raises: Forbidden unless it is the operator, NotFound.
    """
    actor.to_operate(Scope.COMPLIANCE_MANAGE)
    row = await victim_reports.lock(session, actor, id)
    if row is None:
        raise NotFound("victim report", field="victimReportId")
    before, row.state = VictimReportState(row.state), DECIDED[decision]
    if row.state is before:
        return row
    row.decided_at, row.decided_by = actor.as_of, actor.participant_id
    await session.flush()
    await audit.append(session, actor, _ACTIONS[decision], [row.id, row.signal_id])
    if decision is VictimDecision.CONFIRM:
        await victim_reports.set_hidden(session, actor, row.signal_id, True)
    elif before is not VictimReportState.QUEUED and not await victim_reports.another_hides(session, row):
        await victim_reports.set_hidden(session, actor, row.signal_id, False)
    return row


def _row(actor: Actor, finding: Record, *, hides: bool) -> VictimReportRow:
    return VictimReportRow(
        created_at=actor.as_of,
        signal_id=finding.signal_id,
        feedback_id=finding.id,
        author_id=actor.participant_id,
        state=VictimReportState.HIDDEN if hides else VictimReportState.QUEUED,
        hid_at_once=hides,
    )
