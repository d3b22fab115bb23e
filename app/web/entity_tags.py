"""Answers that a client may keep: their entity tags, and whether it has the one that it would get."""

import base64
import hmac
from collections.abc import Iterable
from hashlib import sha256

from starlette.datastructures import Headers

from app.rules.keyring import Keyring
from app.web.reply import NOT_MODIFIED, Reply

_BYTES = 16
# The client keeps it for itself, and asks each time whether it still is so: what it may see can end at any moment.
_KEPT = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept"}


def revalidated(reply: Reply, said: bytes, headers: Headers, keyring: Keyring) -> Reply:
    """The reply under the tag of what it says, or 304 without a body where the request names the tag already."""
    tag = _tag_of(keyring, reply.content_type, said)
    told = {**(reply.headers or {}), **_KEPT, "ETag": tag}
    if _names(headers.getlist("if-none-match"), tag):
        return Reply(NOT_MODIFIED, reply.content_type, b"", told)
    return Reply(reply.status, reply.content_type, reply.body, told)


def _tag_of(keyring: Keyring, content_type: str, said: bytes) -> str:
    """A weak one, as the same answer may travel compressed or not. Keyed, as a plain hash would tell of values (R12);
    the key is never replaced, and every process has it."""
    typed = content_type.encode() + b"\0" + said
    digest = hmac.digest(keyring.derived("entity-tag"), typed, sha256)[:_BYTES]
    return f'W/"{base64.urlsafe_b64encode(digest).decode().rstrip("=")}"'


def _names(stated: Iterable[str], tag: str) -> bool:
    """Compared weakly, as RFC 9110 (section 13.1.2) has it; tags of ours hold no comma."""
    given = {part.strip().removeprefix("W/") for header in stated for part in header.split(",")}
    return "*" in given or tag.removeprefix("W/") in given
