"""Domains: A-labels under the URL standard, lower case, without a trailing dot."""

from ...errors import Refusal
from ..signal_types import SignalType
from .forms import Canonical, Hints, MatchKey
from .hosts import IsAnAddressError, NotAHostError, is_public_suffix, read_host
from .refusals import refuse
from .text import trimmed_ascii


def canonical(type: SignalType, raw: str, hints: Hints) -> Canonical:
    try:
        return Canonical(type, read_host(trimmed_ascii(raw).replace("[.]", ".")))
    except IsAnAddressError:
        raise refuse(Refusal.IP_ADDRESS_AS_DOMAIN) from None
    except NotAHostError:
        raise refuse(Refusal.NOT_A_DOMAIN) from None


def admit(form: Canonical, hints: Hints) -> None:
    if is_public_suffix(form.value):
        raise refuse(Refusal.PUBLIC_SUFFIX)


def match_keys(form: Canonical) -> tuple[MatchKey, ...]:
    return ()
