"""An answer whose body is there as a whole, written as the server takes it."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Send


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] | None = None

    async def send(self, send: Send) -> None:
        headers = [
            (b"content-type", self.content_type.encode("latin-1")),
            (b"content-length", b"%d" % len(self.body)),
            *(
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in (self.headers or {}).items()
            ),
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})
