"""Files of a participant's own values to match: JSON Lines, CSV with a header, or one value on each line."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TextIO, cast, get_args

from ..errors import Misconfigured
from ..inputs import MatchValueInput
from ..vocabulary import SignalType

# Characters; the exchange takes none that is as long.
_LONGEST = 65_536
_DELIMITERS = ",;\t"
_TYPES = get_args(SignalType)
_FIELDS = ("type", "value", "platform", "language", "region", "scheme")

Numbered = tuple[int, MatchValueInput]
"""A value with the number of its line, from 1."""


def read(file: Path, hints: dict[str, str | None]) -> Iterator[Numbered]:
    """The values of the file, or of standard input for `-`; `hints` holds for lines that say nothing else.

    Raises: Misconfigured.
    """
    if hints["type"] not in (None, *_TYPES):
        raise Misconfigured(f"--type is one of {', '.join(_TYPES)}.")
    try:
        with nullcontext(sys.stdin) if str(file) == "-" else file.open(encoding="utf-8", newline="") as lines:
            for number, said in _lines(lines):
                yield number, _value(number, {**hints, **{k: v for k, v in said.items() if v not in (None, "")}})
    except OSError as error:
        raise Misconfigured(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Misconfigured(f"{file} is not UTF-8 text: save it as UTF-8.") from None
    except csv.Error:
        raise Misconfigured(f"{file} has a cell that is longer than any value.") from None


def _lines(lines: TextIO) -> Iterator[tuple[int, dict[str, Any]]]:
    first = lines.readline().removeprefix("\ufeff")
    delimiter = max(_DELIMITERS, key=first.count)
    header = [name.strip().strip('"') for name in first.split(delimiter)]
    if first.lstrip().startswith("{"):
        yield from _objects(first, lines)
    elif "value" in header:
        rows = csv.DictReader(lines, fieldnames=header, restkey="", delimiter=delimiter)
        for row in rows:
            yield rows.line_num + 1, row
    else:
        for number, line in enumerate((first, *lines), 1):
            if line.strip():
                yield number, {"value": line.rstrip("\r\n")}


def _objects(first: str, lines: TextIO) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    for line in (first, *lines):
        number += 1
        if not line.strip():
            continue
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise Misconfigured(f"Line {number} is no JSON object.")
        yield number, said


def _value(number: int, said: dict[str, Any]) -> MatchValueInput:
    if not isinstance(said.get("value"), str) or said.get("type") not in _TYPES:
        raise Misconfigured(
            f"Line {number} needs a `value`, and a `type` among {', '.join(_TYPES)}: or say --type for all."
        )
    if len(said["value"]) > _LONGEST:
        raise Misconfigured(f"Line {number} is longer than any value.")
    if not all(isinstance(said.get(name, ""), str | None) for name in _FIELDS):
        raise Misconfigured(f"Line {number}: {', '.join(_FIELDS)} are texts.")
    return cast(MatchValueInput, {name: said[name] for name in _FIELDS if said.get(name) is not None})
