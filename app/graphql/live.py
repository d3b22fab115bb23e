"""What a subscription has at hand: whoever asks, found anew for each event, and how to wait for the next one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from app.graphql.context import Context
from app.rules import limits
from app.rules.actor import Actor
from app.store.clients import Standing
from app.store.watch import Topic, Waiting, Watch

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Found:
    """Whoever asks, as it is now: what it acts with, and how it was found."""

    context: Context
    standing: Standing


@dataclass(frozen=True, slots=True)
class Step(Generic[P]):
    """What was read: an event, or null where there is nothing to tell; then where to go on, or null to end here."""

    event: object | None
    next: P | None
    # How far in what is waited for; null where more can be read at once.
    caught_up_to: int | None = None


async def _for_nothing(_: Actor) -> None:
    pass


@dataclass(slots=True)
class Live:
    """Of one subscription. Nothing is read before the last event was taken, so one event is in memory at most."""

    find: Callable[[], Awaitable[Found]]
    watch: Watch
    participant_id: UUID
    # That of the event under way; null while it waits.
    context: Context | None = None
    # For the next read, where one told nothing; after an event, whoever answers it pays.
    pay: Callable[[Actor], Awaitable[None]] = _for_nothing

    async def anew(self) -> Found:
        """Raises: Unauthenticated, Forbidden, as soon as whoever asks may not go on."""
        found = await self.find()
        self.context = found.context
        return found

    async def follow(
        self, topic: Topic, read: Callable[[Context, P | None], Awaitable[Step[P]]], case_id: UUID | None = None
    ) -> AsyncIterator[object]:
        """The events that `read` gives from one place to the next, as whoever asks sees them at that time.

        Raises: as `anew` and `read`.
        """
        at: P | None = None
        while True:
            async with self.watch.turn(self.participant_id):
                heard = self.watch.heard
                found = await self.anew()
                async with asyncio.timeout(limits.QUERY_SECONDS):
                    step = await read(found.context, at)
            at = step.next
            if step.event is not None:
                event = step.event
                # What was read is let go of while the event is on its way, and it while the next one is waited for.
                step = Step(None, at, step.caught_up_to)
                yield event
                del event
            elif at is not None:
                await self.pay(found.context.actor)
            if at is None:
                return
            if step.caught_up_to is not None:
                waiting = Waiting(found.context.actor, found.standing, topic, step.caught_up_to, case_id)
                del found
                self.context = None
                await self.watch.until_changed(waiting, heard)
