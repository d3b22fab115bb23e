"""URLs: the serialisation of the URL standard, nothing else removed; path, query and fragment keep their case."""

import re
from typing import Final

import ada_url

from ...errors import Refusal
from ..signal_types import SignalType
from .addresses import is_reserved
from .forms import Canonical, Hints, MatchKey
from .hosts import without_www
from .refusals import refuse

# Bytes of the canonical form. Longer addresses exist, but carry state rather than name a place.
URL_LIMIT: Final = 4096

# Code points between the slashes and the path, as written: four times the longest host name. Mapping a host takes
# quadratic time.
AUTHORITY_LIMIT: Final = 1024

SCHEMES: Final = ("http:", "https:", "ftp:")

# Scheme and authority of a URL as people write it to keep it from being clicked; the rest is left alone, since
# `[.]` may be part of a path.
_AUTHORITY = re.compile(r"[\x00-\x20]*(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)(?P<colon>\[:\]|:)[/\\]*(?P<host>[^/\\?#]*)")
_DROPPED: Final = {ord(char): None for char in "\t\n\r"}
_DEFANGED_SCHEMES: Final = {"hxxp": "http", "hxxps": "https", "fxp": "ftp"}

# The parts of a canonical form, which the standard's serialisation keeps apart: this is several times faster than
# parsing it once more.
_PARTS = re.compile(
    r"(?P<scheme>[a-z]+:)//(?:(?P<userinfo>[^@/?#]*)@)?(?P<host>\[[^\]]*\]|[^:/?#]*)(?P<port>:[0-9]+)?"
    r"(?P<path>/[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?"
)
_IPV4 = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")

# Query parameters that say where a click came from, not where it leads.
_TRACKING = re.compile(
    r"(?:utm_[a-z_]+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|ttclid|twclid|igshid|igsh|mc_cid|mc_eid|_ga|_gl)",
    re.IGNORECASE,
)


def canonical(type: SignalType, raw: str, hints: Hints) -> Canonical:
    _check_authority(raw)
    try:
        href = ada_url.normalize_url(_refanged(raw))
    except ValueError:
        raise refuse(Refusal.NOT_A_URL) from None
    if not href.startswith(SCHEMES):
        raise refuse(Refusal.UNSUPPORTED_URL_SCHEME)
    if len(href) > URL_LIMIT:
        raise refuse(Refusal.TOO_LONG)
    return Canonical(type, href)


def admit(form: Canonical, hints: Hints) -> None:
    url = read_parts(form.value)
    if url["userinfo"] is not None:
        raise refuse(Refusal.USERINFO_IN_URL)
    host = url["host"]
    if not host.strip("."):
        raise refuse(Refusal.NO_HOST_IN_URL)
    if names_address(host) and is_reserved(host.strip("[]")):
        raise refuse(Refusal.RESERVED_ADDRESS)


def match_keys(form: Canonical) -> tuple[MatchKey, ...]:
    """Without fragment, tracking parameters and `www.`.

    None if only the site would be left: then all of its addresses that differ behind `#` would meet.
    """
    scheme, host, port, path, asked = read_parts(form.value).group("scheme", "host", "port", "path", "query")
    query = _without_tracking(asked) if asked else ""
    if path == "/" and not query:
        return ()
    return (MatchKey("URL_PAGE", f"{scheme}//{without_www(host)}{port or ''}{path}{query}"),)


def whole_site(form: Canonical) -> str | None:
    """The host, without `www.` and a trailing dot, if the URL names nothing else on it."""
    url = read_parts(form.value)
    if url["path"] != "/" or url["query"] or url["fragment"]:
        return None
    return without_www(url["host"].removesuffix("."))


def read_parts(href: str) -> re.Match[str]:
    """The groups scheme, userinfo, host, port, path, query and fragment of a canonical URL, with their marks."""
    found = _PARTS.fullmatch(href)
    if found is None:
        raise ValueError("not a canonical URL")
    return found


def names_address(host: str) -> bool:
    """Whether the host of a canonical URL is an IP address: the standard writes every numeric host as one."""
    return host.startswith("[") or _IPV4.fullmatch(host) is not None


def _without_tracking(query: str) -> str:
    kept = "&".join(part for part in query[1:].split("&") if not _TRACKING.fullmatch(part.partition("=")[0]))
    return f"?{kept}" if kept else ""


def _check_authority(raw: str) -> None:
    if len(raw) > AUTHORITY_LIMIT:
        # The standard drops tabs and line ends wherever they stand.
        found = _AUTHORITY.match(raw.translate(_DROPPED))
        if found and len(found["host"]) > AUTHORITY_LIMIT:
            raise refuse(Refusal.TOO_LONG)


def _refanged(raw: str) -> str:
    if "[" not in raw and "xp" not in raw[:64].lower():
        return raw
    found = _AUTHORITY.match(raw)
    if not found:
        return raw
    scheme = found["scheme"].lower()
    start, end = found.span("host")
    slashes = raw[found.end("colon") : start]
    host = found["host"].replace("[.]", ".").replace("[:]", ":")
    return f"{_DEFANGED_SCHEMES.get(scheme, scheme)}:{slashes}{host}{raw[end:]}"
