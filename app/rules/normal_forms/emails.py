"""E-mail addresses: the local part folded, the domain in A-labels; dots and tags are kept."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from unicodedata import normalize

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from ...errors import Refusal
from ..signal_types import SignalType
from .forms import Canonical, Hints, MatchKey
from .hosts import NotAHostError, is_plain_name, read_host
from .refusals import refuse
from .text import folded

# Octets of a forward path without its brackets (RFC 5321, section 4.5.3.1.3, with erratum 1690).
EMAIL_LIMIT: Final = 254

# The library refuses names of special use (`.invalid`, `.local`, `.test`), which get no mail. Onion services do; this
# is the library's documented way to say so, and this module is its only user here.
if "onion" in SPECIAL_USE_DOMAIN_NAMES:
    SPECIAL_USE_DOMAIN_NAMES.remove("onion")

# Octets of a local part, and one without quotes (RFC 5321, sections 4.5.3.1.1 and 4.1.2), as far as it is ASCII.
_LOCAL_LIMIT: Final = 64
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*", re.ASCII | re.IGNORECASE)

_DEFANGED_AT = re.compile(r"\[(?:@|at)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Provider:
    """What a mail provider overlooks in the local part, and the domain it delivers to."""

    domain: str
    tag: str = "+"
    overlooked: str = ""


_MICROSOFT = ("hotmail.com", "live.com", "msn.com", "outlook.com")

# What large providers overlook, as commonly described. It only loosens a match key, so an error here merges nothing.
_PROVIDERS: Final = {
    "gmail.com": _Provider("gmail.com", overlooked="."),
    "googlemail.com": _Provider("gmail.com", overlooked="."),
    "icloud.com": _Provider("icloud.com"),
    "mac.com": _Provider("icloud.com"),
    "me.com": _Provider("icloud.com"),
    "fastmail.com": _Provider("fastmail.com"),
    "pm.me": _Provider("proton.me", overlooked=".-_"),
    "proton.me": _Provider("proton.me", overlooked=".-_"),
    "protonmail.com": _Provider("proton.me", overlooked=".-_"),
    **{domain: _Provider(domain) for domain in _MICROSOFT},
}


def canonical(type: SignalType, raw: str, hints: Hints) -> Canonical:
    return Canonical(type, plain(raw) or read(raw))


def plain(raw: str) -> str | None:
    """The canonical form of an address of the common kind, in which only case has to be folded."""
    text = raw.strip()
    address = text.lower()
    local, _, domain = address.rpartition("@")
    is_common = text.isascii() and _is_common(local) and is_plain_name(domain) and len(address) <= EMAIL_LIMIT
    return address if is_common and _takes_mail(domain) else None


def read(raw: str) -> str:
    """The canonical form of any address. Raises: InvalidInput."""
    bare = _bare(raw)
    if len(bare.encode()) > EMAIL_LIMIT:
        raise refuse(Refusal.TOO_LONG)
    # Brackets set a name apart; NFKC would melt one with an accent after it into another character.
    if "<" in bare or ">" in bare:
        raise refuse(Refusal.NOT_AN_EMAIL_ADDRESS)
    local, at, domain = _bare(normalize("NFKC", bare)).rpartition("@")
    if not at or not local:
        raise refuse(Refusal.NOT_AN_EMAIL_ADDRESS)
    address = f"{folded(local)}@{_read_domain(domain)}"
    _check_syntax(address)
    return address


def admit(form: Canonical, hints: Hints) -> None:
    """Every well-formed address is admitted; role addresses are on the operator's list."""


def match_keys(form: Canonical) -> tuple[MatchKey, ...]:
    """The mailbox that a known provider delivers to; none elsewhere, as a dot or a tag may be another mailbox."""
    local, _, domain = form.value.rpartition("@")
    provider = _PROVIDERS.get(domain)
    if provider is None:
        return ()
    mailbox = local.partition(provider.tag)[0].translate({ord(char): None for char in provider.overlooked})
    return (MatchKey("EMAIL_MAILBOX", f"{mailbox}@{provider.domain}"),) if mailbox else ()


def _bare(text: str) -> str:
    """Without white space, `mailto:` and what keeps an address from being clicked."""
    text = text.strip()
    if text[:7].lower() == "mailto:":
        text = text[7:]
    return _DEFANGED_AT.sub("@", text.replace("[.]", "."))


def _read_domain(text: str) -> str:
    try:
        return read_host(text)
    except NotAHostError:
        raise refuse(Refusal.NOT_AN_EMAIL_ADDRESS) from None


def _check_syntax(address: str) -> None:
    if len(address.encode()) > EMAIL_LIMIT:
        raise refuse(Refusal.TOO_LONG)
    local, _, domain = address.rpartition("@")
    # Most local parts are of the common kind, and most domains those of a few providers.
    if not (_takes_mail(domain) if _is_common(local) else is_address(address)):
        raise refuse(Refusal.NOT_AN_EMAIL_ADDRESS)


def _is_common(local: str) -> bool:
    return len(local) <= _LOCAL_LIMIT and _DOT_ATOM.fullmatch(local) is not None


@lru_cache(maxsize=10_000)
def _takes_mail(domain: str) -> bool:
    return is_address(f"a@{domain}")


def is_address(address: str) -> bool:
    """Whether it is one by the library's grammar; nothing is looked up."""
    try:
        validate_email(address, allow_smtputf8=True, strict=True, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True
