"""Participants with match keys, who name signals by tags that they compute themselves."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import InvalidInput
from app.rules.labels import RetractionReason
from app.rules.tag_keys import TagKey
from app.services import contributions, match_keys, tag_lookup
from app.services.tag_lookup import Tagged
from tests.feed.world import Program, draft

Found = UUID | InvalidInput | None


@dataclass(eq=False)
class Scene:
    program: Program
    owner: AsyncEngine
    keys: dict[tuple[str, int], bytes] = field(default_factory=dict)

    async def issue(self, slug: str) -> int:
        issued = await self.program.do(slug, match_keys.issue, self.program.exchange.keyring)
        self.keys[slug, issued.epoch] = match_keys.key_bytes(issued.key)
        return issued.epoch

    def tag(self, slug: str, host: str, *, type: str = "DOMAIN", epoch: int = 1, normaliser: int = 1) -> Tagged:
        message = f"{normaliser}\0{type}\0{host}.example".encode()
        tag = hmac.new(self.keys[slug, epoch], message, hashlib.sha256).hexdigest()
        return Tagged(TagKey(epoch, normaliser, tag), type)

    async def share(self, slug: str, host: str, *groups: UUID, **said: Any) -> UUID:
        (result,) = await self.program.share(slug, draft(host, *groups, **said))
        assert result.signal_id is not None
        await self.program.sequence()
        return result.signal_id

    async def retract(self, slug: str, signal: UUID) -> None:
        """The end of what it contributes there."""
        actor = await self.program.actor(slug)
        given = {"who": actor.participant_id, "signal": signal}
        ((id,),) = await self.rows(
            "SELECT id FROM contribution WHERE participant_id = :who AND signal_id = :signal", given
        )
        await self.program.do(slug, contributions.retract, [id], RetractionReason.ERROR)
        await self.program.sequence()

    async def ask(self, slug: str, *asked: Tagged, without: frozenset[str] = frozenset()) -> list[Found] | None:
        actor = await self.program.exchange.actor(slug, without)
        async with self.program.exchange.database.write(actor) as session:
            return (await tag_lookup.find(session, actor, self.program.exchange.keyring, asked)).ids

    async def find(self, slug: str, *hosts: str) -> list[Found] | None:
        return await self.ask(slug, *(self.tag(slug, host) for host in hosts))

    async def rows(self, query: str, given: Mapping[str, Any] | None = None) -> list[Any]:
        """What is stored, beyond row-level security."""
        async with self.owner.begin() as connection:
            found = await connection.execute(text(query), given or {})
            return list(found) if found.returns_rows else []

    async def kept(self) -> int:
        return int((await self.rows("SELECT count(*) FROM match_tag"))[0][0])
