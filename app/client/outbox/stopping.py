"""When to stop: a signal asks for it, and it is done once the call under way has been answered."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Stop:
    """A wish to stop that may come at any moment, from a signal or another thread."""

    def __init__(self) -> None:
        self._heard, self._said = os.pipe()
        self.wished = False

    def wish(self) -> None:
        # A byte in a pipe takes no lock, which whoever is interrupted could hold.
        self.wished = True
        os.write(self._said, b"\0")

    def wait(self, seconds: float) -> None:
        """No longer than until it is wished."""
        select.select([self._heard], [], [], seconds)

    def close(self) -> None:
        os.close(self._heard)
        os.close(self._said)


@contextmanager
def on_signals() -> Iterator[Stop]:
    """SIGTERM and Ctrl-C wish it, as long as the block runs."""
    stop = Stop()
    before = {number: signal.signal(number, lambda *_: stop.wish()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop.close()
