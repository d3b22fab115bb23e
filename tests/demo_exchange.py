"""A fresh demo exchange for one test: its database, keys, clock and clients."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from app.rules import ids
from app.rules.actor import Actor
from app.rules.keyring import Keyring
from app.rules.scopes import Scope
from app.rules.tokens import AccessTokens
from app.services import demo, tokens
from app.services.demo import DemoClient, DemoCredentials, DemoPerson
from app.store.database import Database
from app.store.database_urls import DatabaseUrls

# Most tests sign nobody in; a password that is hashed so is hashed anew when somebody does.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ISSUER = "http://127.0.0.1:8000"


@dataclass
class Clock:
    now: datetime = datetime(2026, 7, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class DemoExchange:
    urls: DatabaseUrls
    database: Database
    keyring: Keyring
    credentials: DemoCredentials
    clock: Clock
    access_tokens: AccessTokens = field(init=False)

    def __post_init__(self) -> None:
        self.access_tokens = AccessTokens.of(ISSUER, self.keyring)

    def client(self, slug: str) -> DemoClient:
        return self.credentials.clients[slug]

    def person(self, slug: str) -> DemoPerson:
        return self.credentials.people[slug]

    def id(self, slug: str) -> UUID:
        found = ids.read(ids.Prefix.PARTICIPANT, self.client(slug).participant_id)
        assert found is not None
        return found

    @property
    def group_id(self) -> UUID:
        found = ids.read(ids.Prefix.GROUP, self.credentials.group_id)
        assert found is not None
        return found

    async def actor(self, slug: str, without: frozenset[str] = frozenset()) -> Actor:
        """Whoever acts with a token of this participant's client, as of now."""
        client_id = ids.read(ids.Prefix.CLIENT, self.client(slug).client_id)
        assert client_id is not None
        claims = self.access_tokens.check(self.access_tokens.issue(client_id, [], self.clock()), self.clock())
        claims = replace(claims, scopes=frozenset(map(str, Scope)) - without)
        async with self.database.nobody() as session:
            return await tokens.actor_behind(session, claims, self.clock())

    async def operator(self) -> Actor:
        return await self.actor("lantern-operator")


@asynccontextmanager
async def opened(urls: DatabaseUrls) -> AsyncIterator[DemoExchange]:
    keyring, clock = Keyring.generate(), Clock()
    credentials = await filled(urls, keyring, clock())
    assert credentials is not None
    database = Database.at(urls.serving)
    yield DemoExchange(urls, database, keyring, credentials, clock)
    await database.close()


async def filled(urls: DatabaseUrls, keyring: Keyring, as_of: datetime) -> DemoCredentials | None:
    engine = create_async_engine(urls.owner, poolclass=NullPool)
    async with AsyncSession(engine) as session, session.begin():
        credentials = await demo.ensure(session, keyring, as_of, CHEAP.hash)
    await engine.dispose()
    return credentials
