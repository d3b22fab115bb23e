"""Programs in which people sign in: where they may be sent back to, and the one that comes with the exchange."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

from app.errors import InvalidInput, Refusal
from app.rules.ids import Prefix, read, shown

# Our own pages, which run in a browser and keep no secret. This program has no row and belongs to no participant: who
# signs in decides whose data it shows. Records need an id all the same; this one is of nothing else.
EXPLORER_ID = UUID("5c1f63d0-9d5b-4a52-8f0e-6b1f1f7a2c11")
EXPLORER = "lantern-explorer"
EXPLORER_TITLE = "Lantern explorer"
EXPLORER_PATHS = ("/graphiql", "/explore")

MAX_REDIRECT_URIS = 10
# They could end the header or the policy that one is written into, or are never sent to a server.
_REFUSED = frozenset(" \"'<>\\;,#")
# Characters of one; it travels in a query string, which has a limit too.
MAX_REDIRECT_URI_LENGTH = 500


def client_name(id: UUID) -> str:
    """The client_id as programs write it."""
    return EXPLORER if id == EXPLORER_ID else shown(Prefix.CLIENT, id)


def client_id(name: str) -> UUID | None:
    """Null for a text that no client can have as its name."""
    return EXPLORER_ID if name == EXPLORER else read(Prefix.CLIENT, name)


def check_redirect_uris(uris: Sequence[str]) -> list[str]:
    """Raises: InvalidInput unless each is https, or http that stays on the person's own machine."""
    if len(uris) > MAX_REDIRECT_URIS:
        raise _refused(f"A client has at most {MAX_REDIRECT_URIS} redirect URIs.", Refusal.OUT_OF_RANGE)
    if not all(map(_is_safe, uris)):
        raise _refused(
            "A redirect URI is an https:// address, or http:// on 127.0.0.1, [::1] or localhost, of at most"
            f" {MAX_REDIRECT_URI_LENGTH} characters, without user, fragment or white space.",
            Refusal.NOT_A_REDIRECT_URI,
        )
    return sorted(set(uris))


def origin(uri: str) -> str:
    """Of a redirect URI that was checked."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _is_safe(uri: str) -> bool:
    if len(uri) > MAX_REDIRECT_URI_LENGTH or not uri.isascii() or not uri.isprintable() or _REFUSED & set(uri):
        return False
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host))


def is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(message: str, reason: Refusal) -> InvalidInput:
    return InvalidInput(message, field="redirectUris", reason=reason)
