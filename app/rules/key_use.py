"""Which keys and normal forms are in use: those that new rows get, and those that rows may still have (R12)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self

from app.rules.keyring import Keyring
from app.rules.normal_forms import NORMALISER_VERSION

# The database keeps a tag version as one number: the key above, the normaliser in the lower 16 bits.
_BITS = 16
_MASK = (1 << _BITS) - 1


class TagVersion(NamedTuple):
    """What a tag was made with: the version of the key, and the one of the normal forms."""

    key: int
    normaliser: int

    @property
    def code(self) -> int:
        return self.key << _BITS | self.normaliser

    @classmethod
    def of_code(cls, code: int) -> Self:
        return cls(code >> _BITS, code & _MASK)


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What the database says is in use, of one epoch; each change of it starts the next.

    `tags` are the versions that signals may have, the one of new tags first. An announced one is not written yet: when
    it comes into use, every upload under way must already know its tags.
    """

    epoch: int
    encryption: int
    tags: tuple[TagVersion, ...]
    announced: TagVersion | None = None

    @property
    def probed(self) -> tuple[TagVersion, ...]:
        """What look-ups try: one version, but for the time of a change."""
        return self.tags if self.announced is None else (*self.tags, self.announced)


def of_keyring(keyring: Keyring) -> tuple[TagVersion, ...]:
    """All versions that a keyring has, its current one first: for an exchange that does not say yet what is in use."""
    current = keyring.tags.current
    others = sorted(keyring.tags.by_version.keys() - {current}, reverse=True)
    return tuple(TagVersion(key, NORMALISER_VERSION) for key in (current, *others))


def normalisers(versions: Iterable[TagVersion]) -> tuple[int, ...]:
    """The distinct versions of the normal forms, in the same order."""
    return tuple(dict.fromkeys(version.normaliser for version in versions))
