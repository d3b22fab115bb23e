"""How the fields of a draft are read from what a file, a mapping or a command line says of them."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Final

from ...errors import Refusal
from ...rules.labels import CONFIDENCE_MAX, CONFIDENCE_MIN
from ...rules.moments import EARLIEST_YEAR, LATEST_YEAR
from ..vocabulary import ENUMS
from .problems import BadRow, Trouble, bad
from .rows import FIELDS, RowProblem

# What separates the parts of a list that stands in one text.
SEPARATORS: Final = "|;"

_WORDS: Final = {
    "type": "SignalType",
    "severity": "Severity",
    "precision": "Precision",
    "handling": "Handling",
    "review_status": "ReviewStatus",
    "subject_role": "SubjectRole",
    "content_grade": "ContentGrade",
}
_WORD_LISTS: Final = {"violations": "Violation", "annotations": "Annotation"}
_INTEGERS: Final = {"confidence": (CONFIDENCE_MIN, CONFIDENCE_MAX), "quality": (0, 100)}
_MOMENTS: Final = ("observed_at", "expires_at")

_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")


def enum_of(field: str) -> str | None:
    """The enum of the schema whose words a field takes, one or a list of them."""
    return _WORDS.get(field) or _WORD_LISTS.get(field)


def read_field(field: str, said: Any, separators: str = SEPARATORS) -> Any:
    """What a `Draft` holds for what was said; None if nothing was said.

    Raises: BadRow.
    """
    if said is None:
        return None
    if field in _LISTS:
        return _LISTS[field](said, separators)
    return _READERS[field](said)


def words(enum: str, said: Any, field: str, separators: str = SEPARATORS) -> tuple[str, ...]:
    """Raises: BadRow."""
    parts = _parts(said, field, separators)
    return tuple(dict.fromkeys(_word(enum, field, part) for part in parts))


def _word(enum: str, field: str, said: Any) -> str:
    if not isinstance(said, str):
        raise bad(Refusal.WRONG_TYPE, FIELDS.get(field))
    if said in ENUMS[enum]:
        return said
    word = said.strip().upper().replace("-", "_").replace(" ", "_")
    if word not in ENUMS[enum]:
        raise BadRow(_unknown_word(enum, FIELDS.get(field)))
    return word


def _unknown_word(enum: str, field: str | None) -> RowProblem:
    there = f"This is none of {', '.join(ENUMS[enum])}: correct it, or translate it in the mapping."
    return RowProblem(Trouble.UNKNOWN_WORD.value, there, field)


def _parts(said: Any, field: str, separators: str) -> tuple[Any, ...]:
    if isinstance(said, str):
        return _split(said, separators)
    if isinstance(said, list | tuple):
        return tuple(said)
    raise bad(Refusal.WRONG_TYPE, FIELDS.get(field))


@lru_cache(maxsize=1_000)
def _split(said: str, separators: str) -> tuple[str, ...]:
    pattern = f"[{re.escape(separators)}]" if separators else r"(?!)"
    return tuple(part.strip() for part in re.split(pattern, said) if part.strip())


def _word_list(field: str, said: Any, separators: str) -> tuple[str, ...] | None:
    found = words(_WORD_LISTS[field], said, field, separators)
    return found or None


def _ids(said: Any, separators: str) -> tuple[str, ...] | None:
    parts = _parts(said, "audience_groups", separators)
    if not all(isinstance(part, str) for part in parts):
        raise bad(Refusal.WRONG_TYPE, "audienceGroups")
    # An empty list is a mistake that would mean the whole program, if it were left off.
    if not parts:
        raise bad(Refusal.EMPTY, "audienceGroups")
    return parts


def _integer(field: str, said: Any) -> int:
    if isinstance(said, str) and _INTEGER.fullmatch(said.strip()):
        said = int(said)
    if not isinstance(said, int) or isinstance(said, bool):
        raise bad(Refusal.WRONG_TYPE, FIELDS[field])
    lowest, highest = _INTEGERS[field]
    if not lowest <= said <= highest:
        raise bad(Refusal.OUT_OF_RANGE, FIELDS[field])
    return said


def _moment(field: str, said: Any) -> str:
    if not isinstance(said, str):
        raise bad(Refusal.WRONG_TYPE, FIELDS[field])
    return iso_moment(said.strip(), field)


@lru_cache(maxsize=1_000)
def iso_moment(said: str, field: str) -> str:
    """A time as it goes over the wire. Raises: BadRow."""
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise bad(Trouble.NOT_A_TIME, FIELDS[field]) from None
    if moment.tzinfo is None:
        raise bad(Refusal.OFFSET_REQUIRED, FIELDS[field])
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise bad(Refusal.OUT_OF_RANGE, FIELDS[field])
    return moment.isoformat()


def _text(field: str, said: Any) -> str:
    if not isinstance(said, str):
        raise bad(Refusal.WRONG_TYPE, FIELDS[field])
    return said


_LISTS: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    **{field: partial(_word_list, field) for field in _WORD_LISTS},
    "audience_groups": _ids,
}
_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    **{field: partial(_text, field) for field in FIELDS if field not in _LISTS},
    **{field: partial(_word, enum, field) for field, enum in _WORDS.items()},
    **{field: partial(_integer, field) for field in _INTEGERS},
    **{field: partial(_moment, field) for field in _MOMENTS},
}
