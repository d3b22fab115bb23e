"""The keys of a running process: taken up anew from their file when the database says that others are in use."""

from collections.abc import Callable
from dataclasses import replace

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import TooMany
from app.rules.key_use import KeyUse, TagVersion
from app.rules.keyring import Keyring
from app.rules.normal_forms import is_known
from app.store import key_use

log = structlog.get_logger("lantern.keys")

# Epochs that are remembered: transactions that began before a change still see the one before.
_REMEMBERED = 8


class LiveKeys:
    """`read` reads the key file. A process has one of these; whoever needs keys asks it for `keyring`."""

    def __init__(self, keyring: Keyring, read: Callable[[], Keyring]) -> None:
        self._read = read
        self._by_epoch: dict[int, KeyUse] = {}
        # Encryption keys that were met before their epoch was.
        self._met: dict[int, bytes] = {}
        self.keyring = self._finding(keyring)

    @property
    def in_use(self) -> KeyUse | None:
        """What was in use in the newest epoch that a transaction has seen."""
        return self._by_epoch[max(self._by_epoch)] if self._by_epoch else None

    async def follow(self, session: AsyncSession, epoch: int | None) -> KeyUse | None:
        """What is in use in the epoch that a transaction sees; its keys are here by then.

        Raises: TooMany if the file lacks one of them, or the code is too old: looking without it would miss values.
        """
        if epoch is None:
            return None
        return self._by_epoch.get(epoch) or await self._take_up(session)

    async def _take_up(self, session: AsyncSession) -> KeyUse | None:
        use = await key_use.now(session)
        if use is None:
            return None
        if self._lacking(use):
            await self._read_again(session)
        if use.announced is not None and not self._has(use.announced):
            # It is not written yet, so nothing is missed so far, and whoever reads this can still bring the key.
            log.error("a key that will be used soon is not in the key file", missing=self._lacking(use))
            return replace(use, announced=None)
        if missing := self._lacking(use):
            log.error("keys in use are not in the key file", missing=missing)
            raise TooMany("The keys of this exchange are being changed. Try again in a moment.")
        if use.epoch > max(self._by_epoch, default=0):
            self._set(use)
        self._by_epoch[use.epoch] = use
        while len(self._by_epoch) > _REMEMBERED:
            del self._by_epoch[min(self._by_epoch)]
        return use

    async def _read_again(self, session: AsyncSession) -> None:
        keyring = self._read()
        if await key_use.are_ours(session, keyring):
            self.keyring = self._finding(keyring)
        else:
            log.error("the key file has other keys than those of this exchange")

    def _set(self, use: KeyUse) -> None:
        self.keyring = replace(
            self.keyring,
            encryption=replace(self.keyring.encryption, in_use=use.encryption),
            tags=replace(self.keyring.tags, in_use=use.tags[0].key),
        )

    def _lacking(self, use: KeyUse) -> list[str]:
        lacking = [f"tag {tag.key}, normal forms {tag.normaliser}" for tag in use.probed if not self._has(tag)]
        if use.encryption not in self.keyring.encryption.by_version:
            lacking.append(f"encryption {use.encryption}")
        return lacking

    def _has(self, version: TagVersion) -> bool:
        return version.key in self.keyring.tags.by_version and is_known(version.normaliser)

    def _finding(self, keyring: Keyring) -> Keyring:
        """The same, which looks into the file for an encryption key that it meets and lacks."""
        return replace(keyring, encryption=replace(keyring.encryption, find=self._find))

    def _find(self, version: int) -> bytes | None:
        if version not in self._met:
            self._met |= self._read().encryption.by_version
        return self._met.get(version)
