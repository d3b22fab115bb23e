"""IP addresses: RFC 5952 text; IPv4 inside IPv6 becomes the IPv4 address."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from ...errors import Refusal
from ..signal_types import SignalType
from .forms import Canonical, Hints, MatchKey
from .refusals import refuse
from .text import trimmed_ascii

# The longest spelling is an IPv6 address with an IPv4 address at its end.
_TEXT_LIMIT: Final = 45

# Nobody's address in public: IANA's special-purpose registries (RFC 6890 and updates), multicast, class E. Our own
# table, as that of the standard library changes between patch releases.
_RESERVED_V4: Final = tuple(
    (int(network.network_address), int(network.broadcast_address))
    for network in map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        ),
    )
)

# Only this block of IPv6 is given out for public use (RFC 4291, section 2.4; IANA's global unicast registry) …
_UNICAST_V6: Final = IPv6Network("2000::/3")
# … and these parts of it are not: protocol assignments, documentation.
_RESERVED_V6: Final = (IPv6Network("2001::/23"), IPv6Network("2001:db8::/32"), IPv6Network("3fff::/20"))


def canonical(type: SignalType, raw: str, hints: Hints) -> Canonical:
    text = trimmed_ascii(raw)
    if len(text) > _TEXT_LIMIT or "%" in text:
        raise refuse(Refusal.NOT_AN_IP_ADDRESS)
    try:
        address = _read(text)
    except ValueError:
        raise refuse(Refusal.NOT_AN_IP_ADDRESS) from None
    return Canonical(type, str(address))


def admit(form: Canonical, hints: Hints) -> None:
    if hints.observed_at is None:
        raise refuse(Refusal.OBSERVED_AT_REQUIRED, "observedAt")
    if is_reserved(form.value):
        raise refuse(Refusal.RESERVED_ADDRESS)


def match_keys(form: Canonical) -> tuple[MatchKey, ...]:
    return ()


def is_reserved(text: str) -> bool:
    """Whether an address, in valid text, is private, reserved, multicast or for documentation."""
    address = _read(text)
    if isinstance(address, IPv4Address):
        number = int(address)
        return any(first <= number <= last for first, last in _RESERVED_V4)
    return address not in _UNICAST_V6 or any(address in network for network in _RESERVED_V6)


def _read(text: str) -> IPv4Address | IPv6Address:
    """Raises: ValueError. The library's own choice between the two tries one after the other."""
    if ":" not in text:
        return IPv4Address(text)
    address = IPv6Address(text)
    return address.ipv4_mapped or address
