"""Records of reveals, and what a reveal gives."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from app.graphql.context import Info
from app.graphql.types.base import Node
from app.graphql.types.enums import tell
from app.graphql.types.participant import Participant
from app.graphql.types.signal import Signal
from app.rules import ids
from app.rules.reveals import Purpose
from app.rules.sealing import opened
from app.services.reveals import Revealed
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
class AccessRecord(Node):
    row: strawberry.Private[AccessRecordRow]

    id: strawberry.ID = strawberry.field(description="Id of the record; records are never changed.")
    at: datetime = strawberry.field(description="When the value was revealed, UTC.")
    purpose: Purpose = strawberry.field(description="For what the reader said it needed the value.")

    @strawberry.field(description="What the reader said about its purpose in words.")
    def purpose_text(self, info: Info) -> str:
        return opened(info.context.keyring, self.row.sealed_purpose_text, self.row.id)

    @strawberry.field(description="The participant that read the value; null if it has left since.")
    async def reader(self, info: Info) -> Participant | None:
        return await info.context.loaders.participant.load(self.row.reader_id)

    @strawberry.field(description="The signal whose value was read; null once it is erased or out of your sight.")
    async def signal(self, info: Info) -> Signal | None:
        return await info.context.loaders.signal.load(self.row.signal_id)

    @strawberry.field(description="The case that the reader named; null if it named none or you are no member of it.")
    async def case(self, info: Info) -> Annotated["Case", strawberry.lazy(".case")] | None:
        id = self.row.case_id
        return None if id is None else await info.context.loaders.case.load(id)

    @classmethod
    def of(cls, row: AccessRecordRow) -> Self:
        id = strawberry.ID(ids.shown(ids.Prefix.ACCESS_RECORD, row.id))
        return cls(row=row, id=id, at=row.created_at, purpose=Purpose(row.purpose))

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> "AccessRecord | None":
        return await info.context.loaders.access_record.load(id)


@strawberry.type(description="One value in clear.")
class RevealedValue:
    value: str = strawberry.field(description="The canonical value; handle it as the signal's handling says.")
    record_id: strawberry.ID = strawberry.field(description="The access record that tells the contributors of it.")
    revealed: strawberry.Private[Revealed]

    @strawberry.field(description="The signal whose value this is.")
    def signal(self, info: Info) -> Signal:
        return Signal.of(self.revealed.signal, info.context.keyring)

    @classmethod
    def of(cls, revealed: Revealed) -> Self:
        record_id = strawberry.ID(ids.shown(ids.Prefix.ACCESS_RECORD, revealed.record.id))
        return cls(value=revealed.value, record_id=record_id, revealed=revealed)
