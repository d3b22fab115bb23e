"""What the bench tells: what was reached beside its bound, and the chart."""

import re
from typing import Any

import pytest

from tests.bench import chart, floors, profile, report


def figures(workload: str, who: str, rate: float, connections: int = 8, **more: Any) -> dict[str, Any]:
    return {
        "workload": workload,
        "connections": connections,
        "implementation": who,
        "requests_per_s": rate,
        "p50_ms": 1.0,
        "p99_ms": 2.0,
        "app_cpu_ms": 1.0,
        "db_cpu_ms": 1.0,
        "rss_mb": 100.0,
        **more,
    }


RESULTS = [
    figures("match", "limit", 1000.0),
    figures("match", "compiled", 800.0),
    figures("match", "standard", 100.0),
    figures("match", "postgraphile", 250.0),
    figures("feed", "compiled", 100.0, connections=32, rss_mb=201.0),
]


def test_ratios_stand_beside_their_floors() -> None:
    told = {r.what: (r.value, r.bound, r.met) for r in floors.ratios(RESULTS)}
    assert told == {"limit": (0.8, 0.75, True), "postgraphile": (3.2, 2.5, True), "standard": (8.0, 10, False)}


def test_memory_has_a_bound() -> None:
    assert [(r.value, r.met) for r in floors.memory(RESULTS)] == [(201.0, False)]


@pytest.mark.parametrize(("cpu", "met"), [(1.9, True), (2.1, False)])
def test_growth_is_from_the_smallest_to_the_largest(cpu: float, met: bool) -> None:
    small = figures("feed", "compiled", 1.0, signals=100, app_cpu_ms=1.0, db_cpu_ms=1.0)
    large = figures("feed", "compiled", 1.0, signals=9_000, app_cpu_ms=1.0, db_cpu_ms=cpu)
    between = figures("feed", "compiled", 1.0, signals=1_000, app_cpu_ms=9.0)
    (told,) = floors.growth([large, between, small])
    assert told.met is met
    assert told.value == (1 + cpu) / 2


def test_a_report_tells_what_fell_short_and_what_postgraphile_leaves_out() -> None:
    text = report.markdown(report.document(1_000, RESULTS))
    assert "| match | standard | 8.00 | 10 | SHORT |" in text
    assert report.POSTGRAPHILE_NOTE in text


def test_the_chart_has_a_bar_for_each_but_the_limit() -> None:
    drawn = chart.drawn({"signals": 1_000, "results": RESULTS})
    widths = dict(re.findall(r'<rect class="(.)" x="150" y="[0-9.]+" width="([0-9.]+)" height="11"/>\n<text', drawn))
    assert set(widths) == {"a", "b", "c"}
    shares = [float(widths[name]) / float(widths["a"]) for name in "bc"]
    assert shares == pytest.approx([250 / 800, 100 / 800], rel=0.01)
    assert ">800/s<" in drawn


def test_samples_are_counted_by_function() -> None:
    run, read = "run (app/graphql/execution.py:{})", "read (app/store/reader.py:7)"
    stacks = [f"main (app/main.py:1);{run.format(1)};{read} 30", f"main (app/main.py:1);{run.format(2)} 10"]
    names = "run (app/graphql/execution.py)", "read (app/store/reader.py)"
    assert profile.lines(stacks, own=True) == [(75.0, names[1]), (25.0, names[0])]
    assert profile.lines(stacks, own=False) == [(100.0, names[0]), (75.0, names[1])]
