"""Loaders: what resolvers of one operation ask for one by one is fetched together."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.dataloader import DataLoader

from app.graphql.types.access_record import AccessRecord
from app.graphql.types.client import ApiClient
from app.graphql.types.contribution import Contribution
from app.graphql.types.participant import Participant, SharingGroup
from app.graphql.types.signal import Signal
from app.rules.actor import Actor
from app.store import access_records, clients, contributions, groups, participants, signals
from app.store.signals import SeenSignal

if TYPE_CHECKING:
    from app.graphql.context import Context

R = TypeVar("R")
T = TypeVar("T")
Fetch = Callable[[AsyncSession, Actor, Iterable[UUID]], Awaitable[Mapping[UUID, R]]]


class Loaders:
    """Each gives a finished type, or null for what the actor may not see."""

    def __init__(self, context: "Context") -> None:
        self._context = context
        self.participant = self._one(participants.by_ids, Participant.of)
        self.group = self._one(groups.by_ids, SharingGroup.of)
        self.groups_of = self._one(groups.of_participants, lambda rows: [SharingGroup.of(row) for row in rows])
        self.client = self._one(clients.by_ids, ApiClient.of)
        self.signal = self._one(signals.by_ids, lambda seen: Signal.of(seen, context.keyring))
        self.contribution = self._one(contributions.by_ids, Contribution.of)
        self.access_record = self._one(access_records.by_ids, AccessRecord.of)

    @staticmethod
    def contributions_of(seen: SeenSignal) -> list[Contribution]:
        """Those that the signal was found through, so no query is needed."""
        return [Contribution.of(row) for row in seen.contributions]

    def _one(self, fetch: Fetch[R], shown: Callable[[R], T]) -> DataLoader[UUID, T | None]:
        async def batch(ids: list[UUID]) -> list[T | None]:
            async with self._context.read() as session:
                found = await fetch(session, self._context.actor, ids)
            return [shown(found[id]) if id in found else None for id in ids]

        return DataLoader(load_fn=batch, max_batch_size=1_000)
