"""Rows that have older keys or normal forms, and what they are to become."""

from dataclasses import dataclass
from uuid import UUID

from app.rules.key_use import TagVersion
from app.rules.keyring import Keyring
from app.rules.normal_forms import Canonical, canonical, hints_of
from app.rules.sealing import opened, seal
from app.rules.signal_types import SignalType
from app.rules.tags import loose_tags, signal_tag


@dataclass(frozen=True, slots=True)
class SignalBehind:
    """What of a signal its tags are computed from; the tag is the one that it has."""

    id: UUID
    type: SignalType
    qualifier: str
    tag: bytes
    sealed_value: bytes
    normaliser: int


@dataclass(frozen=True, slots=True)
class Retagged:
    """What a signal becomes; its value is sealed anew only if its form changed."""

    id: UUID
    old: bytes
    tag: bytes
    qualifier: str
    sealed_value: bytes | None
    keys: tuple[bytes, ...]


def retagged(keyring: Keyring, signal: SignalBehind, version: TagVersion) -> Retagged:
    """The signal under that version: its stored form is read once more if the normal forms are others.

    Raises: InvalidInput if they take it for no value of its type; InvalidTag or KeyError if it cannot be opened.
    """
    stored = Canonical(SignalType(signal.type), opened(keyring, signal.sealed_value, signal.id), signal.qualifier)
    form = stored
    if signal.normaliser != version.normaliser:
        form = canonical(stored.type, stored.value, hints_of(stored), version.normaliser)
    return Retagged(
        id=signal.id,
        old=signal.tag,
        tag=signal_tag(keyring, form, version.key),
        qualifier=form.qualifier,
        sealed_value=None if form.value == stored.value else seal(keyring, form.value, signal.id),
        keys=tuple(dict.fromkeys(loose_tags(keyring, (version,), {version.normaliser: form}))),
    )


def resealed(keyring: Keyring, sealed: bytes, owner: UUID) -> bytes:
    """The same text under the key in use. Raises: InvalidTag or KeyError if it cannot be opened."""
    return seal(keyring, opened(keyring, sealed, owner), owner)
