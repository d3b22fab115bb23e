"""What an operation has at hand: who asks, the database, the keys, and the loaders of this one operation."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.actor import Actor
from app.rules.cursors import Cursors
from app.rules.keyring import Keyring
from app.store.database import Database

if TYPE_CHECKING:
    from app.graphql.loaders import Loaders


@dataclass
class Context:
    actor: Actor
    database: Database
    keyring: Keyring

    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session for one resolver or one loader batch; it never commits."""
        return self.database.read(self.actor)

    def write(self) -> AbstractAsyncContextManager[AsyncSession]:
        """The one transaction of a mutation."""
        return self.database.write(self.actor)

    @asynccontextmanager
    async def write_unless(self, rehearsal: bool) -> AsyncIterator[AsyncSession]:
        """The transaction of a mutation that may be asked only to say what it would do."""
        async with self.read() if rehearsal else self.write() as session:
            yield session

    @cached_property
    def cursors(self) -> Cursors:
        return Cursors(self.keyring, self.actor.participant_id)

    @cached_property
    def loaders(self) -> "Loaders":
        # Types know the context and loaders know the types, so the loaders are found when first used.
        from app.graphql.loaders import Loaders  # noqa: PLC0415

        return Loaders(self)


Info: TypeAlias = strawberry.Info[Context, None]
