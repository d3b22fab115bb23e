"""How many sockets and event streams there may be at a time, in one process."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from app.errors import TooMany
from app.rules import limits
from app.web.networks import network_of


@dataclass(slots=True)
class StreamBounds:
    """By address until a client has said who it is, and by client from then on."""

    _open: Counter[Hashable] = field(default_factory=Counter)

    @contextmanager
    def of_address(self, address: str) -> Iterator[None]:
        """Raises: TooMany."""
        with self._one_more(network_of(address), limits.MAX_NEW_SOCKETS, "connections that have not said who they are"):
            yield

    @contextmanager
    def of_client(self, client_id: UUID) -> Iterator[None]:
        """Raises: TooMany."""
        with self._one_more(client_id, limits.MAX_CLIENT_STREAMS, "sockets and event streams of one client"):
            yield

    @contextmanager
    def _one_more(self, whose: Hashable, most: int, what: str) -> Iterator[None]:
        if self._open[whose] >= most:
            raise TooMany(f"There are {most} {what} already. Use one for several operations, or close some.")
        self._open[whose] += 1
        try:
            yield
        finally:
            self._open[whose] -= 1
            if not self._open[whose]:
                del self._open[whose]
