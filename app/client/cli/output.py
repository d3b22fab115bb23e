"""What commands print: for people on a terminal, or with `--json` for programs."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True, slots=True)
class Output:
    """Results go to standard output, everything else to standard error, so a pipe gets results alone."""

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
            return
        table = Table(show_header=False, box=None, pad_edge=False)
        for name, value in _flat(found):
            table.add_row(f"[bold]{escape(name)}[/]", escape(_shown(value)))
        self.results.print(table)

    def rows(self, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
        """A table; in JSON one object on each line."""
        if self.as_json:
            for row in rows:
                self._json({column: row.get(column) for column in columns})
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(escape(_shown(row.get(column))) for column in columns))
        self.results.print(table)

    def show(self, drawn: Table | Text) -> None:
        """For people alone."""
        self.results.print(drawn)

    def _json(self, value: Mapping[str, Any]) -> None:
        self.results.out(_escaped(json.dumps(value, ensure_ascii=False)), highlight=False)


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
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else printable(str(value))
