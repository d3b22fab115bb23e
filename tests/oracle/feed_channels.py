"""The change feed as a channel: what it tells, and that it tells nothing else."""

from collections.abc import Iterator
from typing import Any

from app.rules.scopes import Scope
from tests.oracle.channels import Channel, Data, Look, Mark, Seen
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
        """Nothing is told twice, and to a new reader nothing as gone: it never had it (R18)."""
        ids = [item["signalId"] for item in data["changes"]["items"]]
        if len(set(ids)) < len(ids):
            yield "a signal is told twice"
        yield from (f"{item['signalId']} is told as gone" for item in data["changes"]["items"] if item["removed"])


class ChangesSince(Channel):
    """The change feed from where the viewer stood half-way: only what it could see changing, and all of that."""

    name = "changes(after)"
    scopes = Changes.scopes
    # Asked for together with the feed from its start.
    fields = ""

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        wanted = self.expected(look)
        if look.mark is None or not wanted:
            return {}
        copy = replayed(look.mark.copy, data["later"].get("items", []))
        return {id: copy.get(id) for id in wanted}

    def expected(self, look: Look) -> dict[str, Seen]:
        """Without what has lapsed and is not swept yet: that is announced within a minute."""
        if look.mark is None or self._restarted(look, look.mark):
            return {}
        stale = {sig(c.signal) for c in look.facts.contributions if not c.ended and not look.oracle.is_live(c)}
        return {id: seen for id, seen in signals_seen(look).items() if id not in stale}

    def breaches(self, look: Look, data: Data) -> Iterator[str]:
        if look.mark is None:
            return
        restarted = self._restarted(look, look.mark)
        if restarted != ("code" in data["later"]):
            yield f"{'no' if restarted else 'a'} fresh start was asked for"
        may = {sig(signal) for signal in look.history.told_since(look.viewer, look.mark.at)}
        told = (item["signalId"] for item in data["later"].get("items", ()))
        yield from (f"{id} is told, but nothing changed in sight" for id in told if id not in may)

    def _restarted(self, look: Look, mark: Mark) -> bool:
        """Whether so much changed at once that the copy is worth nothing."""
        return look.history.restarts.get(look.viewer, mark.at) > mark.at


def replayed(copy: dict[str, Any], items: list[Any]) -> dict[str, Any]:
    return copy | {item["signalId"]: None if item["removed"] else signal_read(item["signal"]) for item in items}
