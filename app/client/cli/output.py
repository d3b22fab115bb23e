"""What commands print: for people on a terminal, or with `--json` for programs."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

# Between two columns.
_GAP = "  "


@dataclass(frozen=True, slots=True)
class Output:
    """Results go to standard output, everything else to standard error, so a pipe gets results alone.

    No cell is broken into lines: an id is there to be copied, and a pipe has no width.
    """

    as_json: bool
    results: Console
    notes: Console

    @classmethod
    def of(cls, as_json: bool) -> "Output":
        return cls(
            as_json, Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)
        )

    def note(self, text: str) -> None:
        """A remark for whoever watches."""
        self.notes.print(escape(printable(text)))

    def record(self, found: Mapping[str, Any]) -> None:
        """One thing with its properties."""
        if self.as_json:
            self._json(found)
        else:
            self._properties([(name, _counted(value)) for name, value in _flat(found)])

    def rows(self, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
        """A table, or on a terminal that is too narrow for it the properties of each row; in JSON one object on each
        line."""
        if self.as_json:
            for row in rows:
                self._json({column: row.get(column) for column in columns})
            return
        cells = [[_shown(row.get(column)) for column in columns] for row in rows]
        widths = [max(map(cell_len, column)) for column in zip(columns, *cells, strict=True)]
        if cells and self.results.is_terminal and sum(widths) + len(_GAP) * (len(widths) - 1) > self.results.width:
            for number, texts in enumerate(cells):
                self.results.out("\n" if number else "", end="")
                self._properties(list(zip(columns, texts, strict=True)))
            return
        self.results.print(Text(_line(columns, widths), "bold"))
        for texts in cells:
            self.results.out(_line(texts, widths), highlight=False)

    def show(self, drawn: Table | Text) -> None:
        """For people alone."""
        self.results.print(drawn)

    def _properties(self, found: Sequence[tuple[str, str]]) -> None:
        width = max((cell_len(name) for name, _ in found), default=0)
        for name, value in found:
            self.results.print(Text.assemble((_padded(name, width), "bold"), _GAP, value))

    def _json(self, value: Mapping[str, Any]) -> None:
        self.results.out(_escaped(json.dumps(value, ensure_ascii=False)), highlight=False)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(map(_padded, cells, widths)).rstrip()


def _padded(text: str, width: int) -> str:
    """Some letters take two cells."""
    return text + " " * (width - cell_len(text))


def _flat(found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What has properties of its own is named by both."""
    for name, value in found.items():
        if isinstance(value, Mapping):
            yield from ((f"{name} {inner}", there) for inner, there in _flat(value))
        else:
            yield name, value


def printable(text: str) -> str:
    """Without what could steer a terminal or turn the direction of writing: texts come from others too."""
    return "".join(one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text)


def _escaped(text: str) -> str:
    """JSON that says the same, with all that `printable` replaces as JSON spells it: a terminal may be at its end."""
    return text if text.isprintable() else "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def _shown(value: object) -> str:
    """On one line; what says nothing is a dash."""
    if value is None or value == []:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return printable(str(value)).replace("\n", " ")


def _counted(value: object) -> str:
    """The numbers of a record count something; those of a table are ids and lines, which are typed in again."""
    return f"{value:,}" if type(value) is int else _shown(value)
