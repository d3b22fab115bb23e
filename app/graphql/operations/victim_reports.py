"""What the operator decides about reports that a signal points at a victim."""

from typing import Annotated

import strawberry

from app.graphql.context import Info
from app.graphql.operations.fields import listed, mutation, wants
from app.graphql.paging import DEFAULT_FIRST, After, First
from app.graphql.types.base import Connection
from app.graphql.types.enums import tell
from app.graphql.types.problem import Forbidden, NotFound
from app.graphql.types.victim_report import VictimReport
from app.rules import ids, verdict_descriptions
from app.rules.ids import Prefix
from app.rules.scopes import Scope
from app.rules.victim_reports import VictimDecision, VictimReportState
from app.services import victim_reports
from app.store.victim_reports import ReportFilter

tell(VictimDecision, "What the operator decides about a victim report.", verdict_descriptions.DECISIONS)


@strawberry.input(description="A decision about one victim report; a later one replaces it.")
class DecideVictimReportInput:
    victim_report_id: strawberry.ID = strawberry.field(description="Which victim report is decided about.")
    decision: VictimDecision = strawberry.field(description="Whether the signal stays hidden on its account.")


StateArgument = Annotated[
    VictimReportState | None, strawberry.argument(description="Reports in this state; those in any without it.")
]
DecideVictimReportResult = Annotated[
    VictimReport | NotFound | Forbidden,
    strawberry.union("DecideVictimReportResult", description="The report as decided, or why nothing was decided."),
]


@strawberry.type
class VictimReportQuery:
    @listed(
        victim_reports.find,
        description="Reports that signals point at victims, the oldest first; for the operator.",
    )
    def victim_reports(
        self, state: StateArgument = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[VictimReport]:
        return wants(ReportFilter(state))


@strawberry.type
class VictimReportMutation:
    @mutation(
        Scope.COMPLIANCE_MANAGE, description="Decide about a report that a signal points at a victim. For operators."
    )
    async def decide_victim_report(self, info: Info, input: DecideVictimReportInput) -> DecideVictimReportResult:
        id = ids.read_or_nothing(Prefix.VICTIM_REPORT, input.victim_report_id)
        async with info.context.write() as session:
            row = await victim_reports.decide(session, info.context.actor, id, input.decision)
        return VictimReport.of(row)
