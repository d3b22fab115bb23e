"""Host names and public suffixes, read by the URL standard and the public suffix list."""

import re
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

import ada_url
from ada_url import HostType

# What separates a host from the rest of a URL, or never stands in a host name. `%` would be decoded.
_NOT_IN_A_NAME = re.compile(r"[\x00-\x20\x7f/\\:?#@\[\]%*]")

# Nothing to map, no number at the end, so no address either: the standard takes it as it is.
_PLAIN_NAME = re.compile(r"(?:[a-z0-9-]{1,63}\.)*[a-z]{1,63}")

# A line of the public suffix list that is no comment, up to its first white space.
_SUFFIX_RULE = re.compile(r"^[.*!]*\w\S*", re.MULTILINE)

# RFC 1035, section 2.3.4; 253 is the longest name that fits 255 octets on the wire.
_LABEL_LIMIT: Final = 63
_NAME_LIMIT: Final = 253


class NotAHostError(ValueError):
    """The text is no host name."""


class IsAnAddressError(NotAHostError):
    """The text is an IPv4 address, or a number that browsers read as one."""


def read_host(text: str) -> str:
    """The A-label form of a host name, under UTS 46 as the URL standard applies it; one trailing dot comes off.

    Raises: IsAnAddressError or NotAHostError.
    """
    if is_plain_name(text):
        return text
    if len(text) > 4 * _NAME_LIMIT or _NOT_IN_A_NAME.search(text):
        raise NotAHostError
    try:
        url = ada_url.URL(f"http://{text}/")
    except ValueError:
        raise NotAHostError from None
    if url.host_type is not HostType.DEFAULT:
        raise IsAnAddressError
    name = url.hostname.removesuffix(".")
    if len(name) > _NAME_LIMIT or not all(0 < len(label) <= _LABEL_LIMIT for label in name.split(".")):
        raise NotAHostError
    return name


def is_plain_name(text: str) -> bool:
    """Whether `text` is a host name in its A-label form on the face of it; most are."""
    return len(text) <= _NAME_LIMIT and _PLAIN_NAME.fullmatch(text) is not None and "xn--" not in text


def is_public_suffix(name: str) -> bool:
    """Whether anybody may register names directly below `name` (an A-label form).

    Counts the private part of the list too (hosting platforms such as `github.io`), and by the list's default rule
    every single label.
    """
    exact, below, excepted = _suffix_rules()
    _, dot, parent = name.partition(".")
    if not dot or name in exact:
        return True
    return parent in below and name not in excepted


def without_www(host: str) -> str:
    """The host without a leading `www.`, unless nothing but a suffix would be left."""
    bare = host.removeprefix("www.")
    return bare if "." in bare else host


def suffix_rules() -> list[str]:
    """The list that tldextract brings, as it reads it itself: its code would bring an HTTP client into memory."""
    text = Path(str(distribution("tldextract").locate_file("tldextract/.tld_set_snapshot"))).read_text("utf-8")
    return _SUFFIX_RULE.findall(text)


@cache
def _suffix_rules() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The rules of the bundled list: exact names, parents of `*.`, exceptions from those. Never fetches."""
    exact, below, excepted = set(), set(), set()
    for rule in suffix_rules():
        if rule.startswith("*."):
            below.add(_a_label(rule[2:]))
        elif rule.startswith("!"):
            excepted.add(_a_label(rule[1:]))
        else:
            exact.add(_a_label(rule))
    return frozenset(exact), frozenset(below), frozenset(excepted)


def _a_label(name: str) -> str:
    return name if name.isascii() else ada_url.idna_to_ascii(name).decode()
