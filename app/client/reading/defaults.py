"""What is said for all rows of a file that do not say it themselves, checked before anything is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ..errors import Misconfigured
from ..vocabulary import ENUMS, GuardList
from .fields import SEPARATORS, enum_of, read_field
from .problems import BadRow
from .rows import FIELDS


class UnusableInstruction(Misconfigured):
    """A default, a mapping or a choice of format that cannot be followed; the message says what to change."""


# The fields by either spelling, as both are asked for.
FIELD_NAMES: Mapping[str, str] = {**{name: name for name in FIELDS}, **{name: field for field, name in FIELDS.items()}}


@dataclass(frozen=True, slots=True)
class Defaults:
    """Values of the fields of a draft, by their names there."""

    fields: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, said: Mapping[str, Any], separators: str = SEPARATORS) -> Self:
        """Names of fields in either spelling; None and empty texts say nothing.

        Raises: UnusableInstruction.
        """
        given = {name: one for name, one in said.items() if one not in (None, "", (), [])}
        return cls({field_named(name): _read(name, one, separators) for name, one in given.items()})

    def over(self, others: "Defaults") -> "Defaults":
        """These, and the others where these say nothing."""
        return Defaults({**others.fields, **self.fields})


@dataclass(frozen=True, slots=True)
class Options:
    """How some formats are read."""

    # MISP: also attributes that are not meant for detection (`to_ids`).
    all_attributes: bool = False
    # Warning lists: the guard list that takes all entries, instead of the one that fits what they are matched with.
    guard_list: GuardList | None = None


def field_named(name: str) -> str:
    """Raises: UnusableInstruction."""
    if name not in FIELD_NAMES:
        raise UnusableInstruction(f"`{name}` is no field of a signal; there are {', '.join(FIELDS.values())}.")
    return FIELD_NAMES[name]


def _read(name: str, said: Any, separators: str) -> Any:
    field = field_named(name)
    if field == "value":
        raise UnusableInstruction("`value` has no default: it is what every row is about.")
    try:
        return read_field(field, said, separators)
    except BadRow as error:
        raise UnusableInstruction(f"`{FIELDS[field]}`: {_advice(field) or error.problem.message}") from None


def _advice(field: str) -> str | None:
    enum = enum_of(field)
    return f"use {', '.join(ENUMS[enum])}." if enum else None
