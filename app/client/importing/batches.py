"""Cutting what a file yields into batches: which rows go together depends on the file alone, so that a batch which is
sent again is the same batch."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final, TypeAlias

import orjson

from ...errors import InvalidInput
from ...rules.normal_forms import Hints, canonical
from ...rules.signal_types import SignalType
from ..reading.rows import FIELDS, Draft, GuardEntry, Item, Place, SourceLink, SourceRow
from .journal import Phase, Planned

# Items of a batch, sent or not; the exchange takes as many rows in a call.
MAX_ITEMS = 1_000
# Bytes of the drafts of a batch; the exchange takes 5 MiB with everything around them.
MAX_BYTES = 4_500_000


# What an item is about, and what it says of it in JSON.
Sent: TypeAlias = tuple[int, bytes]
Decided: TypeAlias = Callable[[Place], bytes | None]


def as_it_stands(_: Place) -> None:
    """No row of the file has another say anything."""


@dataclass(slots=True)
class Batch:
    """What is sent in one call, as far as the exchange does not ask for less at once."""

    phase: Phase
    number: int
    last: Place
    # In JSON; beside each, what it came from. Of links and guard entries the JSON only tells them apart.
    bodies: list[bytes] = field(default_factory=list)
    sent: list[Item] = field(default_factory=list)
    # What is not sent: rows with a problem, and what belongs to another phase.
    aside: list[Item] = field(default_factory=list)
    # What is in here, and its JSON: two batches that share something are not under way together, so that the later
    # one decides.
    bodies_by_subject: dict[int, bytes] = field(default_factory=dict)
    size: int = 0

    def takes(self, sent: Sent | None) -> bool:
        """Whether there is room, and nothing in here that says something else about the same."""
        if len(self.sent) + len(self.aside) == MAX_ITEMS:
            return False
        if sent is None:
            return True
        subject, body = sent
        return self.size + len(body) <= MAX_BYTES and self.bodies_by_subject.get(subject, body) == body

    def put(self, item: Item, sent: Sent | None) -> None:
        self.last = item.place
        if sent is None:
            self.aside.append(item)
            return
        subject, body = sent
        self.sent.append(item)
        self.bodies.append(body)
        self.bodies_by_subject[subject] = body
        self.size += len(body)

    def conflicts(self, other: "Batch") -> bool:
        return not self.bodies_by_subject.keys().isdisjoint(other.bodies_by_subject)


def batches(
    items: Iterable[Item],
    phase: Phase,
    planned: Sequence[Planned] = (),
    number: int = 1,
    decided: Decided = as_it_stands,
) -> Iterator[Batch]:
    """First those that were planned and are not done, then new ones.

    `items` begin where the first of `planned` does, before which all are done; `number` is that of the first batch.
    `decided` gives what another row of the file has the row of a place say.
    """
    source = _Ahead(items)
    for plan in planned:
        batch = Batch(phase, plan.number, plan.last)
        for item in source.until(plan.last):
            if not plan.is_done:
                batch.put(item, _sent(phase, item, decided))
        if not plan.is_done:
            yield batch
    yield from _new(source, phase, number + len(planned), decided)


class _Ahead:
    """Items, of which the next can be looked at."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = iter(items)
        self._next = next(self._items, None)

    def until(self, last: Place) -> Iterator[Item]:
        while self._next is not None and self._next.place <= last:
            found, self._next = self._next, next(self._items, None)
            yield found

    def __iter__(self) -> Iterator[Item]:
        if self._next is not None:
            yield self._next
        yield from self._items


def _new(items: Iterable[Item], phase: Phase, number: int, decided: Decided) -> Iterator[Batch]:
    batch: Batch | None = None
    for item in items:
        sent = _sent(phase, item, decided)
        if batch and not batch.takes(sent):
            yield batch
            number, batch = number + 1, None
        batch = batch or Batch(phase, number, item.place)
        batch.put(item, sent)
    if batch:
        yield batch


def _sent(phase: Phase, item: Item, decided: Decided) -> Sent | None:
    """None if it is not sent in this phase."""
    match item:
        case SourceRow(draft=Draft() as draft) if phase is Phase.ROWS:
            return subject(draft), decided(item.place) or body(draft)
        case SourceLink() if phase is Phase.LINKS:
            ends = frozenset((item.from_ref, item.to_ref))
            return hash((ends, item.relation)), orjson.dumps((item.from_ref, item.to_ref, item.confidence))
        case GuardEntry() if phase is Phase.GUARD:
            return hash((item.guard_list, item.entry)), orjson.dumps((item.guard_list, item.entry))
    return None


_NAMES: Final = tuple(FIELDS.values())
_values = attrgetter(*FIELDS)


def body(draft: Draft) -> bytes:
    """`Draft.as_input` in JSON, in half the time."""
    said = zip(_NAMES, _values(draft), strict=True)
    return orjson.dumps({name: one for name, one in said if one is not None})


def subject(draft: Draft) -> int:
    """Equal for all spellings of a value. Of what this program cannot spell, the text itself; the exchange decides."""
    type, value = draft.type, draft.value
    try:
        return hash(canonical(SignalType(type), value, hints(draft)))
    except InvalidInput:
        return hash((type, value))


def hints(draft: Draft) -> Hints:
    """What is part of the identity of some values."""
    return Hints(draft.platform, draft.language, draft.region, draft.scheme)
