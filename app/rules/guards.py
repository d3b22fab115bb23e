"""The operator's guard lists: what an upload looks up in them, and how their entries are written.

The refusals that are built in (public suffixes, hashes of nothing, reserved ranges) belong to each type's `admit`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from types import MappingProxyType
from typing import Final

from ..errors import InvalidInput
from .normal_forms import Canonical, Hints, Refusal, canonical
from .normal_forms.hosts import without_www
from .normal_forms.refusals import refuse
from .normal_forms.text import check_text
from .normal_forms.urls import whole_site
from .signal_types import SignalType


class GuardList(StrEnum):
    TOP_SITES = "TOP_SITES"
    ROLE_ADDRESSES = "ROLE_ADDRESSES"
    COMMON_WORDS = "COMMON_WORDS"
    SHARED_INFRASTRUCTURE = "SHARED_INFRASTRUCTURE"


GUARD_LIST_DESCRIPTIONS: Mapping[GuardList, str] = MappingProxyType(
    {
        GuardList.TOP_SITES: "Well-known sites: their domain, or a URL of the whole site, is refused; pages pass.",
        GuardList.ROLE_ADDRESSES: "Local parts (`abuse`) or whole addresses that belong to an office or a service.",
        GuardList.COMMON_WORDS: "Words and phrases of everyday language, whatever the language of the upload.",
        GuardList.SHARED_INFRASTRUCTURE: "What unrelated people share: addresses and networks, host names, telephone "
        "numbers, and payment handles written as `scheme:handle`.",
    }
)

GuardKey = tuple[GuardList, str]

# An address is looked up as itself and as each of these networks around it, so entries have one of these lengths.
_LENGTHS_V4: Final = range(8, 33)
_LENGTHS_V6: Final = (*range(29, 65), 128)


def guard_keys(form: Canonical) -> tuple[GuardKey, ...]:
    """The entries of which one is enough to refuse this value."""
    keys = _KEYS.get(form.type)
    return keys(form) if keys else ()


def guard_entries(list: GuardList, raw: Iterable[str]) -> tuple[str, ...]:
    """Entries as they are stored, and as `guard_keys` asks for them.

    Raises: InvalidInput, with its place in the field, for an entry that could never refuse anything.
    """
    return tuple(guard_entry(list, one, f"entries[{index}]") for index, one in enumerate(raw))


def guard_entry(list: GuardList, raw: str, field: str = "entries") -> str:
    """Raises: InvalidInput."""
    check_text(raw, field=field)
    try:
        return _ENTRIES[list](raw.strip())
    except InvalidInput as error:
        raise InvalidInput(error.message, field=field, reason=error.reason) from None


def refusal(list: GuardList) -> InvalidInput:
    """What the uploader is told."""
    return refuse(_REFUSALS[list])


_REFUSALS: Final = {
    GuardList.TOP_SITES: Refusal.TOP_SITE,
    GuardList.ROLE_ADDRESSES: Refusal.ROLE_ADDRESS,
    GuardList.COMMON_WORDS: Refusal.COMMON_WORD,
    GuardList.SHARED_INFRASTRUCTURE: Refusal.SHARED_INFRASTRUCTURE,
}


def _domain_keys(form: Canonical) -> tuple[GuardKey, ...]:
    return _site_keys(without_www(form.value))


def _url_keys(form: Canonical) -> tuple[GuardKey, ...]:
    site = whole_site(form)
    return _site_keys(site) if site else ()


def _site_keys(site: str) -> tuple[GuardKey, ...]:
    return (GuardList.TOP_SITES, site), (GuardList.SHARED_INFRASTRUCTURE, site.strip("[]"))


def _email_keys(form: Canonical) -> tuple[GuardKey, ...]:
    local = form.value.rpartition("@")[0]
    names = {form.value, local, local.partition("+")[0]}
    return tuple((GuardList.ROLE_ADDRESSES, name) for name in sorted(names) if name)


def _keyword_keys(form: Canonical) -> tuple[GuardKey, ...]:
    return ((GuardList.COMMON_WORDS, form.value),)


def _address_keys(form: Canonical) -> tuple[GuardKey, ...]:
    return tuple((GuardList.SHARED_INFRASTRUCTURE, network) for network in _networks_around(ip_address(form.value)))


def _networks_around(address: IPv4Address | IPv6Address) -> Iterator[str]:
    """In arithmetic, as the network classes take twenty times as long."""
    bits, lengths = address.max_prefixlen, _LENGTHS_V4 if address.version == 4 else _LENGTHS_V6
    number = int(address)
    for length in lengths:
        first = number >> (bits - length) << (bits - length)
        text = str(address.__class__(first))
        yield text if length == bits else f"{text}/{length}"


def _phone_keys(form: Canonical) -> tuple[GuardKey, ...]:
    return ((GuardList.SHARED_INFRASTRUCTURE, form.value),)


def _payment_keys(form: Canonical) -> tuple[GuardKey, ...]:
    return ((GuardList.SHARED_INFRASTRUCTURE, f"{form.qualifier}:{form.value}"),)


_KEYS: Mapping[SignalType, Callable[[Canonical], tuple[GuardKey, ...]]] = MappingProxyType(
    {
        SignalType.DOMAIN: _domain_keys,
        SignalType.URL: _url_keys,
        SignalType.EMAIL_ADDRESS: _email_keys,
        SignalType.KEYWORD: _keyword_keys,
        SignalType.IP_ADDRESS: _address_keys,
        SignalType.PHONE_NUMBER: _phone_keys,
        SignalType.PAYMENT_HANDLE: _payment_keys,
    }
)


def _site_entry(text: str) -> str:
    return without_www(canonical(SignalType.DOMAIN, text).value)


def _role_entry(text: str) -> str:
    name = text.removesuffix("@")
    if "@" in name:
        return canonical(SignalType.EMAIL_ADDRESS, name).value
    # A local part is read in an address, so that it is folded and checked as in any other.
    return canonical(SignalType.EMAIL_ADDRESS, f"{name}@role.example").value.rpartition("@")[0]


def _word_entry(text: str) -> str:
    word = canonical(SignalType.KEYWORD, text).value
    if not word:
        raise refuse(Refusal.EMPTY)
    return word


def _infrastructure_entry(text: str) -> str:
    if text.startswith("+"):
        return canonical(SignalType.PHONE_NUMBER, text).value
    network = _network(text)
    if network is not None:
        return _network_text(network)
    scheme, colon, handle = text.partition(":")
    if colon:
        form = canonical(SignalType.PAYMENT_HANDLE, handle, Hints(scheme=scheme))
        return f"{form.qualifier}:{form.value}"
    return _site_entry(text)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if network.prefixlen not in (_LENGTHS_V4 if network.version == 4 else _LENGTHS_V6):
        raise InvalidInput(
            "A network is /8 to /32 in IPv4, and /29 to /64 in IPv6.",
            field="entries",
            reason=Refusal.UNSUPPORTED_NETWORK,
        )
    return network


def _network_text(network: IPv4Network | IPv6Network) -> str:
    whole = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if whole else str(network)


_ENTRIES: Mapping[GuardList, Callable[[str], str]] = MappingProxyType(
    {
        GuardList.TOP_SITES: _site_entry,
        GuardList.ROLE_ADDRESSES: _role_entry,
        GuardList.COMMON_WORDS: _word_entry,
        GuardList.SHARED_INFRASTRUCTURE: _infrastructure_entry,
    }
)
