"""The measurement: contenders take turns in short rounds, so that whatever disturbs the machine disturbs all alike."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

import psutil

from tests.bench import checks, driver, processes
from tests.bench.calls import Call, Known, reads
from tests.bench.cell import Cell
from tests.bench.contender import LIMIT, Contender
from tests.bench.workloads import WORKLOADS, Workload
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
class Measurement:
    """All cells of one run on one data set."""

    known: Known
    contenders: Sequence[Contender]
    database: psutil.Process
    seconds: float
    rounds: int
    writes: Writes = field(init=False)
    _share: int = 0
    # Requests of each workload in all, those that were not measured too.
    sent: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.writes = Writes(self.known)

    async def measure(self, workload: Workload, connections: Sequence[int]) -> AsyncIterator[list[Cell]]:
        """What all contenders did, for each number of connections. Raises: WrongAnswer, Unanswered."""
        calls = self.begin(workload, len(connections))
        for count in connections:
            cells = {c.name: Cell(workload.name, count, c.name) for c in self.contenders}
            for number in range(self.rounds):
                for contender in self.contenders:
                    await self.take_turn(cells[contender.name], contender, calls, number)
            yield list(cells.values())

    def begin(self, workload: Workload, runs: int) -> list[Call]:
        """Look at some answers of each, and give the requests that read. Raises: WrongAnswer."""
        # What can be written once is shared out, so that nobody takes it all.
        parts = len(self.contenders) * runs * self.rounds
        self._share = (self.writes.left(workload.name) - len(self.contenders)) // parts
        calls = [] if workload.writes else reads(self.known, workload.name)
        self._compare(workload, calls)
        return calls

    def _compare(self, workload: Workload, calls: list[Call]) -> None:
        reference = next((c for c in self.contenders if c.name == LIMIT), None)
        for contender in self.contenders:
            some = self.writes.draw(workload.name, 1) if workload.writes else calls[:_COMPARED]
            against = None if workload.writes or contender is reference else reference
            checks.compare(contender, against, workload, some)
            self.sent[workload.name] += len(some)

    async def take_turn(self, cell: Cell, contender: Contender, calls: list[Call], number: int) -> None:
        """One round: warmed up, then measured into the cell. Raises: WrongAnswer, Unanswered."""
        seconds, workload = self.seconds / self.rounds, WORKLOADS[cell.workload]
        requests, ready = self._requests(contender, workload, calls, (number, seconds))
        check = contender.looks_right(workload)
        first = islice(requests, None if ready is None else round(WARM_UP * ready))
        warmed = await driver.run(contender.port, first, cell.connections, WARM_UP * seconds, check)
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
    ) -> tuple[Iterator[bytes], int | None]:
        """In each round from another place, which is the same for all contenders; and how many there are, if few."""
        number, seconds = when
        if workload.writes:
            name = workload.name
            wanted = round(_READY[name] * seconds * (1 + WARM_UP)) + 10
            ready = min(wanted, _MOST_READY[name], self._share)
            written = [contender.request(workload, call) for call in self.writes.draw(name, ready)]
            return iter(written), len(written)
        start = len(calls) * number // self.rounds
        requests = [contender.request(workload, call) for call in (*calls[start:], *calls[:start])]
        return chain.from_iterable(iter(lambda: requests, None)), None
