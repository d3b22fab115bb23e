"""Counting wrong passwords, so that guessing is slow and nobody is shut out by others who guess."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.web.networks import network_of

# Wrong passwords in one period: of one account from one address, from one address for all accounts, and of one account
# from everywhere.
FROM_ONE_ADDRESS_FOR_ONE = 5
FROM_ONE_ADDRESS = 30
FOR_ONE_ACCOUNT = 50
PERIOD = timedelta(minutes=15)

# Counts that are remembered; the oldest are forgotten, as inventing names costs nothing.
MAX_COUNTS = 20_000

Key = tuple[str, ...]


@dataclass(slots=True)
class PasswordAttempts:
    """In the memory of one process, by the name that was tried, whether or not anybody has it.

    A password can be guessed, so beyond a limit even the right one is refused: where it comes from an address that has
    sent wrong ones. When many addresses guess at one account, each of them has a single try; whoever has the account is
    let in from an address that did not guess.
    """

    _counts: OrderedDict[Key, tuple[datetime, int]] = field(default_factory=OrderedDict, repr=False)

    def wait(self, name: str, address: str, at: datetime) -> int:
        """Seconds to wait before another try, or 0."""
        both, here, everywhere = _keys(name, address)
        most = 1 if self._count(everywhere, at) >= FOR_ONE_ACCOUNT else FROM_ONE_ADDRESS_FOR_ONE
        limits = {both: most, here: FROM_ONE_ADDRESS}
        return max((self._left(key, at) for key, limit in limits.items() if self._count(key, at) >= limit), default=0)

    def note(self, name: str, address: str, at: datetime) -> None:
        """Count one more, before it is known to be wrong: many that come at once are each counted."""
        for key in _keys(name, address):
            begin, count = self._counts.pop(key, (at, 0))
            self._counts[key] = (at, 1) if at - begin >= PERIOD else (begin, count + 1)
        while len(self._counts) > MAX_COUNTS:
            self._counts.popitem(last=False)

    def take_back(self, name: str, address: str) -> None:
        """The one that was noted last turned out to be right."""
        for key in _keys(name, address):
            begin, count = self._counts.get(key, (None, 0))
            if begin is not None:
                self._counts[key] = (begin, count - 1)

    def _count(self, key: Key, at: datetime) -> int:
        begin, count = self._counts.get(key, (at, 0))
        return count if at - begin < PERIOD else 0

    def _left(self, key: Key, at: datetime) -> int:
        return int((self._counts[key][0] + PERIOD - at).total_seconds()) + 1


def _keys(name: str, address: str) -> tuple[Key, Key, Key]:
    network = network_of(address)
    return ("both", name, network), ("address", network), ("name", name)
