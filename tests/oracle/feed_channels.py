"""The change feed as a channel: what it tells, and that it tells nothing else."""

from collections.abc import Iterator
from typing import Any

from app.rules.scopes import Scope
from tests.oracle.channels import Channel, Data, Look, Seen
from tests.oracle.documents import SIGNAL, document
from tests.oracle.nouns import signal_read, signals_seen
from tests.oracle.readings import sig

_PAGE = (
    f"... on ChangePage {{ items {{ removed signalId signal {{ {SIGNAL} }} }} endCursor }}"
    " ... on ResyncRequired { code }"
)
FROM_START = document([f"changes(first: 1000) {{ {_PAGE} }}"])


class Changes(Channel):
    """The change feed from its start: replayed, it is what a full read shows (R17)."""

    name = "changes"
    scopes = frozenset({Scope.SIGNALS_READ, Scope.FEED_READ})
    variables = (("mark", "String"),)
    fields = f"changes(first: 1000) {{ {_PAGE} }} later: changes(after: $mark, first: 1000) {{ {_PAGE} }}"

    def given(self, look: Look) -> Data:
        return {"mark": look.mark.cursor if look.mark else None}

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        return replayed({}, data["changes"]["items"])

    def expected(self, look: Look) -> dict[str, Seen]:
        return signals_seen(look)

    def breaches(self, look: Look, data: Data) -> Iterator[str]:
        """Nothing is told twice, and nothing is told as gone that never was there."""
        ids = [item["signalId"] for item in data["changes"]["items"]]
        if len(set(ids)) < len(ids):
            yield "a signal is told twice"
        known = {sig(signal) for _, signal in look.history.told[look.viewer]}
        yield from (f"{id} was never in sight" for id in ids if id not in known)


class ChangesSince(Channel):
    """The change feed from where the viewer stood half-way: only what it could see changing, and all of that."""

    name = "changes(after)"
    scopes = Changes.scopes
    # Asked for together with the feed from its start.
    fields = ""

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        if look.mark is None or "items" not in data["later"]:
            return {id: seen.answer for id, seen in self.expected(look).items()}
        copy = replayed(look.mark.copy, data["later"]["items"])
        return {id: copy.get(id) for id in self.expected(look)}

    def expected(self, look: Look) -> dict[str, Seen]:
        """Without what has lapsed and is not swept yet: that is announced within a minute."""
        stale = {sig(c.signal) for c in look.facts.contributions if not c.ended and not look.oracle.is_live(c)}
        return {id: seen for id, seen in signals_seen(look).items() if id not in stale} if look.mark else {}

    def breaches(self, look: Look, data: Data) -> Iterator[str]:
        if look.mark is None:
            return
        restarted = look.history.restarts.get(look.viewer, look.mark.at) > look.mark.at
        if restarted != ("code" in data["later"]):
            yield f"{'no' if restarted else 'a'} fresh start was asked for"
        may = {sig(signal) for signal in look.history.told_since(look.viewer, look.mark.at)}
        told = (item["signalId"] for item in data["later"].get("items", ()))
        yield from (f"{id} is told, but nothing changed in sight" for id in told if id not in may)


def replayed(copy: dict[str, Any], items: list[Any]) -> dict[str, Any]:
    return copy | {item["signalId"]: None if item["removed"] else signal_read(item["signal"]) for item in items}
