"""Links between signals as clients see them."""

from datetime import datetime

import strawberry
from strawberry import federation

from app.graphql import reads
from app.graphql.reads import Shown
from app.graphql.types.base import Node
from app.graphql.types.participant import Participant
from app.graphql.types.signal import Signal
from app.rules import ids
from app.rules.links import Relation
from app.store import links, participants, signals
from app.store.tables.link import LinkRow


@federation.type(
    requires_scopes=[["signals:read"]],
    description="One participant's assertion that two signals belong together. You see it if you see contributions of"
    " that participant to both.",
)
class SignalLink(Shown, Node):
    kept = links.by_ids
    row: strawberry.Private[LinkRow]

    id: strawberry.ID = reads.id(ids.Prefix.LINK, "Id of the link; it is gone when its asserter drops either signal.")
    relation: Relation = reads.column("How the two signals belong together.")
    confidence: int = reads.column("How sure the asserter is that they do, 1 to 99.")
    created_at: datetime = reads.column("When the link was first asserted, UTC.")
    from_signal: Signal | None = reads.one(
        signals.by_ids,
        "a_id",
        "The signal that the relation starts at, the one with the lower id if it reads the same both ways;"
        " null if it went out of your sight meanwhile.",
        shown_as="from",
    )
    to_signal: Signal | None = reads.one(
        signals.by_ids,
        "b_id",
        "The signal at the other end; null if it went out of your sight meanwhile.",
        shown_as="to",
    )
    asserted_by: Participant | None = reads.one(
        participants.by_ids, "participant_id", "The participant that asserts the link and alone can take it back."
    )
