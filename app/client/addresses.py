"""Where an exchange is: an address that secrets and values may be sent to."""

import ipaddress
from urllib.parse import urlsplit

from .errors import Misconfigured


def checked(url: str) -> str:
    """The address without a slash at its end.

    Raises: Misconfigured unless it is https, or http to this very machine.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise Misconfigured("The address of the exchange has to be like https://exchange.example.")
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise Misconfigured("Over http:// secrets and values could be read on their way: use https://.")
    return url.strip().rstrip("/")


def may_use_proxies(url: str) -> bool:
    """Whether those of the environment may pass it on: they would read what goes to this machine in clear."""
    return urlsplit(url).scheme == "https"


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
