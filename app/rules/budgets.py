"""What clients may spend over time: each has a budget that fills up again, in the memory of one process."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.errors import RateLimited
from app.rules import limits


@dataclass(frozen=True, slots=True)
class Charge:
    """What an operation cost its client, and what is left to it."""

    cost: int
    budget: int
    remaining: int
    per_second: int

    def told(self) -> dict[str, Any]:
        """As `extensions` of an answer, in the words that clients of other graphs know."""
        status = {
            "maximumAvailable": self.budget,
            "currentlyAvailable": self.remaining,
            "restoreRate": self.per_second,
        }
        return {"cost": {"requestedQueryCost": self.cost, "throttleStatus": status}}

    def ending(self, body: bytes) -> bytes:
        """An answer of JSON, an object with members, with `extensions` as its last one."""
        return b'%b,"extensions":{"cost":{"requestedQueryCost":%d,"throttleStatus":%b}}}' % (
            body[:-1],
            self.cost,
            b'{"maximumAvailable":%d,"currentlyAvailable":%d,"restoreRate":%d}'
            % (self.budget, self.remaining, self.per_second),
        )


class Budgets:
    """With several processes each has its own, so a client may spend as often as much as there are processes."""

    def __init__(self, per_second: int = limits.COST_PER_SECOND) -> None:
        self._per_second = per_second
        self._most = per_second * limits.SAVED_SECONDS
        # When who spent last, and what was left then; the latest last.
        self._spenders: OrderedDict[Hashable, tuple[datetime, float]] = OrderedDict()

    def spend(self, client: Hashable, cost: int, at: datetime) -> Charge:
        """Take it from the client's budget.

        Raises: RateLimited if less is left, and takes nothing.
        """
        since, left = self._left(client, at)
        if cost > left:
            seconds = int((cost - left) // self._per_second) + 1
            raise RateLimited(
                f"This costs {cost:,}, and you have {max(0, int(left)):,} left: ask again in {seconds} s.", seconds
            )
        self._take(client, cost, since, left)
        return Charge(cost, self._most, int(left - cost), self._per_second)

    def owe(self, client: Hashable, cost: int, at: datetime) -> None:
        """Take what turned out to be needed; who has less left waits until it has saved that up."""
        if cost:
            self._take(client, cost, *self._left(client, at))

    def _take(self, client: Hashable, cost: int, since: datetime, left: float) -> None:
        self._spenders[client] = (since, left - cost)
        self._spenders.move_to_end(client)
        if len(self._spenders) > limits.MAX_SPENDERS:
            self._spenders.popitem(last=False)

    def _left(self, client: Hashable, at: datetime) -> tuple[datetime, float]:
        """What is left, and as of when. A clock that was set back, or an operation that began long ago, restores
        nothing, and takes nothing away."""
        since, left = self._spenders.get(client, (at, self._most))
        now = max(since, at)
        return now, min(self._most, left + (now - since).total_seconds() * self._per_second)
