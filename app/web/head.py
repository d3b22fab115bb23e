"""Requests whose headers are looked up by name, not by going through all of them each time."""

from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Receive, Scope


class IndexedHeaders(Headers):
    """Of a request; names as ASGI has them, in lower case."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(raw=scope["headers"])
        self._by_name: dict[bytes, list[bytes]] = {}
        for name, value in self.raw:
            self._by_name.setdefault(name, []).append(value)

    def getlist(self, key: str) -> list[str]:
        return [value.decode("latin-1") for value in self._by_name.get(key.lower().encode("latin-1"), ())]

    def get(self, key: str, default: Any = None) -> Any:
        found = self.getlist(key)
        return found[0] if found else default

    def __getitem__(self, key: str) -> str:
        return self._by_name[key.lower().encode("latin-1")][0].decode("latin-1")

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower().encode("latin-1") in self._by_name


class HeadRead(Request):
    """A request whose head is read once."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self._headers = IndexedHeaders(scope)
