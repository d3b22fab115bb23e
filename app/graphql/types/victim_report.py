"""Victim reports as the operator sees them."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from strawberry import federation

from app.graphql.context import Info
from app.graphql.types.base import Node
from app.graphql.types.participant import Participant
from app.graphql.types.signal import Signal
from app.rules import ids
from app.rules.victim_reports import VictimReportState
from app.store.tables.feedback import VictimReportRow


@federation.type(
    requires_scopes=[["compliance:manage"]],
    description="A participant's finding that a signal points at a victim; for the operator, who decides about it.",
)
class VictimReport(Node):
    row: strawberry.Private[VictimReportRow]

    id: strawberry.ID = strawberry.field(description="Id of the report; another finding makes another report.")
    state: VictimReportState = strawberry.field(description="Whether it hides the signal, and what was decided.")
    created_at: datetime = strawberry.field(description="When it was reported, UTC.")
    decided_at: datetime | None = strawberry.field(description="When the operator last decided about it, UTC.")

    @strawberry.field(description="The signal; null once it is erased, or while neither hidden nor shared with you.")
    async def signal(self, info: Info) -> Signal | None:
        return await info.context.loaders.signal.load(self.row.signal_id)

    @strawberry.field(description="Who reported it; contributors of the signal do not learn this.")
    async def reporter(self, info: Info) -> Participant | None:
        return await info.context.loaders.participant.load(self.row.author_id)

    @strawberry.field(description="The operator that last decided about it.")
    async def decided_by(self, info: Info) -> Participant | None:
        id = self.row.decided_by
        return None if id is None else await info.context.loaders.participant.load(id)

    @classmethod
    def of(cls, row: VictimReportRow) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(ids.shown(ids.Prefix.VICTIM_REPORT, row.id)),
            state=VictimReportState(row.state),
            created_at=row.created_at,
            decided_at=row.decided_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> "VictimReport | None":
        return await info.context.loaders.victim_report.load(id)
