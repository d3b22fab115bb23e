"""The one spelling of every value: what equals what, what is refused, and what nearly equals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.errors import Refusal
from app.rules.normal_forms import accounts, addresses, domains, emails, hashes, keywords, payments, phones, urls
from app.rules.normal_forms.forms import NO_HINTS, Canonical, Hints, MatchKey
from app.rules.normal_forms.text import check_text
from app.rules.signal_types import SignalType

__all__ = [
    "NORMALISER_VERSION",
    "NO_HINTS",
    "Canonical",
    "Hints",
    "MatchKey",
    "Refusal",
    "admit",
    "canonical",
    "match_keys",
]

# Stored beside every tag (R12) and stated with every match tag (R14). Raise it with any change of a canonical form.
NORMALISER_VERSION: int = 1


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


def canonical(type: SignalType, raw: str, hints: Hints = NO_HINTS) -> Canonical:
    """The canonical form of a raw value; doing it again changes nothing.

    Raises: InvalidInput for what is not a value of its type, with a `Refusal` as reason.
    """
    check_text(raw)
    return _NORMALISERS[type].canonical(type, raw, hints)


def admit(form: Canonical, hints: Hints = NO_HINTS) -> None:
    """Let a well-formed value in, or refuse it by policy; the operator's own lists come on top (`guards`).

    Raises: InvalidInput, with a `Refusal` as reason.
    """
    if hints.media_type is not None:
        hashes.check_media_type(hints.media_type)
    _NORMALISERS[form.type].admit(form, hints)


def match_keys(form: Canonical) -> tuple[MatchKey, ...]:
    """The looser keys under which a form's near-equals meet.

    Present even where the key equals the form, since its near-equals look for it; empty for types, and for values,
    that have no near-equals.
    """
    return _NORMALISERS[form.type].match_keys(form)
