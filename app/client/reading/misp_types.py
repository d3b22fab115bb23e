"""Which values of the exchange stand in the attributes of MISP, by their type."""

from collections.abc import Callable, Mapping
from typing import Final

from ...errors import Refusal
from .guessing import Told
from .problems import Trouble, bad

# Of mail only who sends: who receives it is as likely the one who is harmed.
_PLAIN: Final[Mapping[str, str]] = {
    "domain": "DOMAIN",
    "hostname": "DOMAIN",
    "url": "URL",
    "uri": "URL",
    "ip-src": "IP_ADDRESS",
    "ip-dst": "IP_ADDRESS",
    "email": "EMAIL_ADDRESS",
    "email-src": "EMAIL_ADDRESS",
    "email-reply-to": "EMAIL_ADDRESS",
    "phone-number": "PHONE_NUMBER",
    "md5": "HASH_MD5",
    "sha1": "HASH_SHA1",
    "sha256": "HASH_SHA256",
    "btc": "PAYMENT_HANDLE",
    "github-username": "USERNAME",
    "twitter-id": "USERNAME",
}

# What the type of an attribute says besides.
QUALIFIERS: Final[Mapping[str, Mapping[str, str]]] = {
    "btc": {"scheme": "btc"},
    "github-username": {"platform": "github"},
    "twitter-id": {"platform": "twitter"},
}


def _hashed(type: str) -> Callable[[str, str], list[Told]]:
    """A file's name, of which nothing is taken, and its hash."""
    return lambda name, digest: [Told(type, digest)]


def _with_port(type: str) -> Callable[[str, str], list[Told]]:
    return lambda host, port: [Told(type, host, port if port.isascii() and port.isdigit() else None)]


_COMPOSITE: Final[Mapping[str, Callable[[str, str], list[Told]]]] = {
    "filename|md5": _hashed("HASH_MD5"),
    "filename|sha1": _hashed("HASH_SHA1"),
    "filename|sha256": _hashed("HASH_SHA256"),
    "domain|ip": lambda domain, address: [Told("DOMAIN", domain), Told("IP_ADDRESS", address)],
    "ip-src|port": _with_port("IP_ADDRESS"),
    "ip-dst|port": _with_port("IP_ADDRESS"),
    "hostname|port": _with_port("DOMAIN"),
}


def values_of(type: str, value: str) -> list[Told]:
    """Raises: BadRow for a type that the exchange has no value for."""
    if type in _PLAIN:
        return [Told(_PLAIN[type], value)]
    if type not in _COMPOSITE:
        raise bad(Trouble.UNSUPPORTED_TYPE)
    first, mark, second = value.rpartition("|")
    if not mark:
        raise bad(Refusal.MALFORMED, "value")
    return _COMPOSITE[type](first, second)
