"""What may be wrong with a row before it is sent: stable codes, beside those of `Refusal`, and a sentence for each."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ...errors import Refusal
from ...rules.normal_forms.refusals import SENTENCES
from .rows import RowProblem


class Trouble(StrEnum):
    """Why a row of a file is no draft. Words are added, never changed or removed: journals name them."""

    # A row that lacks something, or says it in other words
    VALUE_REQUIRED = "VALUE_REQUIRED"
    TYPE_REQUIRED = "TYPE_REQUIRED"
    SEVERITY_REQUIRED = "SEVERITY_REQUIRED"
    CONFIDENCE_REQUIRED = "CONFIDENCE_REQUIRED"
    UNKNOWN_WORD = "UNKNOWN_WORD"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    UNEVEN_ROW = "UNEVEN_ROW"
    NOT_A_TIME = "NOT_A_TIME"
    NOT_A_LINK = "NOT_A_LINK"
    UNCLEAR_TYPE = "UNCLEAR_TYPE"
    AUDIENCE_REQUIRED = "AUDIENCE_REQUIRED"

    # What the exchange has no word for
    UNSUPPORTED_TYPE = "UNSUPPORTED_TYPE"
    UNSUPPORTED_PATTERN = "UNSUPPORTED_PATTERN"
    UNSUPPORTED_RELATION = "UNSUPPORTED_RELATION"
    UNSUPPORTED_ENTRY = "UNSUPPORTED_ENTRY"

    # Nothing to mend
    REVOKED = "REVOKED"
    DELETED = "DELETED"
    KEPT_INSIDE = "KEPT_INSIDE"
    NOT_FOR_DETECTION = "NOT_FOR_DETECTION"
    NON_MALICIOUS = "NON_MALICIOUS"
    NOT_A_SIGNAL = "NOT_A_SIGNAL"


_SKIPS: Final = frozenset(
    {
        Trouble.REVOKED,
        Trouble.DELETED,
        Trouble.KEPT_INSIDE,
        Trouble.NOT_FOR_DETECTION,
        Trouble.NON_MALICIOUS,
        Trouble.NOT_A_SIGNAL,
    }
)

_SENTENCES: Final[Mapping[StrEnum, str]] = {
    Refusal.MALFORMED: "This row is not of the format of the file.",
    Refusal.WRONG_TYPE: "This field takes another kind of value.",
    Refusal.OUT_OF_RANGE: "This number or time is outside what the field takes.",
    Refusal.OFFSET_REQUIRED: "This time needs a time of day and an offset, such as `2026-07-01T12:00:00Z`.",
    Refusal.VIOLATION_REQUIRED: "Name at least one violation, in the row or as the default.",
    Refusal.NOT_UNICODE: "This row is not UTF-8 text: save the file as UTF-8.",
    Refusal.TOO_LONG: "This row or field is too long.",
    Trouble.VALUE_REQUIRED: "This row has no value.",
    Trouble.TYPE_REQUIRED: "This row has no type of signal: name it in the row or as the default.",
    Trouble.SEVERITY_REQUIRED: "This row has no severity: name it in the row or as the default.",
    Trouble.CONFIDENCE_REQUIRED: "This row has no confidence: name it in the row or as the default.",
    Trouble.UNKNOWN_WORD: "This is no word of the exchange for this field: correct it, or translate it in the mapping.",
    Trouble.UNKNOWN_FIELD: "This row has a key that no field of a signal has.",
    Trouble.UNEVEN_ROW: "This row has more or fewer columns than the header.",
    Trouble.NOT_A_TIME: "This is not a time such as `2026-07-01T12:00:00Z`.",
    Trouble.NOT_A_LINK: "A link needs `from`, `to` and a `relation` of the exchange.",
    Trouble.UNCLEAR_TYPE: "The type cannot be told from this value: give it, or name a default.",
    Trouble.AUDIENCE_REQUIRED: "The source shares this with some only: name the sharing groups that may see it.",
    Trouble.UNSUPPORTED_TYPE: "The exchange has no type of signal for this.",
    Trouble.UNSUPPORTED_PATTERN: "This pattern is not a comparison, or several joined by OR, with a value of a type "
    "that the exchange has.",
    Trouble.UNSUPPORTED_RELATION: "The exchange has no relation between signals for this.",
    Trouble.UNSUPPORTED_ENTRY: "No guard list of the exchange can hold such an entry.",
    Trouble.REVOKED: "The source has revoked this.",
    Trouble.DELETED: "The source has deleted this.",
    Trouble.KEPT_INSIDE: "The source keeps this inside its organisation: change that there, if it may be shared.",
    Trouble.NOT_FOR_DETECTION: "The source does not mean this to be matched.",
    Trouble.NON_MALICIOUS: "The source holds this to be harmless.",
    Trouble.NOT_A_SIGNAL: "This tells about something other than a signal.",
}


class BadRow(Exception):
    """A row cannot become a draft; readers turn it into the row's problem."""

    def __init__(self, problem: RowProblem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def problem(code: Refusal | Trouble, field: str | None = None) -> RowProblem:
    sentence = _SENTENCES.get(code) or SENTENCES[Refusal(code)]
    return RowProblem(code.value, sentence, field, is_skip=code in _SKIPS)


def bad(code: Refusal | Trouble, field: str | None = None) -> BadRow:
    return BadRow(problem(code, field))
