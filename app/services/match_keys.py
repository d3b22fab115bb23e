"""Match keys: with one, a participant computes the match tags of its own users' values itself (R14)."""

import base64
import secrets
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.actor import Actor
from app.rules.audit import AuditAction
from app.rules.keyring import KEY_BYTES, Keyring
from app.rules.match_tags import match_tag, near_match_tags
from app.rules.normal_forms import NORMALISER_VERSION, Canonical
from app.rules.scopes import Scope
from app.rules.sealing import opened, seal
from app.rules.signal_types import Level, facts
from app.rules.tag_keys import TagKey
from app.store import audit, match_keys, match_tags
from app.store.tables.participant import MatchKeyRow

# Live keys of one participant: the new one, and the one before while its clients change over.
MAX_LIVE = 2


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key in clear, told this once; 32 bytes in base64url."""

    epoch: int
    key: str
    normaliser_version: int


@dataclass(frozen=True, slots=True)
class MatchTagger:
    """Computes the tags that one client may be shown, under one of its participant's keys."""

    epoch: int
    key: bytes
    may_reveal: bool

    def tag(self, form: Canonical, normaliser: int = NORMALISER_VERSION) -> str | None:
        """Of a form of that version; null for what can be enumerated, unless the client may reveal values anyway."""
        return match_tag(self.key, normaliser, form) if self._may_tag(form) else None

    def near_tags(self, form: Canonical, normaliser: int) -> list[str] | None:
        """Those of its looser spellings, on the same terms; empty for content types.

        Who sees those reads their values in clear, and skeletons of a feed of addresses take long to compute.
        """
        if not self._may_tag(form):
            return None
        if facts(form.type).level is Level.CONTENT:
            return []
        return near_match_tags(self.key, normaliser, form)

    def tag_key(self, form: Canonical, normaliser: int) -> str | None:
        """The same as a key of the federation."""
        tag = self.tag(form, normaliser)
        return None if tag is None else str(TagKey(self.epoch, normaliser, tag))

    def _may_tag(self, form: Canonical) -> bool:
        return self.may_reveal or not facts(form.type).is_enumerable


async def issue(session: AsyncSession, actor: Actor, keyring: Keyring) -> IssuedKey:
    """A key for the next epoch; of those before, only the last stays live.

    Raises: Forbidden.
    """
    actor.to_write(Scope.SIGNALS_MATCH)
    rows = await match_keys.of_participant(session, actor, lock=True)
    id, key = uuid4(), base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")
    row = MatchKeyRow(
        id=id,
        participant_id=actor.participant_id,
        epoch=1 + max((row.epoch for row in rows), default=0),
        sealed_key=seal(keyring, key, id),
        created_at=actor.as_of,
    )
    live = [row for row in rows if row.retired_at is None]
    for old in live[MAX_LIVE - 1 :]:
        old.retired_at = actor.as_of
        # Whoever prepares tags under it just now is waited for, so that none are left.
        await session.flush()
        await match_tags.forget(session, old.epoch)
    session.add(row)
    await audit.append(session, actor, AuditAction.MATCH_KEY_ISSUE, [id])
    return IssuedKey(row.epoch, key, NORMALISER_VERSION)


async def taggers(session: AsyncSession, actor: Actor, keyring: Keyring) -> list[MatchTagger]:
    """One for each live key, the newest first; none if the client may not match."""
    if Scope.SIGNALS_MATCH not in actor.scopes:
        return []
    keys = [
        tagger_of(actor, row.epoch, opened(keyring, row.sealed_key, row.id))
        for row in await match_keys.of_participant(session, actor)
        if row.retired_at is None
    ]
    return [tagger for tagger in keys if tagger is not None]


def tagger_of(actor: Actor, epoch: int, key: str) -> MatchTagger | None:
    """What computes tags under one of the actor's live keys; null if the client may not match."""
    if Scope.SIGNALS_MATCH not in actor.scopes:
        return None
    return MatchTagger(epoch, key_bytes(key), Scope.SIGNALS_REVEAL in actor.scopes)


def key_bytes(key: str) -> bytes:
    return base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
