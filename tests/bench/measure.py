"""The measurement: contenders take turns in short rounds, so that whatever disturbs the machine disturbs all alike."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import psutil

from tests.bench import checks, driver, processes
from tests.bench.calls import Call, Known, reads
from tests.bench.contender import LIMIT, Contender
from tests.bench.processes import NOTHING, Used
from tests.bench.workloads import Workload
from tests.bench.write_calls import Writes

# Of the time of a round, before it and not counted.
WARM_UP = 0.2
# Answers that are looked at closely.
_COMPARED = 5
# Requests that write which are made ready for each second; where a server takes more, its round ends sooner.
_READY = {"feedback": 4_000, "feedback100": 500, "upload": 40}
# Of the values that uploads bring, at most this many are kept ready at once: they fill the memory.
_MOST_READY = {"feedback": 20_000, "feedback100": 1_000, "upload": 60}


@dataclass(slots=True)
class Cell:
    """What was measured of one contender with one workload over so many connections."""

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


@dataclass(slots=True)
class Measurement:
    """All cells of one run on one data set."""

    known: Known
    contenders: Sequence[Contender]
    database: psutil.Process
    seconds: float
    rounds: int
    told: Callable[[Cell], None]
    writes: Writes = field(init=False)
    _share: int = 0
    cells: list[Cell] = field(default_factory=list)
    # Requests of each workload in all, those that were not measured too.
    sent: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.writes = Writes(self.known)

    async def measure(self, workload: Workload, connections: Sequence[int]) -> None:
        """Raises: WrongAnswer, Unanswered."""
        # What can be written once is shared out, so that nobody takes it all.
        parts = len(self.contenders) * len(connections) * self.rounds
        self._share = (self.writes.left(workload.name) - len(self.contenders)) // parts
        calls = [] if workload.writes else reads(self.known, workload.name)
        self._compare(workload, calls)
        for count in connections:
            cells = {c.name: Cell(workload.name, count, c.name) for c in self.contenders}
            for number in range(self.rounds):
                for contender in self.contenders:
                    await self._round(cells[contender.name], contender, workload, calls, number)
            for cell in cells.values():
                self.cells.append(cell)
                self.told(cell)

    def _compare(self, workload: Workload, calls: list[Call]) -> None:
        reference = next((c for c in self.contenders if c.name == LIMIT), None)
        for contender in self.contenders:
            some = self.writes.draw(workload.name, 1) if workload.writes else calls[:_COMPARED]
            against = None if workload.writes or contender is reference else reference
            checks.compare(contender, against, workload, some)
            self.sent[workload.name] += len(some)

    async def _round(
        self, cell: Cell, contender: Contender, workload: Workload, calls: list[Call], number: int
    ) -> None:
        seconds = self.seconds / self.rounds
        requests = self._requests(contender, workload, calls, (number, seconds))
        check = contender.looks_right(workload)
        warmed = await driver.run(contender.port, requests, cell.connections, WARM_UP * seconds, check)
        processes.forget_peak(contender.process)
        before = processes.used(contender.process, self.database)
        taken = await driver.run(contender.port, requests, cell.connections, seconds, check)
        cell.used += processes.used(contender.process, self.database) - before
        cell.rss_mb = max(cell.rss_mb, processes.peak_mb(contender.process))
        cell.latencies += taken.latencies
        cell.seconds += taken.seconds
        cell.size += taken.size
        cell.wrong += taken.wrong + warmed.wrong
        self.sent[workload.name] += len(taken.latencies) + len(warmed.latencies)
        if cell.wrong:
            raise checks.WrongAnswer(f"{contender.name} gave {cell.wrong} wrong answers to {workload.name}")

    def _requests(
        self, contender: Contender, workload: Workload, calls: list[Call], when: tuple[int, float]
    ) -> Iterator[bytes]:
        """In each round from another place, which is the same for all contenders."""
        number, seconds = when
        if workload.writes:
            name = workload.name
            wanted = round(_READY[name] * seconds * (1 + WARM_UP)) + 10
            ready = min(wanted, _MOST_READY[name], self._share)
            return iter([contender.request(workload, call) for call in self.writes.draw(name, ready)])
        start = len(calls) * number // self.rounds
        requests = [contender.request(workload, call) for call in (*calls[start:], *calls[:start])]
        return chain.from_iterable(iter(lambda: requests, None))
