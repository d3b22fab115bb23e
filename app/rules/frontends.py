"""Programs in which people sign in: where they may be sent back to, and those that come with the exchange."""

import ipaddress
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from app.errors import InvalidInput, Refusal
from app.rules.ids import Prefix, read, shown


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A program of ours, which runs at the person's and keeps no secret. It has no row and belongs to no participant:
    who signs in decides whose data it shows. Records need an id all the same; it is of nothing else."""

    id: UUID
    name: str
    title: str
    # Paths are those of the exchange itself.
    sends_back_to: tuple[str, ...]

    def redirect_uris(self, issuer: str) -> frozenset[str]:
        return frozenset(issuer + uri if uri.startswith("/") else uri for uri in self.sends_back_to)


EXPLORER = BuiltIn(
    UUID("5c1f63d0-9d5b-4a52-8f0e-6b1f1f7a2c11"), "lantern-explorer", "Lantern explorer", ("/graphiql", "/explore")
)
# It listens for the answer on whichever port is free.
COMMAND_LINE = BuiltIn(
    UUID("0d6a4c1e-6f0b-4f2e-9a35-c7d0b3e85f42"),
    "lantern-cli",
    "Lantern command line",
    ("http://127.0.0.1/callback",),
)
BUILT_IN = {program.id: program for program in (EXPLORER, COMMAND_LINE)}
_BY_NAME = {program.name: program.id for program in BUILT_IN.values()}

MAX_REDIRECT_URIS = 10
# By the address alone: what `localhost` leads to is up to the machine (RFC 8252, section 8.3).
_LOOPBACK_WITH_PORT = re.compile(r"\A(http://(?:127\.0\.0\.1|\[::1\])):[0-9]{1,5}(?=[/?]|\Z)")
# They could end the header or the policy that one is written into, or are never sent to a server.
_REFUSED = frozenset(" \"'<>\\;,#")
# Characters of one; it travels in a query string, which has a limit too.
MAX_REDIRECT_URI_LENGTH = 500


def client_name(id: UUID) -> str:
    """The client_id as programs write it."""
    return BUILT_IN[id].name if id in BUILT_IN else shown(Prefix.CLIENT, id)


def client_id(name: str) -> UUID | None:
    """Null for a text that no client can have as its name."""
    return _BY_NAME.get(name) or read(Prefix.CLIENT, name)


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


def is_registered(uri: str, registered: Collection[str]) -> bool:
    """Whether people may be sent back there: character by character, but for the port of a program on their own
    machine that was registered without one (RFC 8252, section 7.3)."""
    return uri in registered or (_is_safe(uri) and _LOOPBACK_WITH_PORT.sub(r"\1", uri) in registered)


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
