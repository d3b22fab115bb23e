"""What has to be reached, and what was: ratios to the others, growth with the size, and memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

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
# Times what a request costs at the smallest size.
MOST_GROWTH = 1.5
# MB of 10^6 bytes, while so many connections read the feed.
MOST_MEMORY = 200
MEMORY_CONNECTIONS = 32

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reached:
    """One figure beside its bound, where it has one."""

    workload: str
    what: str
    value: float
    bound: float | None
    at_least: bool = True

    @property
    def met(self) -> bool | None:
        if self.bound is None:
            return None
        return self.value >= self.bound if self.at_least else self.value <= self.bound


def ratios(results: Sequence[Figures], connections: int = AT_CONNECTIONS) -> list[Reached]:
    """What the compiled engine reaches of each other contender."""
    rates = {
        (r["workload"], r["implementation"]): r["requests_per_s"] for r in results if r["connections"] == connections
    }
    return [
        Reached(
            workload,
            other,
            rates[workload, COMPILED] / rates[workload, other],
            FLOORS.get(workload, {}).get(other),
        )
        for workload in dict.fromkeys(workload for workload, _ in rates)
        for other in OTHERS
        if rates.get((workload, other)) and rates.get((workload, COMPILED))
    ]


def cost(figures: Figures) -> float:
    """Milliseconds of processors for one request, in the application and its database."""
    return float(figures["app_cpu_ms"]) + float(figures["db_cpu_ms"])


def growth(figures: Sequence[Figures]) -> list[Reached]:
    """The cost at the largest size by that at the smallest; the bound is for the exchange."""
    costs: dict[tuple[str, str, int], dict[int, float]] = {}
    for each in figures:
        key = (each["workload"], each["implementation"], each["connections"])
        costs.setdefault(key, {})[each["signals"]] = cost(each)
    return [
        Reached(
            workload,
            name,
            by_size[max(by_size)] / by_size[min(by_size)],
            MOST_GROWTH if name == COMPILED else None,
            at_least=False,
        )
        for (workload, name, _), by_size in costs.items()
        if len(by_size) > 1 and by_size[min(by_size)]
    ]


def memory(results: Sequence[Figures]) -> list[Reached]:
    return [
        Reached("feed", "resident MB, 32 connections", r["rss_mb"], MOST_MEMORY, at_least=False)
        for r in results
        if (r["workload"], r["connections"], r["implementation"]) == ("feed", MEMORY_CONNECTIONS, COMPILED)
    ]
