"""What a request asks of a collection: how much, from where on, and which objects."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from app.errors import InvalidInput, Refusal, TooMany
from app.rules import limits
from app.rules.moments import checked_moment
from app.web.refusals import HttpRefusal
from app.web.taxii.records import Record

MOST_OBJECTS: Final = limits.MAX_LIST_ITEMS
# Objects that one request names; each is looked up.
MOST_IDS: Final = 100

_FILTERS: Final = ("id", "type", "version", "spec_version")
_WORDS_FOR_VERSIONS: Final = frozenset({"all", "first", "last"})


@dataclass(frozen=True, slots=True)
class Wanted:
    limit: int
    next: str | None
    added_after: datetime | None
    # By filter, what is let through; a filter that is not given lets everything through.
    matches: dict[str, frozenset[str]]

    @property
    def ids(self) -> frozenset[str] | None:
        return self.matches.get("id")

    def let_through(self, records: Iterable[Record]) -> list[Record]:
        return [record for record in records if self._wants(record)]

    def _wants(self, record: Record) -> bool:
        if self.added_after is not None and record.added <= self.added_after and not record.is_gone:
            return False
        # Of each object there is one version, the last told.
        versions = self.matches.get("version", _WORDS_FOR_VERSIONS)
        return (
            (bool(versions & _WORDS_FOR_VERSIONS) or record.version in versions)
            and record.object["type"] in self.matches.get("type", {record.object["type"]})
            and record.object["id"] in self.matches.get("id", {record.object["id"]})
            and "2.1" in self.matches.get("spec_version", {"2.1"})
        )


def read(query_string: bytes) -> Wanted:
    """Raises: HttpRefusal (400, 414), InvalidInput."""
    stated = _stated(query_string)
    return Wanted(_limit(stated), stated.get("next"), _added_after(stated), _matches(stated))


def _stated(query_string: bytes) -> dict[str, str]:
    if len(query_string) > limits.MAX_QUERY_STRING_BYTES:
        words = f"The URL is longer than {limits.MAX_QUERY_STRING_BYTES:,} bytes: name fewer objects."
        raise HttpRefusal(414, TooMany(words))
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=16)
    except ValueError:
        raise _bad("The URL has too many parameters, or is not percent-encoded UTF-8.") from None
    if len(dict(pairs)) != len(pairs):
        raise _bad("The URL has a parameter twice.")
    return dict(pairs)


def _limit(stated: dict[str, str]) -> int:
    """As many as wanted, or as there are at most on a page."""
    text = stated.get("limit", str(MOST_OBJECTS))
    if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII) or int(text) == 0:
        raise InvalidInput("`limit` is a whole number from 1 on.", field="limit", reason=Refusal.OUT_OF_RANGE)
    return min(int(text), MOST_OBJECTS)


def _added_after(stated: dict[str, str]) -> datetime | None:
    if "added_after" not in stated:
        return None
    try:
        moment = datetime.fromisoformat(stated["added_after"])
    except ValueError:
        raise _bad("`added_after` is a time such as 2026-07-01T12:00:00.000000Z.", "added_after") from None
    return checked_moment(moment, "added_after")


def _matches(stated: dict[str, str]) -> dict[str, frozenset[str]]:
    named = {name: value for name, value in stated.items() if name.startswith("match")}
    if not named.keys() <= {f"match[{name}]" for name in _FILTERS}:
        # To leave a filter out of account would give what somebody did not want.
        raise _bad(f"The filters are {', '.join(f'match[{name}]' for name in _FILTERS)}.", "match")
    matches = {name: frozenset(named[f"match[{name}]"].split(",")) for name in _FILTERS if f"match[{name}]" in named}
    if len(matches.get("id", ())) > MOST_IDS:
        raise HttpRefusal(400, TooMany(f"`match[id]` names at most {MOST_IDS} objects."))
    return matches


def _bad(message: str, field: str | None = None) -> InvalidInput:
    return InvalidInput(message, field=field, reason=Refusal.MALFORMED)
