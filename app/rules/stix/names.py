"""The ids of our objects, and how words and times are spelt in STIX."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID, uuid5

Answer: TypeAlias = Mapping[str, Any]
"""One object as GraphQL shows it: `id`, `maskedValue` and so on, each in the spelling of schema.graphql."""

StixObject: TypeAlias = dict[str, Any]

# Under which names get ids; random, and never to be changed.
_NAMESPACE = UUID("5b0a9e0e-7c54-4f0e-9d53-4a3e6f1a9c27")

# What the ids of what stands behind our objects begin with, by type.
_BEHIND: Mapping[str, str] = MappingProxyType(
    {"indicator": "sig", "sighting": "sig", "opinion": "sig", "relationship": "lnk"}
)

# Since when there are those of our objects that never change.
FIRST = "2026-07-01T00:00:00.000Z"


def id_of(type: str, shown: str) -> str:
    """The id of the object of this type that stands for something with this id, `sig_…` or `lnk_…`.

    Both hold the same UUID, which is random, so that whoever has either finds the other.
    """
    return f"{type}--{UUID(shown.partition('_')[2])}"


def behind(id: str) -> str | None:
    """The id of the signal or link that an object with this id stands for; null where that is neither."""
    type, _, digits = id.partition("--")
    if type not in _BEHIND:
        return None
    try:
        uuid = UUID(digits)
    except ValueError:
        return None
    return f"{_BEHIND[type]}_{uuid.hex}" if str(uuid) == digits else None


def id_named(type: str, name: str) -> str:
    """The id of what is known by a name alone."""
    return f"{type}--{uuid5(_NAMESPACE, f'{type} {name}')}"


def spelt(word: str) -> str:
    """`SAME_ACTOR` as STIX spells types, labels and relations: `same-actor`."""
    return word.lower().replace("_", "-")


def moment(text: str) -> str:
    """A time of an answer with exactly three decimals, as STIX has it."""
    return moment_of(datetime.fromisoformat(text))


def moment_of(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
