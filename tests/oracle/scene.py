"""Where worlds take place: the exchange itself, and beside it the facts of what was done there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules.actor import Actor
from app.rules.keyring import Keyring
from app.rules.participants import ParticipantClass
from app.rules.scopes import ALLOWED
from app.store.database import Database
from tests.demo_exchange import Clock
from tests.oracle.facts import Facts, Participant
from tests.oracle.history import History
from tests.oracle.oracle import Oracle

T = TypeVar("T")


@dataclass
class Scene:
    """Every act goes through `do`, is a second later than the one before, and is then noted in `facts`."""

    database: Database
    worker: AsyncEngine
    keyring: Keyring
    clock: Clock
    facts: Facts = field(default_factory=Facts)
    history: History = field(default_factory=History)
    quarantined: set[UUID] = field(default_factory=set)

    @property
    def oracle(self) -> Oracle:
        return Oracle(self.facts, self.clock())

    @property
    def operator(self) -> Participant:
        return next(p for p in self.facts.participants if p.kind is ParticipantClass.OPERATOR)

    def actor(self, who: Participant) -> Actor:
        """Whoever writes for this participant."""
        return Actor(
            participant_id=who.id,
            client_id=who.client_id,
            participant_class=who.kind,
            status=who.status,
            groups=tuple(sorted(who.groups)),
            feed_epoch=who.epoch,
            scopes=frozenset(map(str, ALLOWED[who.kind])),
            as_of=self.clock(),
        )

    async def do(self, service: Callable[..., Awaitable[T]], who: Participant, *given: Any, **named: Any) -> T:
        self.pause(seconds=1)
        actor = self.actor(who)
        async with self.database.write(actor) as session:
            return await service(session, actor, *given, **named)

    def pause(self, **duration: float) -> None:
        self.history.note(self.oracle)
        self.clock.forward(**duration)
