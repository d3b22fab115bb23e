"""An answer as it comes in: no larger and no slower than the exchange's are, whoever stands in its place."""

import time
from dataclasses import dataclass, field

import httpx

from .errors import Unexpected

# Bytes, as unpacked. The largest page of the feed, with tags and links, has a tenth of it.
MOST_BYTES = 128 * 1024 * 1024
# Seconds from the first byte to the last; between two of them the timeout of the connection counts.
MOST_SECONDS = 600.0


@dataclass(slots=True)
class Received:
    """What has come so far of one answer."""

    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    began: float = field(default_factory=time.monotonic)

    def take(self, part: bytes) -> None:
        """Raises: Unexpected, httpx.ReadTimeout."""
        self.size += len(part)
        if self.size > MOST_BYTES:
            raise Unexpected("The answer is longer than any of the exchange's.")
        if time.monotonic() - self.began > MOST_SECONDS:
            raise httpx.ReadTimeout("The answer does not end.")
        self.parts.append(part)

    def whole(self, answer: httpx.Response) -> httpx.Response:
        """With what is read of its headers; the others may say how it was packed."""
        wanted = {name: said for name, said in answer.headers.items() if name == "retry-after"}
        return httpx.Response(answer.status_code, headers=wanted, content=b"".join(self.parts))
