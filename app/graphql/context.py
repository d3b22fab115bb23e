"""What an operation has at hand: who asks, the database, the keys, and the loaders of this one operation."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.actor import Actor
from app.rules.cursors import Cursors
from app.rules.keyring import Keyring
from app.services import match_keys
from app.services.match_keys import MatchTagger
from app.store.database import Database
from app.store.pdq_index import PdqIndex

if TYPE_CHECKING:
    from app.graphql.loaders import Loaders


@dataclass
class Context:
    actor: Actor
    database: Database
    keyring: Keyring
    pdq: PdqIndex
    _taggers: asyncio.Future[list[MatchTagger]] | None = None

    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session for one resolver or one loader batch; it never commits."""
        return self.database.read(self.actor)

    def write(self) -> AbstractAsyncContextManager[AsyncSession]:
        """The one transaction of a mutation; what an earlier one of the operation had loaded is loaded anew."""
        self.__dict__.pop("loaders", None)
        return self.database.write(self.actor)

    async def tagger(self, epoch: int | None = None) -> MatchTagger | None:
        """What computes match tags under the newest key, or a live one of before; null if the client has none."""
        if self._taggers is None:
            self._taggers = asyncio.ensure_future(self._find_taggers())
        return next((tagger for tagger in await self._taggers if epoch in (None, tagger.epoch)), None)

    async def match_key_epoch(self) -> int | None:
        tagger = await self.tagger()
        return None if tagger is None else tagger.epoch

    async def _find_taggers(self) -> list[MatchTagger]:
        async with self.read() as session:
            return await match_keys.taggers(session, self.actor, self.keyring)

    @cached_property
    def cursors(self) -> Cursors:
        return Cursors(self.keyring, self.actor.participant_id)

    @cached_property
    def loaders(self) -> "Loaders":
        # Types know the context and loaders know the types, so the loaders are found when first used.
        from app.graphql.loaders import Loaders  # noqa: PLC0415

        return Loaders(self)


Info: TypeAlias = strawberry.Info[Context, None]
