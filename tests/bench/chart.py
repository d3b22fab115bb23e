"""A bar chart of one run for the README: what each contender reaches of the limit, as SVG."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape

from tests.bench.contender import COMPILED, LIMIT, POSTGRAPHILE, STANDARD
from tests.bench.floors import AT_CONNECTIONS

_NAMES: Mapping[str, str] = MappingProxyType(
    {COMPILED: "Lantern", POSTGRAPHILE: "PostGraphile 5", STANDARD: "Lantern, standard executor"}
)
_CLASSES = {COMPILED: "a", POSTGRAPHILE: "b", STANDARD: "c"}
_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "match": "match 100 values",
        "feed": "feed page of 1,000",
        "graph": "signal, links 2 hops",
        "signal": "one signal",
        "case": "one case",
        "feedback": "one feedback",
        "feedback100": "100 feedbacks",
        "upload": "upload of 1,000",
    }
)
# Pixels.
_WIDTH, _LEFT, _RIGHT, _TOP = 760, 150, 90, 64
_BAR, _GAP = 13, 12
# Colours that are told apart on light and on dark ground, and by those who see few.
_STYLE = """text{font:12px system-ui,sans-serif;fill:#24292f}.t{font-weight:600;font-size:14px}.n{fill:#57606a}
.a{fill:#0072b2}.b{fill:#e69f00}.c{fill:#999}.l{stroke:#57606a;stroke-dasharray:3 3}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.n{fill:#9198a1}.l{stroke:#9198a1}
.a{fill:#56b4e9}.b{fill:#e69f00}.c{fill:#8b949e}}"""


def drawn(document: Mapping[str, Any], connections: int = AT_CONNECTIONS) -> str:
    """Bars of requests per second by those of the limit; where the run has other connections, of its first."""
    measured = {r["connections"] for r in document["results"]}
    connections = connections if connections in measured else min(measured)
    rates = {
        (r["workload"], r["implementation"]): r["requests_per_s"]
        for r in document["results"]
        if r["connections"] == connections
    }
    workloads = [name for name in dict.fromkeys(name for name, _ in rates) if rates.get((name, LIMIT))]
    shown = [name for name in _NAMES if any((workload, name) in rates for workload in workloads)]
    most = max([1.0, *(rates.get((w, n), 0) / rates[w, LIMIT] for w in workloads for n in shown)])
    scale = (_WIDTH - _LEFT - _RIGHT) / most
    parts = _head(document["signals"], connections, shown)
    y = _TOP
    for workload in workloads:
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + len(shown) * _BAR / 2 + 4:g}" text-anchor="end">{_title(workload)}</text>'
        )
        for number, name in enumerate(shown):
            rate = rates.get((workload, name))
            if rate is not None:
                parts += _bar(_CLASSES[name], y + number * _BAR, scale * rate / rates[workload, LIMIT], rate)
        y += len(shown) * _BAR + _GAP
    limit = _LEFT + scale
    parts.append(f'<line class="l" x1="{limit:.1f}" x2="{limit:.1f}" y1="{_TOP - 4}" y2="{y - _GAP + 2}"/>')
    parts.append(f'<text class="n" x="{limit:.1f}" y="{y + 4}" text-anchor="middle">limit = hand-written SQL</text>')
    return _whole(parts, y + 14)


def _head(signals: int, connections: int, shown: Sequence[str]) -> list[str]:
    parts = [
        f'<text class="t" x="8" y="20">Requests per second, as a share of the limit'
        f" ({signals:,} signals, {connections} connections)</text>"
    ]
    x = _LEFT
    for name in shown:
        parts.append(f'<rect class="{_CLASSES[name]}" x="{x}" y="34" width="11" height="11"/>')
        parts.append(f'<text x="{x + 16}" y="44">{escape(_NAMES[name])}</text>')
        x += 40 + 7 * len(_NAMES[name])
    return parts


def _title(workload: str) -> str:
    return escape(_TITLES.get(workload, workload))


def _bar(kind: str, y: float, width: float, rate: float) -> list[str]:
    told = f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"
    return [
        f'<rect class="{kind}" x="{_LEFT}" y="{y:g}" width="{max(width, 1):.1f}" height="{_BAR - 2}"/>',
        f'<text class="n" x="{_LEFT + max(width, 1) + 5:.1f}" y="{y + _BAR - 3:g}">{told}</text>',
    ]


def _whole(parts: Sequence[str], height: float) -> str:
    size = f'viewBox="0 0 {_WIDTH} {height:g}" width="{_WIDTH}" height="{height:g}"'
    label = 'role="img" aria-label="Requests per second of each contender, as a share of the limit"'
    return (
        "\n".join(
            [f'<svg xmlns="http://www.w3.org/2000/svg" {size} {label}>', f"<style>{_STYLE}</style>", *parts, "</svg>"]
        )
        + "\n"
    )
