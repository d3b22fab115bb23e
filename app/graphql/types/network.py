"""The neighbourhood of a signal as clients see it."""

from typing import Self

import strawberry
from strawberry import federation

from app.graphql.context import Info
from app.graphql.types.link import SignalLink
from app.graphql.types.signal import Signal
from app.rules.links import MAX_NETWORK_EDGES
from app.services import network
from app.store import signals


@federation.type(
    requires_scopes=[["signals:read"]],
    description="What you see around a signal: signals as nodes and links as edges.",
)
class Network:
    found: strawberry.Private[network.Network]

    truncated: bool = strawberry.field(
        description="Whether there are more signals within the depth than the limit lets through, or more links among"
        " them than are shown."
    )

    @strawberry.field(
        description="The signal itself, then the nearest first; those equally near in the order of the signals that"
        " lead to them, then of their ids."
    )
    async def nodes(self, info: Info) -> list[Signal]:
        found = await info.context.loaders.one(signals.by_ids).load_many(list(self.found.signal_ids))
        return [signal for signal in found if signal is not None]

    @strawberry.field(
        description=f"The links among these signals, at most {MAX_NETWORK_EDGES:,}: those of the first signal first."
    )
    def edges(self) -> list[SignalLink]:
        return [SignalLink.of(row) for row in self.found.links]

    @classmethod
    def of(cls, found: network.Network) -> Self:
        return cls(found=found, truncated=found.truncated)
