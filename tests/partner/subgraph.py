"""A partner's subgraph, to be copied: it adds its own fields to our `Signal`, and keeps a list of what it watches.

It runs behind the partner's own gateway: `python -m tests.partner.subgraph <port> <exchange> <client>...`, with the ids
of the partner's API clients; with `--sdl` instead it prints the schema that is composed with ours.
"""

import sys
from typing import Final

import strawberry
from strawberry import federation
from strawberry.federation.schema_directives import Key

from tests.partner.tokens import serve

# What the partner keeps about signals, by their ids; in place of its own database.
MATCHES: Final[dict[str, int]] = {}
WATCHED: Final[dict[str, "Watched"]] = {}


@federation.type(keys=[Key(fields="slug", resolvable=False)])
class Participant:
    """One of the exchange's, which alone knows more than its slug."""

    slug: str


@federation.type(keys=["id"])
class Signal:
    """One of the exchange's, with what we know about it ourselves."""

    id: strawberry.ID

    @strawberry.field(description="How many of our accounts it has matched.")
    def local_matches(self) -> int:
        return MATCHES.get(self.id, 0)

    @strawberry.field(description="What our investigators noted; null if nothing.")
    def local_note(self) -> str | None:
        return WATCHED[self.id].note if self.id in WATCHED else None


@strawberry.type(description="A signal that we watch.")
class Watched:
    # Null where the exchange does not show it, so that the rest of the list stays.
    signal: Signal | None = strawberry.field(description="Null once the exchange does not show it to you.")
    contact: Participant | None = strawberry.field(description="Whom to ask about it.")
    note: strawberry.Private[str]


@strawberry.type
class Query:
    @strawberry.field(description="What we watch, the oldest first.")
    def watchlist(self) -> list[Watched]:
        return list(WATCHED.values())


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Watch a signal, and note why.")
    def watch_signal(self, signal_id: strawberry.ID, contact: str, note: str) -> Watched:
        WATCHED[signal_id] = Watched(signal=Signal(id=signal_id), contact=Participant(slug=contact), note=note)
        return WATCHED[signal_id]


schema = federation.Schema(Query, Mutation, federation_version="2.9")


if __name__ == "__main__":
    if sys.argv[1:] == ["--sdl"]:
        print(schema.as_str())
    else:
        serve(schema, *sys.argv[1:])
