"""What came out: tables for people, with the ratios that the issue asks for, and JSON for programs."""

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from app.config import CHECKOUT
from tests.bench.contender import COMPILED, LIMIT, POSTGRAPHILE, STANDARD

# What the compiled engine has to reach of the others' requests per second, at so many connections.
AT_CONNECTIONS = 8
FLOORS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "match": {LIMIT: 0.75, POSTGRAPHILE: 2.5, STANDARD: 10},
        "graph": {LIMIT: 0.75, POSTGRAPHILE: 2.5, STANDARD: 10},
        "feed": {LIMIT: 0.6, POSTGRAPHILE: 3, STANDARD: 20},
        "signal": {LIMIT: 0.35, POSTGRAPHILE: 1.3},
        "feedback": {LIMIT: 0.5},
        "feedback100": {LIMIT: 0.6},
        "upload": {LIMIT: 0.35},
    }
)
OTHERS = (LIMIT, POSTGRAPHILE, STANDARD)

Figures = Mapping[str, Any]


def document(signals: int, results: Sequence[Figures], **more: object) -> dict[str, object]:
    return {
        "machine": _machine(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "signals": signals,
        "results": list(results),
        **more,
    }


def write(document: Mapping[str, object], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")
    path.with_suffix(".md").write_text(markdown(document))


def ratios(results: Sequence[Figures], connections: int = AT_CONNECTIONS) -> list[tuple[str, str, float, float | None]]:
    """For each workload and other contender: what the compiled engine reaches of it, and the floor if there is one."""
    rates = {
        (r["workload"], r["implementation"]): r["requests_per_s"] for r in results if r["connections"] == connections
    }
    found = []
    for workload in dict.fromkeys(workload for workload, _ in rates):
        for other in OTHERS:
            if rates.get((workload, other)) and rates.get((workload, COMPILED)):
                reached = rates[workload, COMPILED] / rates[workload, other]
                found.append((workload, other, reached, FLOORS.get(workload, {}).get(other)))
    return found


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


def show(console: Console, document: Mapping[str, Any]) -> None:
    table = Table(title=f"{document['signals']:,} signals, {document['machine']}")
    for number, column in enumerate(_SHOWN):
        table.add_column(column, justify="left" if number in (0, 2) else "right")
    for line in _lines(document["results"]):
        table.add_row(*line)
    console.print(table)
    told = Table(title=f"The compiled engine against the others, at {AT_CONNECTIONS} connections")
    for column in ("workload", "against", "reached", "floor", ""):
        told.add_column(column, justify="right" if column in ("reached", "floor") else "left")
    for workload, other, reached, floor in ratios(document["results"]):
        verdict = "" if floor is None else "[green]reached" if reached >= floor else "[red]short"
        told.add_row(workload, other, f"{reached:.2f}", "" if floor is None else f"{floor:g}", verdict)
    if told.row_count:
        console.print(told)


def markdown(document: Mapping[str, Any]) -> str:
    lines = [
        f"{document['signals']:,} signals; {document['machine']}; {document['date']}; {document['commit'][:12]}",
        "",
    ]
    lines += _rows(tuple(_SHOWN), _lines(document["results"]))
    told = [
        (workload, other, f"{reached:.2f}", "" if floor is None else f"{floor:g}")
        for workload, other, reached, floor in ratios(document["results"])
    ]
    if told:
        lines += ["", f"The compiled engine against the others, at {AT_CONNECTIONS} connections:", ""]
        lines += _rows(("workload", "against", "reached", "floor"), told)
    return "\n".join(lines) + "\n"


def _lines(results: Sequence[Figures]) -> list[tuple[str, ...]]:
    return [tuple("-" if r[key] is None else _shown(r[key]) for key in _SHOWN.values()) for r in results]


def _shown(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _rows(head: Sequence[str], lines: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *lines)]


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
