"""What was measured of one contender with one workload over so many connections."""

from dataclasses import dataclass, field

from tests.bench.processes import NOTHING, Used


@dataclass(slots=True)
class Cell:
    workload: str
    connections: int
    implementation: str
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    wrong: int = 0
    size: int = 0
    used: Used = NOTHING
    rss_mb: float = 0.0

    @property
    def requests(self) -> int:
        return len(self.latencies)

    def figures(self) -> dict[str, object]:
        """As they are written down; milliseconds of processors are per request."""
        ranked = sorted(self.latencies)
        count = max(1, len(ranked))

        def percentile(share: float) -> float:
            return round(1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))], 3) if ranked else 0.0

        return {
            "workload": self.workload,
            "connections": self.connections,
            "implementation": self.implementation,
            "requests_per_s": round(self.requests / self.seconds, 2) if self.seconds else 0.0,
            "p50_ms": percentile(0.5),
            "p99_ms": percentile(0.99),
            "app_cpu_ms": round(1000 * self.used.application / count, 4),
            "db_cpu_ms": round(1000 * self.used.database / count, 4),
            "driver_cpu_ms": round(1000 * self.used.driver / count, 4),
            "rss_mb": round(self.rss_mb, 1),
            "requests": self.requests,
            "wrong": self.wrong,
            "answer_bytes": self.size // count,
        }
