"""Signals as STIX patterns."""

import ipaddress
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ..signal_types import SignalType
from .names import Answer

# Where the value stands, by type; `_BESIDE` says where the qualifier does.
_PLACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        SignalType.URL: "url:value",
        SignalType.DOMAIN: "domain-name:value",
        SignalType.HASH_MD5: "file:hashes.MD5",
        SignalType.HASH_SHA1: "file:hashes.'SHA-1'",
        SignalType.HASH_SHA256: "file:hashes.'SHA-256'",
        # No word of STIX's own vocabulary of hashes, which is open.
        SignalType.HASH_PDQ: "file:hashes.PDQ",
        SignalType.KEYWORD: "x-lantern-keyword:value",
        SignalType.EMAIL_ADDRESS: "email-addr:value",
        SignalType.USERNAME: "user-account:account_login",
        SignalType.ACCOUNT_ID: "user-account:user_id",
        SignalType.PHONE_NUMBER: "x-lantern-phone-number:value",
        SignalType.PAYMENT_HANDLE: "x-lantern-payment-handle:value",
    }
)
_BESIDE: Final[Mapping[str, str]] = MappingProxyType(
    {
        SignalType.KEYWORD: "x-lantern-keyword:language",
        SignalType.USERNAME: "user-account:account_type",
        SignalType.ACCOUNT_ID: "user-account:account_type",
        SignalType.PAYMENT_HANDLE: "x-lantern-payment-handle:scheme",
    }
)


def pattern_of(signal: Answer) -> str:
    """What matches the signal; by its match tag or its id where its value is not told."""
    value, type, tag = signal.get("value"), signal["type"], signal.get("matchTag")
    place = _address(value) if type == SignalType.IP_ADDRESS and value is not None else _PLACES.get(type)
    # Where the value of a type stands that is newer than this program is not known here.
    if value is not None and place is not None:
        beside, qualifier = _BESIDE.get(type), signal.get("qualifier")
        return _all((place, value), *([(beside, qualifier)] if beside and qualifier else []))
    if tag is not None:
        return _all(("x-lantern-signal:match_tag", tag["tag"]))
    return by_id(signal["id"])


def by_id(signal_id: str) -> str:
    """What holds nothing of a value."""
    return _all(("x-lantern-signal:id", signal_id))


def _address(value: str) -> str:
    return f"ipv{ipaddress.ip_address(value).version}-addr:value"


def _all(*comparisons: tuple[str, str]) -> str:
    return "[" + " AND ".join(f"{place} = {_quoted(value)}" for place, value in comparisons) + "]"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
