"""Links of the data set: each asserted by a participant that contributes both ends, with few hubs and many pairs."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from uuid import UUID

from app.rules.links import Relation, ordered
from tests.bench.people import People, Person, random_id
from tests.bench.shape import HUBS, LINK_DEVIATION, MAX_LINKS
from tests.bench.statements import Row

# Ends that wait for each other before they are tied, so that links stay near in time as those of an incident are.
_WAITING = 20_000


@dataclass(slots=True)
class _Hub:
    id: UUID
    left: int


@dataclass(slots=True)
class Ties:
    """Ties the ends of each participant's signals in pairs."""

    rng: Random
    people: People
    signals: int
    _waiting: dict[UUID, list[UUID]] = field(default_factory=dict)
    _hubs: dict[UUID, _Hub] = field(default_factory=dict)
    _sizes: dict[UUID, int] = field(init=False)

    def __post_init__(self) -> None:
        # One at each of those who upload most; none is linked to more than a part of what its contributor has.
        self._sizes = {
            owner.id: max(1, min(size, self.signals // 20))
            for owner, size in zip(self.people.contributors, HUBS, strict=False)
        }

    def add(self, owner: Person, signal_id: UUID, moment: datetime) -> Iterator[Row]:
        """Links that come of one more signal; not yet all of its own."""
        degree = round(math.exp(self.rng.gauss(0, LINK_DEVIATION)))
        waiting = self._waiting.setdefault(owner.id, [])
        hub = self._hubs.get(owner.id)
        # A hub waits for nobody, or it could be tied to the same signal twice.
        if hub is not None or owner.id not in self._sizes:
            waiting += [signal_id] * min(degree, MAX_LINKS)
        if hub is not None:
            hub.left -= 1
            if not hub.left:
                del self._hubs[owner.id]
            yield self._row(owner.id, hub.id, signal_id, moment)
        elif owner.id in self._sizes:
            self._hubs[owner.id] = _Hub(signal_id, self._sizes.pop(owner.id))
        if len(waiting) >= _WAITING:
            yield from self._tied(owner.id, moment)

    def rest(self, moment: datetime) -> Iterator[Row]:
        for owner in self._waiting:
            yield from self._tied(owner, moment)

    def _tied(self, owner: UUID, moment: datetime) -> Iterator[Row]:
        ends = self._waiting[owner]
        self.rng.shuffle(ends)
        pairs = dict.fromkeys(frozenset(pair) for pair in zip(ends[::2], ends[1::2], strict=False))
        self._waiting[owner] = []
        for pair in pairs:
            if len(pair) == 2:
                yield self._row(owner, *sorted(pair), moment)

    def _row(self, owner: UUID, a: UUID, b: UUID, moment: datetime) -> Row:
        relation = self.rng.choice(list(Relation))
        a, b = ordered(relation, a, b)
        return random_id(self.rng), moment, a, b, relation, owner, self.rng.randint(20, 99)
