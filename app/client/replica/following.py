"""What to ask the feed for next, and what to make of its answer: decided here, asked in `syncing`."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import cast

from ...rules.normal_forms import NORMALISER_VERSION
from .. import operations
from ..answers import ChangePage, ResyncRequired, Viewer, must_resync
from ..errors import NotReady
from ..operations import Operation
from .state import Owner, State
from .store import Store

# Those that decide what a page holds, and for which types it holds tags.
SCOPES = ("signals:match", "signals:reveal", "feedback:read", "participants:read")
# Live match keys of one participant: the newest, and the one before.
_LIVE = 2

Page = ChangePage | ResyncRequired
MatchKeys = Callable[[int], str | None]
"""The match key of an epoch, if it is kept on this machine."""


@dataclass(slots=True)
class Progress:
    """What was done so far."""

    signals: int = 0
    removed: int = 0
    # How often everything was dropped and read anew.
    restarts: int = 0
    caught_up: bool = False
    seconds: float = 0.0


@dataclass(slots=True)
class Follower:
    """One replica on its way along the feed."""

    store: Store
    state: State
    match_keys: MatchKeys
    progress: Progress = field(default_factory=Progress)

    @classmethod
    def begin(cls, store: Store, owner: Owner, scopes: Collection[str], match_keys: MatchKeys) -> "Follower":
        """Go on where the store is, or begin in an empty one.

        Raises: NotReady if it is somebody else's.
        """
        fresh = State(owner, tuple(scope for scope in SCOPES if scope in scopes), NORMALISER_VERSION)
        found = store.state
        if found is not None:
            _check_owner(found.owner, owner)
        if found is None or (found.scopes, found.spelling) != (fresh.scopes, fresh.spelling):
            # Who has the file open knows by this that something was written.
            found = store.restart(replace(fresh, writes=found.writes if found else 0))
        return cls(store, found, match_keys)

    def next_page(self, after: str | None, first: int = operations.MAX_ROWS) -> Operation[Page]:
        return operations.changes(after, first, scopes=self.state.scopes, epoch=self.state.epoch)

    def take(self, page: Page, asked_at: float | None = None) -> bool:
        """Do what the page says. False if it was no good, and all begins again from `state.cursor`."""
        if must_resync(page):
            self.restart(page["startCursor"])
            return False
        return self._follow(cast(ChangePage, page), time.time() if asked_at is None else asked_at)

    def _follow(self, page: ChangePage, asked_at: float) -> bool:
        newest = page.get("matchKeyEpoch")
        epoch = self._epoch(newest)
        # Of which key the tags are that were read so far; before the first page, of which those on this page are.
        held = self.state.epoch if self.state.epoch is not None or self.state.normalisers else newest
        if epoch != held or self._is_respelt(page):
            self.restart(None, epoch)
            return False
        state = replace(
            self.state, epoch=epoch, normalisers=tuple(sorted({*self.state.normalisers, *_spellings(page)}))
        )
        self.state = self.store.apply(state, page, asked_at)
        gone = sum(item["signal"] is None for item in page["items"])
        self.progress.signals += len(page["items"]) - gone
        self.progress.removed += gone
        self.progress.caught_up = page["caughtUp"]
        return True

    def restart(self, cursor: str | None, epoch: int | None = None) -> None:
        """Drop everything, and read anew from this cursor, or the start."""
        fresh = replace(self.state, cursor=cursor, epoch=epoch, normalisers=())
        self.state = self.store.restart(fresh)
        self.progress.restarts += 1
        self.progress.caught_up = False

    def _epoch(self, newest: int | None) -> int | None:
        """The match key that tags should be of: the newest that is here; if none is, the newest there is."""
        if newest is None or newest == self.state.epoch or self.match_keys(newest) is not None:
            return newest
        before = newest - _LIVE + 1
        if self.state.epoch is not None and self.state.epoch >= before:
            return self.state.epoch
        return before if before > 0 and self.match_keys(before) is not None else newest

    def _is_respelt(self, page: ChangePage) -> bool:
        """Whether the exchange has come to another version of the normal forms, under which all is read anew."""
        return bool(self.state.normalisers) and page["normaliserVersion"] > max(self.state.normalisers)


def owner_of(exchange: str, viewer: Viewer) -> Owner:
    person, participant = viewer["person"], viewer.get("participant")
    return Owner(exchange, viewer["clientId"], person and person["id"], participant and participant["id"])


def _check_owner(kept: Owner, owner: Owner) -> None:
    if kept.exchange != owner.exchange:
        raise NotReady(f"This replica is of {kept.exchange}: use another profile for {owner.exchange}, or delete it.")
    if (kept.client, kept.person) != (owner.client, owner.person):
        raise NotReady(
            f"This replica is of client {kept.client}: use another profile for {owner.client}, or delete it."
        )
    if None not in (kept.participant, owner.participant) and kept.participant != owner.participant:
        raise NotReady("This client belongs to another participant now: delete the replica, and run `lantern sync`.")


def _spellings(page: ChangePage) -> set[int]:
    """Versions that values on the page may be spelt in."""
    tags = (item["signal"] and item["signal"].get("matchTag") for item in page["items"])
    return {page["normaliserVersion"], *(tag["normaliserVersion"] for tag in tags if tag)}
