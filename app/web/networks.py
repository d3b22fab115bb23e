"""Whose an address is, as far as strangers are told apart by where they come from."""

import ipaddress

# Of an IPv6 address, what one customer has: whoever has it has as many addresses as it likes.
_IPV6_PREFIX = 64


def network_of(address: str) -> str:
    """What is counted as one; a text that is no address counts by itself."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, _IPV6_PREFIX), strict=False))
