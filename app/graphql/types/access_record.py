"""Records of reveals, and what a reveal gives."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from app.graphql import reads
from app.graphql.reads import Shown
from app.graphql.types.base import Node
from app.graphql.types.enums import tell
from app.graphql.types.participant import Participant
from app.graphql.types.signal import Signal
from app.rules import ids
from app.rules.reveals import Purpose
from app.services.reveals import Revealed
from app.store import access_records, cases, participants, signals
from app.store.tables.record import AccessRecordRow

if TYPE_CHECKING:
    from app.graphql.types.case import Case

tell(
    Purpose,
    "For what a person-level value is revealed.",
    {
        Purpose.MATCH_REVIEW: "To review something that matched the signal on one's own platform.",
        Purpose.CASE_INVESTIGATION: "To work on a shared case.",
        Purpose.REPORT_TO_AUTHORITY: "To report to the authorities or a hotline.",
        Purpose.APPEAL_REVIEW: "To decide an appeal of somebody who says it is not them.",
        Purpose.QUALITY_CHECK: "To check the quality of what one shared or received.",
    },
)


@strawberry.federation.type(
    requires_scopes=[["audit:read"]], description="Somebody read a value in clear; told to the contributors."
)
class AccessRecord(Shown, Node):
    kept = access_records.by_ids
    row: strawberry.Private[AccessRecordRow]

    id: strawberry.ID = reads.id(ids.Prefix.ACCESS_RECORD, "Id of the record; records are never changed.")
    at: datetime = reads.column("When the value was revealed, UTC.", "created_at")
    purpose: Purpose = reads.column("For what the reader said it needed the value.")
    purpose_text: str = reads.sealed("What the reader said about its purpose in words.", "sealed_purpose_text")
    reader: Participant | None = reads.one(
        participants.by_ids, "reader_id", "The participant that read the value; null if it has left since."
    )
    signal: Signal | None = reads.one(
        signals.by_ids, "signal_id", "The signal whose value was read; null once it is erased or out of your sight."
    )
    case: Annotated["Case", strawberry.lazy(".case")] | None = reads.one(
        cases.by_ids,
        "case_id",
        "The case that the reader named; null if it named none or you are no member of it.",
    )


@strawberry.type(description="One value in clear.")
class RevealedValue:
    value: str = strawberry.field(description="The canonical value; handle it as the signal's handling says.")
    record_id: strawberry.ID = strawberry.field(description="The access record that tells the contributors of it.")
    revealed: strawberry.Private[Revealed]

    @strawberry.field(description="The signal whose value this is.")
    def signal(self) -> Signal:
        return Signal.of(self.revealed.signal)

    @classmethod
    def of(cls, revealed: Revealed) -> Self:
        record_id = strawberry.ID(ids.shown(ids.Prefix.ACCESS_RECORD, revealed.record.id))
        return cls(value=revealed.value, record_id=record_id, revealed=revealed)
