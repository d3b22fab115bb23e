"""What may be shown of a value before it is revealed (R13): enough to recognise one's own, too little to use."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from app.rules.normal_forms import Canonical
from app.rules.normal_forms.urls import names_address, read_parts
from app.rules.signal_types import SignalType

HIDDEN: Final = "***"


def mask(form: Canonical) -> str:
    """A few characters of each part, at most half of it; a part of one character shows none."""
    return mask_of(form.type)(form.value)


def mask_of(type: str) -> Callable[[str], str]:
    """What does so with canonical values of the type of this name."""
    return _MASKS[type]


def _head(text: str, most: int) -> str:
    half = len(text) // 2
    return text[: most if most < half else half] + HIDDEN


def _email(value: str) -> str:
    local, _, domain = value.rpartition("@")
    return f"{_head(local, 1)}@{_host(domain, 1)}"


def _name(value: str) -> str:
    return _head(value, 2)


def _phone(value: str) -> str:
    """The plus and two digits of the country code's area: the rest could be tried out."""
    return value[:3] + HIDDEN


def _payment(value: str) -> str:
    return _head(value, 6)


def _address(value: str) -> str:
    """The first number of an IPv4 address, the first group of an IPv6 address."""
    mark = ":" if ":" in value else "."
    return value.partition(mark)[0] + mark + HIDDEN


def _domain(value: str) -> str:
    return _host(value, 3)


def _host(name: str, most: int) -> str:
    """The head of the name and its last label: `exa***.org`."""
    rest, dot, last = name.rpartition(".")
    return f"{_head(rest, most)}.{last}" if dot else _head(name, most)


def _url(value: str) -> str:
    scheme, host, path, query, fragment = read_parts(value).group("scheme", "host", "path", "query", "fragment")
    shown = _address(host.strip("[]")) if names_address(host) else _host(host, 3)
    alone = path == "/" and not query and not fragment
    return f"{scheme}//{shown}/" + ("" if alone else "…")


def _hash(value: str) -> str:
    return _head(value, 6)


_MASKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        SignalType.EMAIL_ADDRESS: _email,
        SignalType.USERNAME: _name,
        SignalType.ACCOUNT_ID: _name,
        SignalType.PHONE_NUMBER: _phone,
        SignalType.IP_ADDRESS: _address,
        SignalType.PAYMENT_HANDLE: _payment,
        SignalType.URL: _url,
        SignalType.DOMAIN: _domain,
        SignalType.HASH_MD5: _hash,
        SignalType.HASH_SHA1: _hash,
        SignalType.HASH_SHA256: _hash,
        SignalType.HASH_PDQ: _hash,
        SignalType.KEYWORD: _name,
    }
)
