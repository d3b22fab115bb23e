"""Victim reports as the operator sees them."""

from datetime import datetime

import strawberry
from strawberry import federation

from app.graphql import reads
from app.graphql.reads import Shown
from app.graphql.types.base import Node
from app.graphql.types.participant import Participant
from app.graphql.types.signal import Signal
from app.rules import ids
from app.rules.victim_reports import VictimReportState
from app.store import participants, signals, victim_reports
from app.store.tables.feedback import VictimReportRow


@federation.type(
    requires_scopes=[["compliance:manage"]],
    description="A participant's finding that a signal points at a victim; for the operator, who decides about it.",
)
class VictimReport(Shown, Node):
    kept = victim_reports.by_ids
    row: strawberry.Private[VictimReportRow]

    id: strawberry.ID = reads.id(ids.Prefix.VICTIM_REPORT, "Id of the report; another finding makes another report.")
    state: VictimReportState = reads.column("Whether it hides the signal, and what was decided.")
    created_at: datetime = reads.column("When it was reported, UTC.")
    decided_at: datetime | None = reads.column("When the operator last decided about it, UTC.")
    signal: Signal | None = reads.one(
        signals.by_ids,
        "signal_id",
        "The signal; null once it is erased, or while neither hidden nor shared with you.",
    )
    reporter: Participant | None = reads.one(
        participants.by_ids, "author_id", "Who reported it; contributors of the signal do not learn this."
    )
    decided_by: Participant | None = reads.one(
        participants.by_ids, "decided_by", "The operator that last decided about it."
    )
