"""How the columns and words of a participant's own file are those of a signal: a small TOML file, checked first."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .defaults import Defaults, UnusableInstruction, field_named
from .fields import SEPARATORS, enum_of, words
from .problems import BadRow
from .rows import FIELDS

# What may stand in the file, and what it has to be.
_TABLES: Final = {"columns": dict, "types": dict, "words": dict, "values": dict, "separators": str}

REF: Final = "ref"


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Columns of CSV, or keys of JSON Lines, by field; only what is named here is read, so nothing else leaves."""

    # Also under `ref`: the source's own id. Empty if they are called like the fields.
    columns: Mapping[str, str]
    # By field, the exchange's words for those of the file, in lower case. Of formats with labels or tags: for those.
    words: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    values: Defaults = field(default_factory=Defaults)
    separators: str = SEPARATORS


def read_mapping(path: Path) -> ColumnMapping:
    """Raises: UnusableInstruction; OSError."""
    try:
        return mapping_of(tomllib.loads(path.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise UnusableInstruction(f"The mapping is not TOML: {error}.") from None
    except UnicodeDecodeError:
        raise UnusableInstruction("The mapping is not UTF-8 text.") from None


def mapping_of(said: Mapping[str, Any]) -> ColumnMapping:
    """Raises: UnusableInstruction."""
    for name, one in said.items():
        if name not in _TABLES or not isinstance(one, _TABLES[name]):
            raise UnusableInstruction(
                f"`{name}` is not understood: a mapping has `columns`, `types`, `words` by field, `values` and "
                "`separators`."
            )
    separators = said.get("separators", SEPARATORS)
    return ColumnMapping(
        columns=_columns(said.get("columns", {})),
        words=_words({"type": said.get("types", {}), **said.get("words", {})}),
        values=Defaults.of(said.get("values", {}), separators),
        separators=separators,
    )


def _columns(said: Mapping[str, Any]) -> dict[str, str]:
    found = {name if name == REF else field_named(name): column for name, column in said.items()}
    if not all(isinstance(column, str) and column for column in found.values()):
        raise UnusableInstruction("`columns` says for each field the name of a column.")
    if found and "value" not in found:
        raise UnusableInstruction("`columns` has to say which column holds `value`.")
    return found


def _words(said: Mapping[str, Any]) -> dict[str, dict[str, tuple[str, ...]]]:
    return {field_named(name): _translations(field_named(name), table) for name, table in said.items() if table}


def _translations(field: str, table: Any) -> dict[str, tuple[str, ...]]:
    enum = enum_of(field)
    if enum is None or not isinstance(table, dict):
        raise UnusableInstruction(f"`words` translates words of fields such as severity, not `{FIELDS[field]}`.")
    try:
        return {theirs.strip().lower(): words(enum, ours, field) for theirs, ours in table.items()}
    except BadRow:
        raise UnusableInstruction(f"A word that `{FIELDS[field]}` is to be translated to is none of {enum}.") from None
