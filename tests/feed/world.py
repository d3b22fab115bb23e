"""A small program of participants and groups, whose events happen through the services and whose jobs run when told."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from app.rules.actor import Actor
from app.rules.drafts import Audience, SignalDraft
from app.rules.ids import Prefix, shown
from app.rules.keyring import Keyring
from app.rules.labels import Labels, Severity, Violation
from app.rules.participants import ParticipantClass
from app.rules.row_results import RowResult
from app.rules.signal_types import SignalType
from app.services import bootstrap, groups, uploads
from app.services.bootstrap import Founder
from app.services.demo import DemoClient
from app.store.database import Database, connect
from app.store.database_urls import DatabaseUrls
from app.store.tables import metadata
from app.worker import expiry, sequencer
from tests.demo_exchange import Clock, DemoExchange, filled

T = TypeVar("T")

OPERATOR = "lantern-operator"
LABELS = Labels(violations=(Violation.SEXTORTION_FINANCIAL,), severity=Severity.MEDIUM, confidence=50)


def draft(host: str, *groups: UUID, **said: Any) -> SignalDraft:
    """A domain, shared with these groups, or with the whole program."""
    labels = said.pop("labels", LABELS)
    return SignalDraft(SignalType.DOMAIN, f"{host}.example", labels, audience=Audience(groups or None), **said)


@dataclass(eq=False)
class Program:
    """The demo exchange with two more participants and one more group: alder and birch are in `payments`, cedar and
    dogwood in `night`, elm is in none."""

    exchange: DemoExchange
    worker: AsyncEngine
    payments: UUID
    night: UUID

    @property
    def clock(self) -> Clock:
        return self.exchange.clock

    async def actor(self, slug: str) -> Actor:
        return await self.exchange.actor(slug)

    async def do(self, slug: str, service: Callable[..., Awaitable[T]], *given: Any, **named: Any) -> T:
        """One call of a participant, in a transaction of its own, a second after the last."""
        self.clock.forward(seconds=1)
        actor = await self.actor(slug)
        async with self.exchange.database.write(actor) as session:
            return await service(session, actor, *given, **named)

    async def share(self, slug: str, *drafts: SignalDraft) -> Sequence[RowResult]:
        return await self.do(slug, uploads.upload, self.exchange.keyring, drafts)

    async def sequence(self) -> None:
        await sequencer.sequence_all(self.worker)

    async def expire(self) -> None:
        await expiry.expire(self.worker, self.clock)

    async def settle(self) -> None:
        """Let the jobs do all that there is to do now."""
        await self.expire()
        await self.sequence()


async def empty(owner: AsyncEngine) -> None:
    """Take everything out of the database, for another program."""
    async with owner.begin() as connection:
        await connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)}"))


@asynccontextmanager
async def program_at(urls: DatabaseUrls, keyring: Keyring | None = None) -> AsyncIterator[Program]:
    keys, clock = keyring or Keyring.generate(), Clock()
    credentials = await filled(urls, keys, clock())
    assert credentials is not None
    database, worker = Database.at(urls.serving), connect(urls.worker)
    exchange = DemoExchange(urls, database, keys, credentials, clock)
    for slug in ("dogwood", "elm"):
        credentials.clients[slug] = await _taken_in(urls, keys, slug, clock)
    program = Program(exchange, worker, exchange.group_id, exchange.group_id)
    program.night = (await program.do(OPERATOR, groups.create, "night-watch", "Night watch")).id
    members = [exchange.id("cedar"), exchange.id("dogwood")]
    await program.do(OPERATOR, groups.add_members, program.night, members)
    try:
        yield program
    finally:
        await database.close()
        await worker.dispose()


async def _taken_in(urls: DatabaseUrls, keyring: Keyring, slug: str, clock: Clock) -> DemoClient:
    """One more active participant, put there by the owner of the tables."""
    engine = create_async_engine(urls.owner, poolclass=NullPool)
    async with AsyncSession(engine) as session, session.begin():
        founder = Founder(slug, slug.title(), ParticipantClass.CONTRIBUTOR_CONSUMER)
        participant = await bootstrap.found(session, founder, clock())
        client = await bootstrap.equip(session, keyring, participant)
        made = DemoClient(
            participant.name,
            shown(Prefix.PARTICIPANT, participant.id),
            shown(Prefix.CLIENT, client.row.id),
            client.secret,
        )
    await engine.dispose()
    return made
