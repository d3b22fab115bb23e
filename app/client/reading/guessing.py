"""What kind of signal a bare line is: told by its shape, or not at all."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

_HASHES: Final = {32: "HASH_MD5", 40: "HASH_SHA1", 64: "HASH_SHA256"}
_HEX = re.compile(r"[0-9a-fA-F]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*(?:\[:\]|:)//", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s/]+@[^@\s/:]+")
_PORT = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^\[\]:\s]+):(?P<port>[0-9]{1,5})", re.IGNORECASE)
# Anything with a dot that could be a host name in any script; whether it is one the normal form says.
_HOST = re.compile(r"(?=[^.])[^\s/\\:?#@\[\](){}<>\"'*,;%&=|^`$!+~]+\.[^\s/\\:?#@\[\](){}<>\"'*,;%&=|^`$!+~]*")

# What the normal forms do not read as a dot or an `@` by themselves; `hxxp`, `[.]` and `[@]` they do.
_DOT = re.compile(r"\[dot\]|\(dot\)|\{dot\}|\(\.\)|\{\.\}", re.IGNORECASE)
_AT = re.compile(r"\(at\)|\{at\}|\(@\)|\{@\}", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*(?:\[:\]|:)//)(?P<host>[^/?#]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """A type, the value of it, and the port that stood with it, which no type has."""

    type: str
    value: str
    port: str | None = None


def told(text: str) -> Told | None:
    """The type of a line by itself; 64 digits are a SHA-256, as a PDQ has no mark of its own. None if it is unclear."""
    if _HEX.fullmatch(text) and len(text) in _HASHES:
        return Told(_HASHES[len(text)], text)
    if _SCHEME.match(text):
        return Told("URL", refanged("URL", text))
    if _EMAIL.fullmatch(_bare(text).replace("[at]", "@")):
        return Told("EMAIL_ADDRESS", refanged("EMAIL_ADDRESS", text))
    bare = _bare(text)
    port = _PORT.fullmatch(bare)
    host = port["host"].strip("[]") if port else bare
    if _is_address(host):
        return Told("IP_ADDRESS", host, port["port"] if port else None)
    if _HOST.fullmatch(host):
        return Told("DOMAIN", host, port["port"] if port else None)
    return None


def typed(type: str, text: str) -> Told:
    """A line whose type is known, without what keeps it from being clicked, and without a port."""
    if type not in ("DOMAIN", "IP_ADDRESS"):
        return Told(type, refanged(type, text))
    bare = refanged(type, text)
    port = _PORT.fullmatch(bare)
    if port is None:
        return Told(type, bare)
    return Told(type, port["host"].strip("[]"), port["port"])


def refanged(type: str, text: str) -> str:
    if type == "URL":
        return _AUTHORITY.sub(lambda found: found["scheme"] + _DOT.sub(".", found["host"]), text, count=1)
    if type == "EMAIL_ADDRESS":
        return _AT.sub("@", _DOT.sub(".", text))
    if type == "IP_ADDRESS":
        return _bare(text)
    return _DOT.sub(".", text) if type == "DOMAIN" else text


def _bare(text: str) -> str:
    return _AT.sub("@", _DOT.sub(".", text)).replace("[.]", ".").replace("[:]", ":").replace("[@]", "@")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
