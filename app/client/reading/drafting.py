"""Drafts out of what rows say, with the defaults for the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...errors import Refusal
from .defaults import Defaults, Options
from .fields import read_field
from .hash_spellings import hexadecimal
from .mapping import REF, ColumnMapping
from .problems import Trouble, bad
from .rows import FIELDS, Draft

# Characters. No text that the exchange takes is as long, and a row whose texts are all shorter fits into a call.
_TEXT_LIMIT: Final = 65_536
_MISSING: Final[Mapping[str, Refusal | Trouble]] = {
    "value": Trouble.VALUE_REQUIRED,
    "type": Trouble.TYPE_REQUIRED,
    "violations": Refusal.VIOLATION_REQUIRED,
    "severity": Trouble.SEVERITY_REQUIRED,
    "confidence": Trouble.CONFIDENCE_REQUIRED,
}
REQUIRED: Final = tuple(field for field in _MISSING if field != "value")


@dataclass(frozen=True, slots=True)
class Instructions:
    """All that is said about a file by others than the file."""

    defaults: Defaults
    mapping: ColumnMapping | None
    options: Options

    def columns(self) -> Mapping[str, str]:
        """Columns by field: those of the mapping; without one, every field's own name in GraphQL, and `ref`."""
        return self.mapping.columns if self.mapping and self.mapping.columns else {**FIELDS, REF: REF}


def standing_defaults(defaults: Defaults, mapping: ColumnMapping | None) -> Defaults:
    """The command line's, and below them those of the mapping."""
    return defaults.over(mapping.values) if mapping else defaults


def draft_of(said: Mapping[str, Any], instructions: Instructions) -> Draft:
    """The draft of a row; `said` is by field, None where it says nothing.

    Raises: BadRow, with the first field that is wrong.
    """
    fields = dict(instructions.defaults.fields)
    mapping = instructions.mapping
    for field, one in said.items():
        if one is not None:
            read = _read(field, one, mapping) if mapping else read_field(field, one)
            if isinstance(read, str) and len(read) > _TEXT_LIMIT:
                raise bad(Refusal.TOO_LONG, FIELDS[field])
            if read is not None:
                fields[field] = read
    for field, missing in _MISSING.items():
        if not fields.get(field):
            raise bad(missing, FIELDS[field])
    if fields["type"].startswith("HASH_"):
        fields["value"] = hexadecimal(fields["type"], fields["value"])
    return Draft(**fields)


def _read(field: str, said: Any, mapping: ColumnMapping) -> Any:
    translations = mapping.words.get(field)
    if translations and isinstance(said, str):
        ours = translations.get(said.strip().lower())
        if ours is not None:
            said = ours if field in ("violations", "annotations") else ours[0]
    return read_field(field, said, mapping.separators)


def translated(field: str, labels: list[str], instructions: Instructions) -> tuple[str, ...] | None:
    """The exchange's words for a source's labels or tags, as far as the mapping has any for them."""
    words = instructions.mapping.words.get(field, {}) if instructions.mapping else {}
    return tuple(word for label in labels for word in words.get(label.strip().lower(), ())) or None


def named(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a row that is no draft, under the keys of JSON Lines, so that it can be mended there."""
    return {FIELDS[field]: one for field, one in said.items() if one is not None}


def strings(said: Any) -> list[str]:
    """The texts in what should be a list of them."""
    return [one for one in said if isinstance(one, str)] if isinstance(said, list) else []
