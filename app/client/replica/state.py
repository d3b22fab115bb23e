"""Where a replica stands: of which exchange and client it is, how far it has read, and what its keys were made with."""

from dataclasses import asdict, dataclass
from typing import Self

import orjson


@dataclass(frozen=True, slots=True)
class Owner:
    """For whom the feed is: another one sees something else. `participant` is null for clients that may not read it."""

    exchange: str
    client: str
    person: str | None = None
    participant: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Kept in the file with what it speaks of, and written in the same transactions."""

    owner: Owner
    # Scopes that decide what a page holds.
    scopes: tuple[str, ...]
    # The normal forms of the program that made the look-up keys, and those that tags were seen under, or may be.
    spelling: int
    normalisers: tuple[int, ...] = ()
    # Of the match key behind the tags; null without one.
    epoch: int | None = None
    # Where to go on; null at the start.
    cursor: str | None = None
    # Whether all was read once since the last start.
    complete: bool = False
    # When the exchange last said that there is no more, in seconds since 1970.
    synced_at: float | None = None
    # Counts what was written, so that readers know when to look again.
    writes: int = 0

    @classmethod
    def read(cls, text: str) -> Self:
        said = orjson.loads(text)
        lists = {name: tuple(said[name]) for name in ("scopes", "normalisers")}
        return cls(**said | lists | {"owner": Owner(**said["owner"])})

    def text(self) -> str:
        return orjson.dumps(asdict(self)).decode()
