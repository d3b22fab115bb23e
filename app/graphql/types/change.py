"""Pages of the change feed."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from app.graphql.cost_words import about
from app.graphql.types.signal import Signal
from app.rules import ids
from app.rules.limits import MAX_LIST_ITEMS
from app.rules.normal_forms import NORMALISER_VERSION
from app.services.changes import ChangeSet, FreshStart
from app.store.signals import SeenSignal


@strawberry.type(description="A signal that came into your sight, changed, or went out of it.")
class SignalChange:
    signal_id: strawberry.ID = strawberry.field(description="The signal that changed; delete your copy if it is gone.")
    removed: bool = strawberry.field(description="True where the signal is out of your sight, whatever the cause.")
    signal: Signal | None = strawberry.field(description="The signal as it stands now; null if it was removed.")

    @classmethod
    def of(cls, id: UUID, seen: SeenSignal | None) -> Self:
        signal_id = strawberry.ID(ids.shown(ids.Prefix.SIGNAL, id))
        return cls(signal_id=signal_id, removed=seen is None, signal=None if seen is None else Signal.of(seen))


@strawberry.type(description="The next changes of your feed, in order; each signal stands as it is now.")
class ChangePage:
    items: list[SignalChange] = strawberry.field(
        description="What changed; a signal is told once, at its last change.", directives=[about(MAX_LIST_ITEMS)]
    )
    start_cursor: str = strawberry.field(description="Where this page starts; pass it as `after` to get it again.")
    end_cursor: str = strawberry.field(description="Keep this, and pass it as `after` next time.")
    caught_up: bool = strawberry.field(description="Whether nothing more has changed so far: ask again later.")
    normaliser_version: int = strawberry.field(
        description="Version of the canonical forms behind all match tags; refuse to match with another one."
    )
    match_key_epoch: int | None = strawberry.field(
        description="Epoch of the match key behind the match tags on this page; null if you have no key."
    )

    @classmethod
    def of(cls, changes: ChangeSet, match_key_epoch: int | None) -> Self:
        return cls(
            items=[SignalChange.of(id, seen) for id, seen in changes.items],
            start_cursor=changes.start_cursor,
            end_cursor=changes.end_cursor,
            caught_up=changes.caught_up,
            normaliser_version=NORMALISER_VERSION,
            match_key_epoch=match_key_epoch,
        )


@strawberry.type(description="What is kept of an acknowledgement.")
class AcknowledgeChangesPayload:
    acknowledged_at: datetime = strawberry.field(
        description="When the exchange took it down, UTC; whoever manages the client reads it there."
    )


@strawberry.type(description="What you see changed at once: drop your copy and follow the feed from a fresh start.")
class ResyncRequired:
    code: str = strawberry.field(description="Always RESYNC_REQUIRED, for programs that look at codes alone.")
    start_cursor: str = strawberry.field(description="Pass as `after` to read everything that you see now.")

    @classmethod
    def of(cls, start: FreshStart) -> Self:
        return cls(code="RESYNC_REQUIRED", start_cursor=start.start_cursor)
