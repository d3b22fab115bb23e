"""Counting wrong secrets, so that whoever keeps sending them is told to wait."""

from collections import OrderedDict
from datetime import datetime, timedelta

# Wrong secrets of one client in one period; a program that was set up wrongly retries more often than that.
MAX_ATTEMPTS = 20
PERIOD_SECONDS = 60

# Names that are remembered; the oldest are forgotten, as inventing names costs nothing.
MAX_NAMES = 10_000


class FailedAttempts:
    """In the memory of one process, by the name that was used, whether or not there is such a client.

    Only wrong secrets are refused: otherwise anybody could shut a client out by sending wrong ones in its name.
    """

    def __init__(self) -> None:
        self._periods: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def note(self, name: str, at: datetime) -> int:
        """Count one more; seconds to wait, or 0 while there are few."""
        begin, count = self._periods.get(name, (at, 0))
        ends = begin + timedelta(seconds=PERIOD_SECONDS)
        if at >= ends:
            begin, count, ends = at, 0, at + timedelta(seconds=PERIOD_SECONDS)
        self._periods[name] = (begin, count + 1)
        self._forget()
        return int((ends - at).total_seconds()) + 1 if count >= MAX_ATTEMPTS else 0

    def _forget(self) -> None:
        while len(self._periods) > MAX_NAMES:
            self._periods.popitem(last=False)
