"""Which pages may call the exchange from a browser: its own, and those of the origins that it is told to allow."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

# Beside those that any page may send; tokens go in headers, never in cookies.
_REQUEST_HEADERS = ("Accept", "Authorization", "Content-Type", "DPoP", "X-Request-Id")
_RESPONSE_HEADERS = ("Lantern-Engine", "Retry-After", "WWW-Authenticate", "X-Request-Id")
# Seconds that a browser keeps what it was told.
_MAX_AGE = 600


def origin_of(url: str) -> str:
    """As browsers write it: without a path, in lower case, and without the port that goes without saying."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


@dataclass(frozen=True, slots=True)
class Origins:
    """`own` is that of the exchange."""

    own: str
    others: frozenset[str] = frozenset()

    @classmethod
    def of(cls, issuer: str, others: Collection[str] = ()) -> "Origins":
        return cls(origin_of(issuer), frozenset(map(origin_of, others)))

    def allow(self, headers: Headers) -> bool:
        """Whether a WebSocket may be opened: browsers always say for which page, and nothing else hinders them."""
        stated = headers.getlist("origin")
        return not stated or (len(stated) == 1 and stated[0] in {self.own, *self.others})


class CrossOrigin:
    """ASGI middleware: lets pages of other origins call some paths, and read what these answer."""

    def __init__(self, app: ASGIApp, origins: Origins, paths: Collection[str]) -> None:
        self._app = app
        self._paths = frozenset(paths)
        self._open = CORSMiddleware(
            app,
            allow_origins=sorted(origins.others),
            allow_methods=("GET", "POST"),
            allow_headers=_REQUEST_HEADERS,
            expose_headers=_RESPONSE_HEADERS,
            max_age=_MAX_AGE,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_open = scope["type"] == "http" and scope["path"] in self._paths
        await (self._open if is_open else self._app)(scope, receive, send)
