"""Where an exchange is: an address that secrets and values may be sent to."""

import ipaddress
from urllib.parse import urlsplit

import httpx

from .errors import Misconfigured

_WRONG = "The address of the exchange has to be like https://exchange.example."


def checked(url: str) -> str:
    """The address without a slash at its end.

    Raises: Misconfigured unless it is https, or http to this very machine.
    """
    try:
        parts, read = urlsplit(url.strip()), httpx.URL(url.strip())
        is_named = bool(parts.hostname) and parts.port != 0
    except (ValueError, httpx.InvalidURL):
        raise Misconfigured(_WRONG) from None
    if parts.scheme not in ("http", "https") or not is_named or parts.query or parts.fragment or parts.username:
        raise Misconfigured(_WRONG)
    if parts.scheme == "http" and not (_is_here(parts.hostname or "") and _is_here(read.host)):
        raise Misconfigured("Over http:// secrets and values could be read on their way: use https://.")
    return url.strip().rstrip("/")


def may_use_proxies(url: str) -> bool:
    """Whether those of the environment may pass it on: they would read what goes to this machine in clear."""
    return urlsplit(url).scheme == "https"


def headers(url: str) -> dict[str, str]:
    """What goes with every request. Within this machine an answer is sent sooner than it is packed and unpacked."""
    return {"Accept-Encoding": "identity"} if _is_here(urlsplit(url).hostname or "") else {}


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
