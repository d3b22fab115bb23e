"""Links between signals as clients see them."""

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
from app.rules.links import Relation
from app.store.tables.link import LinkRow


@federation.type(
    requires_scopes=[["signals:read"]],
    description="One participant's assertion that two signals belong together. You see it if you see contributions of"
    " that participant to both.",
)
class SignalLink(Node):
    row: strawberry.Private[LinkRow]

    id: strawberry.ID = strawberry.field(
        description="Id of the link; it is gone when its asserter drops either signal."
    )
    relation: Relation = strawberry.field(description="How the two signals belong together.")
    confidence: int = strawberry.field(description="How sure the asserter is that they do, 1 to 99.")
    created_at: datetime = strawberry.field(description="When the link was first asserted, UTC.")

    @strawberry.field(
        name="from",
        description="The signal that the relation starts at, the one with the lower id if it reads the same both ways;"
        " null if it went out of your sight meanwhile.",
    )
    async def from_signal(self, info: Info) -> Signal | None:
        return await info.context.loaders.signal.load(self.row.a_id)

    @strawberry.field(
        name="to", description="The signal at the other end; null if it went out of your sight meanwhile."
    )
    async def to_signal(self, info: Info) -> Signal | None:
        return await info.context.loaders.signal.load(self.row.b_id)

    @strawberry.field(description="The participant that asserts the link and alone can take it back.")
    async def asserted_by(self, info: Info) -> Participant | None:
        return await info.context.loaders.participant.load(self.row.participant_id)

    @classmethod
    def of(cls, row: LinkRow) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(ids.shown(ids.Prefix.LINK, row.id)),
            relation=Relation(row.relation),
            confidence=row.confidence,
            created_at=row.created_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> "SignalLink | None":
        return await info.context.loaders.link.load(id)
