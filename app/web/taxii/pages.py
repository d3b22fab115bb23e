"""Pages of the collection: whole signals as long as they fit, as only the feed itself knows how to go on after one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain
from typing import Any

from app.rules.stix import names
from app.web.taxii import records
from app.web.taxii.asking import Asked
from app.web.taxii.places import Amid, Place
from app.web.taxii.query import Wanted
from app.web.taxii.records import STANDING, Record


@dataclass(frozen=True, slots=True)
class Page:
    records: Sequence[Record]
    # Where to go on, at once or later; null where what was asked for does not go on.
    next: Place | None
    more: bool

    def told(self, items: str, shown: Callable[[Record], Mapping[str, Any]]) -> dict[str, Any]:
        told: dict[str, Any] = {"more": self.more}
        if self.next is not None:
            told["next"] = str(self.next)
        if self.records:
            told[items] = [shown(record) for record in self.records]
        return told


@dataclass(frozen=True, slots=True)
class Owed:
    """What comes before that which follows in the feed after a place, and the place after so many of it."""

    records: list[Record]
    place: Place

    def after(self, given: int) -> Place:
        place = self.place
        if place.after is None:
            return replace(place, given=place.given + given)
        if place.amid is None or given == len(self.records):
            return Place(place.after)
        return replace(place, amid=Amid(place.amid.signal_id, self.records[given - 1].object["id"]))


@dataclass(frozen=True, slots=True)
class Pages:
    """What one request reads."""

    asked: Asked
    wanted: Wanted

    async def page(self) -> Page:
        """Raises: as `Asked`; InvalidInput for a place that is none."""
        limit, place = self.wanted.limit, Place.read(self.wanted.next)
        if self.wanted.ids is not None:
            return await self._of_ids(sorted(self.wanted.ids), place.given)
        owed = await self._owed(place)
        if len(owed.records) >= limit:
            return Page(owed.records[:limit], owed.after(limit), more=True)
        return await self._from_feed(owed)

    async def _of_ids(self, ids: list[str], given: int) -> Page:
        end = given + self.wanted.limit
        found = self.wanted.let_through(await self.named(frozenset(ids[given:end])))
        more = end < len(ids)
        return Page(found, Place(None, end) if more else None, more)

    async def named(self, ids: frozenset[str]) -> list[Record]:
        """Those of these objects that the caller sees; what is gone is no object any more. Raises: as `Asked`."""
        behind = sorted({shown for shown in map(names.behind, ids) if shown is not None})
        nodes = await self.asked.found(behind) if behind else []
        told = chain(STANDING, *map(self._of_node, nodes))
        # A link comes with each of its ends.
        return list({record.object["id"]: record for record in told if record.object["id"] in ids}.values())

    def _of_node(self, node: Mapping[str, Any]) -> list[Record]:
        return (records.of_link if "relation" in node else records.of_signal)(node, self.asked.at)

    async def _owed(self, place: Place) -> Owed:
        if place.after is None:
            return Owed(self.wanted.let_through(STANDING)[place.given :], place)
        if place.amid is None:
            return Owed([], place)
        for signal in await self.asked.found([place.amid.signal_id]):
            told = self.wanted.let_through(records.of_signal(signal, self.asked.at))
            ids = [record.object["id"] for record in told]
            # Where the last one is no more, all of them come again.
            given = ids.index(place.amid.last) + 1 if place.amid.last in ids else 0
            return Owed(told[given:], place)
        return Owed([], Place(place.after))

    async def _from_feed(self, owed: Owed) -> Page:
        """What is owed and what follows in the feed. It is read anew for fewer signals where they are too many objects:
        how to go on after a signal is told only by a page that ends with it."""
        given = len(owed.records)
        room = self.wanted.limit - given
        first = max(1, room // 2)
        while True:
            read = await self.asked.changes(owed.place.after, first)
            groups = [self.wanted.let_through(group) for group in records.of_changes(read["items"], self.asked.at)]
            fitting = sum(size <= room for size in accumulate(map(len, groups)))
            if fitting == len(groups):
                return Page([*owed.records, *chain(*groups)], Place(read["endCursor"]), more=not read["caughtUp"])
            if fitting == 0 and given:
                return Page(owed.records, owed.after(given), more=True)
            if fitting == 0 and first == 1:
                amid = Amid(read["items"][0]["signalId"], groups[0][room - 1].object["id"])
                return Page(groups[0][:room], Place(read["endCursor"], amid=amid), more=True)
            first = max(1, fitting)
