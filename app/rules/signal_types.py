"""The kinds of signals: what each tells about, how long it is kept, and what it is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


class SignalType(StrEnum):
    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    USERNAME = "USERNAME"
    ACCOUNT_ID = "ACCOUNT_ID"
    PHONE_NUMBER = "PHONE_NUMBER"
    IP_ADDRESS = "IP_ADDRESS"
    PAYMENT_HANDLE = "PAYMENT_HANDLE"
    URL = "URL"
    DOMAIN = "DOMAIN"
    HASH_MD5 = "HASH_MD5"
    HASH_SHA1 = "HASH_SHA1"
    HASH_SHA256 = "HASH_SHA256"
    HASH_PDQ = "HASH_PDQ"
    KEYWORD = "KEYWORD"


class Level(StrEnum):
    """Whether a value points at a person, which decides who may read it in clear (R13)."""

    PERSON = "PERSON"
    CONTENT = "CONTENT"


LEVEL_DESCRIPTIONS: Mapping[Level, str] = MappingProxyType(
    {
        Level.PERSON: "Points at somebody: shown masked, read in clear only by a recorded reveal.",
        Level.CONTENT: "Points at a page, a file or a word: shown in clear to whoever sees the signal.",
    }
)


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """What holds for every signal of a type."""

    level: Level
    # How long a contribution may live at most, and lives by default (R16).
    retention: timedelta
    description: str
    is_hash: bool = False
    # Whoever holds a match key can try every possible value (R14).
    is_enumerable: bool = False


_YEAR = timedelta(days=365)
_PERSON = Level.PERSON
_CONTENT = Level.CONTENT

FACTS: Mapping[SignalType, TypeFacts] = MappingProxyType(
    {
        SignalType.EMAIL_ADDRESS: TypeFacts(
            _PERSON, 2 * _YEAR, "A mailbox; the local part is compared without case, dots and tags are kept."
        ),
        SignalType.USERNAME: TypeFacts(
            _PERSON, 2 * _YEAR, "The name that an account goes by on one platform; `platform` is part of its identity."
        ),
        SignalType.ACCOUNT_ID: TypeFacts(
            _PERSON, 2 * _YEAR, "A platform's own stable number or key of an account; `platform` and case count."
        ),
        SignalType.PHONE_NUMBER: TypeFacts(
            _PERSON,
            2 * _YEAR,
            "A telephone number in E.164; national spellings need `region`. Extensions are refused.",
            is_enumerable=True,
        ),
        SignalType.IP_ADDRESS: TypeFacts(
            _PERSON,
            timedelta(days=30),
            "A public IPv4 or IPv6 address at a moment: `observedAt` is required, and it is kept for 30 days.",
            is_enumerable=True,
        ),
        SignalType.PAYMENT_HANDLE: TypeFacts(
            _PERSON, 2 * _YEAR, "Where money is asked to go: `scheme` and a handle. Never a bank account or a card."
        ),
        SignalType.URL: TypeFacts(
            _CONTENT, _YEAR, "One page or file on the web, with query and fragment; whole well-known sites are refused."
        ),
        SignalType.DOMAIN: TypeFacts(
            _CONTENT, _YEAR, "A host name in ASCII, lower case; public suffixes and well-known sites are refused."
        ),
        SignalType.HASH_MD5: TypeFacts(
            _CONTENT, 10 * _YEAR, "MD5 of a file's bytes: 32 hexadecimal digits.", is_hash=True
        ),
        SignalType.HASH_SHA1: TypeFacts(
            _CONTENT, 10 * _YEAR, "SHA-1 of a file's bytes: 40 hexadecimal digits.", is_hash=True
        ),
        SignalType.HASH_SHA256: TypeFacts(
            _CONTENT, 10 * _YEAR, "SHA-256 of a file's bytes: 64 hexadecimal digits.", is_hash=True
        ),
        SignalType.HASH_PDQ: TypeFacts(
            _CONTENT,
            10 * _YEAR,
            "PDQ of a picture: 64 hexadecimal digits, matching within 31 of 256 bits; quality 50 or more.",
            is_hash=True,
        ),
        SignalType.KEYWORD: TypeFacts(
            _CONTENT, _YEAR, "A word or phrase used in grooming or trading; `language` is part of its identity."
        ),
    }
)


def facts(type: SignalType) -> TypeFacts:
    return FACTS[type]
