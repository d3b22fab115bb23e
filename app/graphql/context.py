"""What an operation has at hand: who asks, the database, the keys, and the loaders of this one operation."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.actor import Actor
from app.rules.cursors import Cursors
from app.rules.key_use import TagVersion, of_keyring
from app.rules.keyring import Keyring
from app.services import match_keys
from app.services.match_keys import MatchTagger
from app.store import reader, viewpoint
from app.store.clients import Standing
from app.store.database import Database
from app.store.pdq_index import PdqIndex
from app.store.templates import Made

if TYPE_CHECKING:
    from app.graphql.live import Live
    from app.graphql.loaders import Loaders


@dataclass
class Context:
    actor: Actor
    database: Database
    # Those that the process started with.
    first_keys: Keyring
    pdq: PdqIndex
    # How the actor is known, where that is but remembered: whoever looks or writes for it asks whether it still is so.
    standing: Standing | None = None
    # Whether a transaction has asked that.
    is_confirmed: bool = False
    # What mutations of this operation gave or raised, by response key, where the read engine has run them.
    done: dict[str, Any] = field(default_factory=dict)
    # What the operation took beyond its price, which nobody knew before.
    owed: int = 0
    # Of the subscription that an event is read for.
    live: "Live | None" = None
    # The address by which people and programs know the exchange.
    issuer: str = ""
    _taggers: asyncio.Future[list[MatchTagger]] | None = None

    @property
    def keyring(self) -> Keyring:
        """The keys now: ask for them within a transaction, the beginning of which takes up those that it needs."""
        return self.first_keys if self.database.keys is None else self.database.keys.keyring

    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session for one resolver or one loader batch; it never commits.

        Entering it raises Changed if the actor is not what was remembered of it.
        """
        self.is_confirmed = True
        return self.database.read(self.actor, self.standing)

    @property
    def key_epoch(self) -> int | None:
        """Since when the keys are in use that this process knows of; null where they never change."""
        if self.database.keys is None:
            return None
        use = self.database.keys.in_use
        return 0 if use is None else use.epoch

    async def refresh(self) -> None:
        """Take up the keys that are in use now."""
        async with self.read():
            pass

    @property
    def tag_versions(self) -> Sequence[TagVersion]:
        """The versions of tags that signals may have, the one of new tags first, as far as this process knows."""
        use = None if self.database.keys is None else self.database.keys.in_use
        return of_keyring(self.keyring) if use is None else use.probed

    async def answer(self, statement: str, values: Sequence[object]) -> Any:
        """What a statement answers that looks on the actor's behalf."""
        return await self.database.answer(self.actor, statement, values)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """The one transaction of a mutation; what an earlier one of the operation had loaded is loaded anew.

        Raises: Changed if the actor is not what was remembered of it; from then on it is not remembered but known.
        """
        self.__dict__.pop("loaders", None)
        async with self.database.write(self.actor, self.standing) as session:
            self.standing, self.is_confirmed = None, True
            yield session

    async def act(self, made: Made, given: Mapping[str, object]) -> Any:
        """What a statement answers that writes, and is a transaction of its own; null as it says, and if the actor or
        the keys are not what was remembered."""
        self.__dict__.pop("loaders", None)
        told = reader.parameters(self.actor, self.key_epoch, self.standing)
        values = {**made.constants, **viewpoint.parameters(self.actor), **told, **given}
        answer = await self.database.act(self.actor, made.statement, [values[name] for name in made.names])
        if answer is not None:
            self.standing, self.is_confirmed = None, True
        return answer

    async def tagger(self, epoch: int | None = None) -> MatchTagger | None:
        """What computes match tags under the newest key, or a live one of before; null if the client has none."""
        if self._taggers is None:
            self._taggers = asyncio.ensure_future(self._find_taggers())
        # Others wait for it too, when graphql-core cancels one whose sibling failed.
        taggers = await asyncio.shield(self._taggers)
        return next((tagger for tagger in taggers if epoch in (None, tagger.epoch)), None)

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
