"""The one spelling of every value: what equals what, what is refused, and what nearly equals."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from ...errors import InvalidInput, Refusal
from ..signal_types import SignalType
from . import accounts, addresses, domains, emails, hashes, keywords, payments, phones, urls
from .forms import NO_HINTS, Canonical, Hints, MatchKey
from .text import check_text

__all__ = [
    "NORMALISER_VERSION",
    "NO_HINTS",
    "Canonical",
    "Forms",
    "Hints",
    "MatchKey",
    "Refusal",
    "admit",
    "canonical",
    "hints_of",
    "is_known",
    "match_keys",
    "spelt",
]

# Stored beside every tag (R12) and stated with every match tag (R14). Raise it with any change of a canonical form or
# a match key, keep the types as they were in `_EARLIER` until no signal has them any more, and let the new form of an
# old form be the new form of what it came from: signals are brought up to date from their stored form.
NORMALISER_VERSION: int = 1

Forms: TypeAlias = Mapping[int, "Canonical"]
"""One value as several versions spell it, by version."""


@dataclass(frozen=True, slots=True)
class _Normaliser:
    canonical: Callable[[SignalType, str, Hints], Canonical]
    admit: Callable[[Canonical, Hints], None]
    match_keys: Callable[[Canonical], tuple[MatchKey, ...]]


_HASH = _Normaliser(hashes.canonical, hashes.admit, hashes.match_keys)

_NORMALISERS: Mapping[SignalType, _Normaliser] = MappingProxyType(
    {
        SignalType.EMAIL_ADDRESS: _Normaliser(emails.canonical, emails.admit, emails.match_keys),
        SignalType.USERNAME: _Normaliser(accounts.canonical_username, accounts.admit, accounts.username_keys),
        SignalType.ACCOUNT_ID: _Normaliser(accounts.canonical_account_id, accounts.admit, accounts.account_id_keys),
        SignalType.PHONE_NUMBER: _Normaliser(phones.canonical, phones.admit, phones.match_keys),
        SignalType.IP_ADDRESS: _Normaliser(addresses.canonical, addresses.admit, addresses.match_keys),
        SignalType.PAYMENT_HANDLE: _Normaliser(payments.canonical, payments.admit, payments.match_keys),
        SignalType.URL: _Normaliser(urls.canonical, urls.admit, urls.match_keys),
        SignalType.DOMAIN: _Normaliser(domains.canonical, domains.admit, domains.match_keys),
        SignalType.HASH_MD5: _HASH,
        SignalType.HASH_SHA1: _HASH,
        SignalType.HASH_SHA256: _HASH,
        SignalType.HASH_PDQ: _HASH,
        SignalType.KEYWORD: _Normaliser(keywords.canonical, keywords.admit, keywords.match_keys),
    }
)


# Earlier versions: what each had that the one after it has otherwise.
_EARLIER: dict[int, Mapping[SignalType, _Normaliser]] = {}


def is_known(version: int) -> bool:
    """Whether values can be spelt as that version does."""
    return version == NORMALISER_VERSION or version in _EARLIER


def _normaliser(type: SignalType, version: int) -> _Normaliser:
    for earlier in range(version, NORMALISER_VERSION):
        if type in _EARLIER[earlier]:
            return _EARLIER[earlier][type]
    return _NORMALISERS[type]


def canonical(type: SignalType, raw: str, hints: Hints = NO_HINTS, version: int = NORMALISER_VERSION) -> Canonical:
    """The canonical form of a raw value; doing it again changes nothing.

    Raises: InvalidInput for what is not a value of its type, with a `Refusal` as reason.
    """
    check_text(raw)
    return _normaliser(type, version).canonical(type, raw, hints)


def spelt(type: SignalType, raw: str, hints: Hints, versions: Iterable[int]) -> dict[int, Canonical]:
    """The canonical forms of a raw value by version; those that take it for no value of its type are left out.

    Raises: InvalidInput if the first does.
    """
    first, *others = versions
    found = {first: canonical(type, raw, hints, first)}
    for version in others:
        with suppress(InvalidInput):
            found[version] = canonical(type, raw, hints, version)
    return found


def hints_of(form: Canonical) -> Hints:
    """Hints with which a canonical form is read as its own value."""
    return Hints(platform=form.qualifier or None, language=form.qualifier or None, scheme=form.qualifier or None)


def admit(form: Canonical, hints: Hints = NO_HINTS, version: int = NORMALISER_VERSION) -> None:
    """Let a well-formed value in, or refuse it by policy; the operator's own lists come on top (`guards`).

    Raises: InvalidInput, with a `Refusal` as reason.
    """
    if hints.media_type is not None:
        hashes.check_media_type(hints.media_type)
    _normaliser(form.type, version).admit(form, hints)


def match_keys(form: Canonical, version: int = NORMALISER_VERSION) -> tuple[MatchKey, ...]:
    """The looser keys under which a form's near-equals meet.

    Present even where the key equals the form, since its near-equals look for it; empty for types, and for values,
    that have no near-equals.
    """
    return _normaliser(form.type, version).match_keys(form)
