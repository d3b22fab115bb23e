"""An answer whose body is there as a whole, written as the server takes it."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Send

NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] | None = None

    async def send(self, send: Send) -> None:
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (self.headers or {}).items()
        ]
        # They would speak of the body that "not modified" stands for.
        if self.status != NOT_MODIFIED:
            headers += [
                (b"content-type", self.content_type.encode("latin-1")),
                (b"content-length", b"%d" % len(self.body)),
            ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})
