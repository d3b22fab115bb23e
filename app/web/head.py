"""Requests whose headers are looked up by name, not by going through all of them each time."""

from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Receive, Scope


class IndexedHeaders(Headers):
    """Of a request; names as ASGI has them, in lower case. Whoever looks one up does not change what is found."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(raw=scope["headers"])
        self._by_name: dict[str, list[str]] = {}
        for name, value in self.raw:
            self._by_name.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))

    def getlist(self, key: str) -> list[str]:
        return self._by_name.get(key.lower(), [])

    def get(self, key: str, default: Any = None) -> Any:
        found = self._by_name.get(key.lower())
        return default if found is None else found[0]

    def __getitem__(self, key: str) -> str:
        return self._by_name[key.lower()][0]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._by_name


class HeadRead(Request):
    """A request whose head is read once."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self._headers = IndexedHeaders(scope)
