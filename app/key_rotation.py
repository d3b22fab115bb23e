"""New keys and normal forms while the exchange serves, and the retirement of old keys (R12)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.ids import Prefix, shown
from app.rules.key_use import KeyUse, TagVersion
from app.rules.keyring import ENCRYPTION, TAG, Keyring
from app.rules.normal_forms import NORMALISER_VERSION
from app.store import key_checks, key_file, key_use, sealed_places, signals_behind
from app.store.database import owner_session
from app.store.setup_error import SetupError

# Any number that nothing else locks: one change of keys at a time.
_LOCK = 7_310_004
# Seconds between two looks at whether all that began before has ended.
_LOOK_EVERY = 0.05
# Signals named in a refusal; the log of a rehearsal of millions would be of no use.
_NAMED = 20


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The exchange whose keys change: its database, as the owner of the tables, and its key file."""

    owner: URL
    path: Path


async def rotate_encryption(exchange: KeyFile) -> int:
    """A new encryption key: from here on new texts are sealed with it. Says its version.

    The file has the key before anybody may use it, so a crash in between leaves a key that the next call takes.
    Raises: SetupError.
    """
    async with _alone(exchange) as use:
        keyring = _with_newer(exchange, key_file.load_keys(exchange.path), ENCRYPTION, use.encryption)
        async with owner_session(exchange.owner) as session:
            await _record(session, keyring)
            await key_use.use_encryption(session, keyring.encryption.newest)
        return keyring.encryption.newest


async def rotate_tags(exchange: KeyFile) -> int:
    """A new tag key: from here on new tags are made with it, and a job brings the others to it. Says its version.

    Raises: SetupError while signals still have the tags of an earlier change.
    """
    async with _alone(exchange) as use:
        _check_settled(use)
        current = use.tags[0]
        keyring = _with_newer(exchange, key_file.load_keys(exchange.path), TAG, current.key)
        await _change_tags(exchange, keyring, TagVersion(keyring.tags.newest, current.normaliser))
        return keyring.tags.newest


async def rotate_normaliser(exchange: KeyFile) -> int:
    """The normal forms of this version of the program, which all servers must run by now. Says their version.

    Raises: SetupError if they are in use, or would take two signals for one, or refuse one: nothing is changed then.
    """
    async with _alone(exchange) as use:
        _check_settled(use)
        current = use.tags[0]
        if current.normaliser == NORMALISER_VERSION:
            raise SetupError(f"Normal forms {NORMALISER_VERSION} are in use; this program has no newer ones.")
        keyring = key_file.load_keys(exchange.path)
        new = TagVersion(current.key, NORMALISER_VERSION)
        async with owner_session(exchange.owner) as session:
            _check_distinct(*await signals_behind.rehearse(session, keyring, current, new))
        await _change_tags(exchange, keyring, new)
        return NORMALISER_VERSION


async def retire(exchange: KeyFile, purpose: str) -> list[int]:
    """Take keys that nothing uses any more out of the file. Says their versions; none if there are none.

    The database forgets them first: with a key that only the file has the exchange starts, but not without one that
    the database asks for. Raises: SetupError while rows need one of them.
    """
    async with _alone(exchange) as use:
        keyring = key_file.load_keys(exchange.path)
        current = use.encryption if purpose == ENCRYPTION else use.tags[0].key
        keys = keyring.encryption if purpose == ENCRYPTION else keyring.tags
        old = [version for version in keys.by_version if version < current]
        if not old:
            return []
        await _wait_for_those_under_way(exchange)
        async with owner_session(exchange.owner) as session:
            needed = await _needed(session, use, purpose, old)
            if needed:
                raise SetupError(
                    f"The old keys are still needed, by {needed}: run scripts/run retag first. Nothing was changed."
                )
            await key_checks.forget(session, purpose, old)
        key_file.replace_keys(exchange.path, _without(keyring, purpose, old))
        return old


async def _needed(session: AsyncSession, use: KeyUse, purpose: str, versions: list[int]) -> str:
    """What needs one of these keys, in words; empty if nothing does."""
    if purpose == ENCRYPTION:
        places = await sealed_places.sealed_with(session, versions)
        return ", ".join(f"{count} of {place}" for place, count in places.items())
    tagged = await signals_behind.tagged_with(session, versions)
    probed = any(version.key in versions for version in use.probed)
    return f"{tagged} signals" if tagged else "look-ups, as the job is not done" if probed else ""


async def _change_tags(exchange: KeyFile, keyring: Keyring, version: TagVersion) -> None:
    """In two steps: when it comes into use, all uploads under way know its tags already."""
    async with owner_session(exchange.owner) as session:
        await _record(session, keyring)
        announced = await key_use.announce(session, version)
    await _wait_until_over(exchange, announced)
    async with owner_session(exchange.owner) as session:
        await key_use.use_announced(session)


async def _record(session: AsyncSession, keyring: Keyring) -> None:
    """Raises: SetupError if another file has other keys under these names."""
    await key_checks.record(session, keyring)
    if unlike := await key_checks.unlike(session, keyring):
        raise SetupError(f"Another key file has other keys for {', '.join(unlike)}: hosts share one. Nothing changed.")


async def _wait_for_those_under_way(exchange: KeyFile) -> None:
    async with owner_session(exchange.owner) as session:
        now = await key_use.this_transaction(session)
    await _wait_until_over(exchange, now)


async def _wait_until_over(exchange: KeyFile, transaction: int) -> None:
    while True:
        async with owner_session(exchange.owner) as session:
            if await key_use.is_over(session, transaction):
                return
        await asyncio.sleep(_LOOK_EVERY)


@asynccontextmanager
async def _alone(exchange: KeyFile) -> AsyncIterator[KeyUse]:
    """What is in use, which nobody else changes for the length of the block."""
    async with owner_session(exchange.owner) as guard:
        if not await guard.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}):
            raise SetupError("Keys are being changed by another program: wait until it has ended.")
        use = await key_use.now(guard)
        if use is None:
            raise SetupError("This exchange was not set up yet: it has no keys in use that could be changed.")
        yield use


def _check_settled(use: KeyUse) -> None:
    if len(use.tags) > 1:
        raise SetupError("Signals still have the tags of the last change: run scripts/run retag first.")


def _with_newer(exchange: KeyFile, keyring: Keyring, purpose: str, current: int) -> Keyring:
    """The keyring with a key that is newer than the current one; one that the file has already is taken."""
    keys = keyring.encryption if purpose == ENCRYPTION else keyring.tags
    if keys.newest > current:
        return keyring
    more = keys.with_new()
    keyring = replace(keyring, encryption=more) if purpose == ENCRYPTION else replace(keyring, tags=more)
    key_file.replace_keys(exchange.path, keyring)
    return keyring


def _without(keyring: Keyring, purpose: str, versions: list[int]) -> Keyring:
    if purpose == ENCRYPTION:
        return replace(keyring, encryption=keyring.encryption.without(versions))
    return replace(keyring, tags=keyring.tags.without(versions))


def _check_distinct(refused: list[UUID], equal: list[tuple[UUID, UUID]]) -> None:
    if refused or equal:
        named = [shown(Prefix.SIGNAL, id) for id in refused] + [
            f"{shown(Prefix.SIGNAL, one)} = {shown(Prefix.SIGNAL, other)}" for one, other in equal
        ]
        raise SetupError(
            f"The new normal forms refuse {len(refused)} signals and take {len(equal)} for others, which would have to"
            f" be retracted first. Nothing was changed. The first of them: {', '.join(named[:_NAMED])}"
        )
