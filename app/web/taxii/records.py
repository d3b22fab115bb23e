"""Objects of the collection with what TAXII tells beside them: when they were added, and which version it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.rules.stix import objects
from app.rules.stix.names import StixObject
from app.web.taxii.media import STIX_MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class Record:
    object: StixObject
    # When what it tells of last changed, as far as the reader sees; of what is gone, when that was told.
    added: datetime
    is_gone: bool = False

    @property
    def version(self) -> str:
        # Of what never changes, such as a marking, there is one.
        return str(self.object.get("modified") or self.object["created"])

    def manifest(self) -> dict[str, str]:
        return {
            "id": self.object["id"],
            "date_added": stamp(self.added),
            "version": self.version,
            "media_type": STIX_MEDIA_TYPE,
        }


def stamp(moment: datetime) -> str:
    """A time as TAXII writes it, with six decimals."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def dates(records: Sequence[Record]) -> dict[str, str]:
    """The headers of an answer with objects; none without."""
    added = [record.added for record in records]
    if not added:
        return {}
    return {"X-TAXII-Date-Added-First": stamp(min(added)), "X-TAXII-Date-Added-Last": stamp(max(added))}


def _standing(told: StixObject) -> Record:
    return Record(told, datetime.fromisoformat(told["created"]))


STANDING: Final = tuple(map(_standing, objects.STANDING))


def of_signal(signal: Mapping[str, Any], at: datetime) -> list[Record]:
    added = datetime.fromisoformat(signal["updatedAt"])
    return _once(Record(told, added) for told in objects.of_signal(signal, at))


def of_link(link: Mapping[str, Any], at: datetime) -> list[Record]:
    """Nothing where an end of it is out of sight."""
    added = datetime.fromisoformat(link["createdAt"])
    return [Record(objects.relationship(one, at), added) for one in objects.links_of({"links": [link]})]


def _of_change(change: Mapping[str, Any], at: datetime) -> list[Record]:
    if change["removed"]:
        return [Record(objects.tombstone(change["signalId"], at), at, is_gone=True)]
    return of_signal(change["signal"], at)


def of_changes(changes: Iterable[Mapping[str, Any]], at: datetime) -> list[list[Record]]:
    """For each change its objects, but for those of one before: identities recur, and links are seen at both ends."""
    groups, seen = [], set[str]()
    for change in changes:
        groups.append([record for record in _of_change(change, at) if record.object["id"] not in seen])
        seen.update(record.object["id"] for record in groups[-1])
    return groups


def _once(records: Iterable[Record]) -> list[Record]:
    return list({record.object["id"]: record for record in records}.values())
