"""Which signals a participant names by its own match tags (R14).

A tag cannot be turned back into a value. So for participants that ask by tags, the beginning of the tag of each signal
in their sight is kept, along their change feed: what comes into sight is a change there, whatever the cause (R17).
"""

import hmac
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput, Refusal
from app.rules.actor import Actor
from app.rules.cursors import Place
from app.rules.key_use import normalisers
from app.rules.keyring import Keyring
from app.rules.match_tags import match_tag
from app.rules.normal_forms import Canonical
from app.rules.scopes import Scope
from app.rules.sealing import opened
from app.rules.signal_types import SignalType
from app.rules.tag_keys import TagKey, prefix_of
from app.services import changes
from app.services.match_keys import MatchTagger, key_bytes, tagger_of
from app.store import match_tags
from app.store.changes import Stretch
from app.store.key_use import probed
from app.store.tables.participant import MatchKeyRow

# Changes that are read and tagged at once, which takes some 100 milliseconds of processors, the database's included.
WIDTH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Tagged:
    """A signal as its participant names it: by a tag, which covers the type, and perhaps by that too."""

    key: TagKey
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """`ids` in the order of what was asked; `prepared` is how many signals were read to find any by tags."""

    ids: list[UUID | InvalidInput | None] | None
    prepared: int


async def find(session: AsyncSession, actor: Actor, keyring: Keyring, asked: Sequence[Tagged]) -> Looked:
    """The signals that the actor sees of these, in their order; null for a wrong tag and for what is hidden alike.

    No ids at all while tags are being prepared, a stretch of the feed at each call: commit what was done for it, and
    ask again. InvalidInput stands for tags of other normal forms, which would silently miss.
    Raises: Forbidden (scope).
    """
    actor.require(Scope.SIGNALS_MATCH)
    current = normalisers(probed(session, keyring))
    if len(current) > 1:
        # Signals are coming to new normal forms, and each to another tag.
        return Looked(None, 0)
    lookup = _Lookup(session, actor, keyring, current[0])
    found: dict[TagKey, tuple[UUID, str]] = {}
    is_prepared, prepared = True, 0
    for key in await match_tags.live_keys(session, actor, {one.key.epoch for one in asked}):
        stretch = await lookup.prepare(key)
        is_prepared, prepared = is_prepared and not stretch.has_next, prepared + len(stretch.entries)
        found |= await lookup.named(key, [one.key for one in asked if one.key.epoch == key.epoch])
    ids = [_one(one, current[0], found.get(one.key)) for one in asked]
    return Looked(ids if is_prepared else None, prepared)


def _one(asked: Tagged, normaliser: int, found: tuple[UUID, str] | None) -> UUID | InvalidInput | None:
    if asked.key.normaliser != normaliser:
        return InvalidInput(
            f"The tag was computed with other normal forms: compute your tags anew with normaliserVersion"
            f" {normaliser}.",
            field="representations",
            reason=Refusal.OUT_OF_RANGE,
        )
    return found[0] if found is not None and asked.type in (None, found[1]) else None


@dataclass(frozen=True, slots=True)
class _Lookup:
    session: AsyncSession
    actor: Actor
    keyring: Keyring
    normaliser: int

    async def prepare(self, key: MatchKeyRow) -> Stretch:
        """Goes on along the feed, a bounded stretch."""
        if key.tagged_normaliser not in (None, self.normaliser):
            await match_tags.forget(self.session, key.epoch)
            key.tagged_epoch = None
        place = Place(self.actor.feed_epoch)
        if key.tagged_epoch == place.epoch:
            place = Place(place.epoch, key.tagged_position or 0, key.tagged_began or 0)
        secret = key_bytes(opened(self.keyring, key.sealed_key, key.id))
        stretch, place = await changes.onward(self.session, self.actor, place, WIDTH)
        await self._keep(key.epoch, secret, [id for _, id in stretch.entries])
        key.tagged_normaliser, key.tagged_epoch = self.normaliser, place.epoch
        key.tagged_position, key.tagged_began = place.position, place.began
        return stretch

    async def _keep(self, epoch: int, secret: bytes, ids: Sequence[UUID]) -> None:
        rows = await match_tags.identities(self.session, self.actor, ids)
        tags = {row.id: match_tag(secret, row.normaliser_version, self._form(row)) for row in rows}
        await match_tags.keep(self.session, epoch, {id: prefix_of(tag) for id, tag in tags.items()})

    async def named(self, key: MatchKeyRow, asked: Sequence[TagKey]) -> Mapping[TagKey, tuple[UUID, str]]:
        """The ids and types of signals whose whole tag is the one asked for, if the client may be shown it."""
        tagger = tagger_of(self.actor, key.epoch, opened(self.keyring, key.sealed_key, key.id))
        by_prefix: dict[int, list[TagKey]] = defaultdict(list)
        for one in asked:
            by_prefix[prefix_of(one.tag)].append(one)
        kept = await match_tags.candidates(self.session, self.actor, key.epoch, by_prefix)
        rows = {
            row.id: row for row in await match_tags.identities(self.session, self.actor, [r.signal_id for r in kept])
        }
        return {
            one: (row.id, row.type)
            for candidate in kept
            if (row := rows.get(candidate.signal_id)) is not None
            for one in by_prefix[candidate.prefix]
            if tagger is not None and self._is_of(tagger, row, one)
        }

    def _is_of(self, tagger: MatchTagger, row: Any, asked: TagKey) -> bool:
        tag = tagger.tag(self._form(row), row.normaliser_version)
        return tag is not None and hmac.compare_digest(tag, asked.tag)

    def _form(self, row: Any) -> Canonical:
        return Canonical(SignalType(row.type), opened(self.keyring, row.sealed_value, row.id), row.qualifier)
