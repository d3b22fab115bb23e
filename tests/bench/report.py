"""What came out: tables for people, with what had to be reached, and JSON for programs."""

import json
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from app.config import CHECKOUT
from tests.bench import chart, floors
from tests.bench.contender import POSTGRAPHILE
from tests.bench.floors import Figures, Reached

POSTGRAPHILE_NOTE = (
    "PostGraphile works as the owner of the tables: no token, no scope, no policy, no row-level security; values stay"
    " sealed, and what is derived for a viewer (masks, united labels, opinions) is left to its client. The limit has no"
    " token, no row-level security and no keys either, but its SQL leaves out what the viewer does not see."
)
SERVER_NOTE = "Each server is one process with 12 connections to the same database, and takes turns with the others."


def document(signals: int, results: Sequence[Figures], **more: object) -> dict[str, Any]:
    return {
        "machine": _machine(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "signals": signals,
        "results": list(results),
        **more,
    }


def write(document: Mapping[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")
    path.with_suffix(".md").write_text(markdown(document))
    if document["results"]:
        path.with_suffix(".svg").write_text(chart.drawn(document))


# Headings, and what stands under them.
_SHOWN = {
    "workload": "workload",
    "conn.": "connections",
    "who": "implementation",
    "requests/s": "requests_per_s",
    "p50 ms": "p50_ms",
    "p99 ms": "p99_ms",
    "app CPU ms": "app_cpu_ms",
    "DB CPU ms": "db_cpu_ms",
    "RSS MB": "rss_mb",
}
_GROWN = {"signals": "signals"} | {name: key for name, key in _SHOWN.items() if key != "rss_mb"}

# A heading, the columns, and the lines.
Listing = tuple[str, Sequence[str], list[tuple[str, ...]]]


def listings(document: Mapping[str, Any]) -> Iterator[Listing]:
    """All tables of a document; what it does not hold has none."""
    if document["results"]:
        yield f"{document['signals']:,} signals", tuple(_SHOWN), _lines(document["results"], _SHOWN)
    if told := floors.ratios(document["results"]):
        heading = (
            f"The compiled engine's requests per second by those of the others, {floors.AT_CONNECTIONS} connections"
        )
        yield heading, ("workload", "against", "reached", "floor", ""), _verdicts(told)
    if told := floors.memory(document["results"]):
        yield "Memory", ("workload", "what", "most", "bound", ""), _verdicts(told)
    if grown := document.get("growth"):
        yield "The same work at several sizes", tuple(_GROWN), _lines(grown, _GROWN)
        heading = "Cost of a request (CPU of application and database), largest by smallest size"
        yield heading, ("workload", "who", "factor", "bound", ""), _verdicts(floors.growth(grown))
    for heading, columns, lines in document.get("tables", ()):
        yield heading, columns, [tuple(_shown(cell) for cell in line) for line in lines]


def show(console: Console, document: Mapping[str, Any]) -> None:
    for heading, columns, lines in listings(document):
        table = Table(title=heading)
        for number, column in enumerate(columns):
            numeric = all(_is_number(line[number]) for line in lines)
            table.add_column(column, justify="right" if numeric else "left")
        for line in lines:
            table.add_row(*line)
        console.print(table)
    for note in _notes(document):
        console.print(note)


def markdown(document: Mapping[str, Any]) -> str:
    lines = [f"{document['machine']}; {document['date']}; {document['commit'][:12]}"]
    for heading, columns, rows in listings(document):
        lines += ["", f"{heading}:", ""]
        lines += [f"| {' | '.join(cells)} |" for cells in (columns, ["---"] * len(columns), *rows)]
    for note in _notes(document):
        lines += ["", note]
    return "\n".join(lines) + "\n"


def _notes(document: Mapping[str, Any]) -> list[str]:
    if not document["results"]:
        return list(document.get("notes", ()))
    others = [POSTGRAPHILE_NOTE] if any(r["implementation"] == POSTGRAPHILE for r in document["results"]) else []
    return [SERVER_NOTE, *others, *document.get("notes", ())]


def _verdicts(told: Sequence[Reached]) -> list[tuple[str, ...]]:
    words = {None: "", True: "reached", False: "SHORT"}
    return [
        (r.workload, r.what, f"{r.value:.2f}", "" if r.bound is None else f"{r.bound:g}", words[r.met]) for r in told
    ]


def _lines(results: Sequence[Figures], columns: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [tuple(_shown(r[key]) for key in columns.values()) for r in results]


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _is_number(text: str) -> bool:
    return text.replace(",", "").replace(".", "", 1).isdigit() or text == "-"


def _machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), platform.machine()
    )
    return f"{psutil.cpu_count()} cores of {model}, {psutil.virtual_memory().total / 1e9:.0f} GB, {platform.system()}"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def _commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"
