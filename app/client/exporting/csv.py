"""Signals as a table for spreadsheets, in which none of their texts can run as a formula."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TextIO

from ...rules.stix.names import Answer

COLUMNS: Final = (
    "id",
    "type",
    "level",
    "qualifier",
    "value",
    "maskedValue",
    "violations",
    "annotations",
    "severity",
    "confidence",
    "handling",
    "createdAt",
    "updatedAt",
    "contributors",
    "opinion",
)

# Spreadsheets take a cell that begins so for a formula, in some languages with the wide signs too (OWASP, "CSV
# Injection"). An apostrophe before it counts as one that was put there, so that it can be told from one that was not.
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


@dataclass(slots=True)
class Written:
    signals: int = 0
    # Cells before which an apostrophe was put; whoever reads the table by a program takes that off again.
    defused: int = 0


def write(file: TextIO, signals: Iterable[Answer]) -> Written:
    """Write a head and a row for each signal; lists have spaces between their words. Open the file with `newline=""`.

    A text that a spreadsheet would run gets an apostrophe before it, as every telephone number does.
    """
    written, rows = Written(), csv.writer(file)
    rows.writerow(COLUMNS)
    for signal in signals:
        cells = _cells(signal)
        written.defused += sum(map(_is_formula, cells))
        rows.writerow([f"'{cell}" if _is_formula(cell) else cell for cell in cells])
        written.signals += 1
    return written


def _is_formula(cell: str) -> bool:
    return _FORMULA.match(cell) is not None


def _cells(signal: Answer) -> list[str]:
    contributors = [one["slug"] for one in signal.get("contributors") or []]
    opinion = (signal.get("feedbackSummary") or {}).get("opinion")
    shown: Mapping[str, Any] = {**signal, "contributors": contributors, "opinion": opinion}
    return [_cell(shown.get(column)) for column in COLUMNS]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
