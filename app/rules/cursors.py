"""Cursors: opaque, authenticated, of constant length, and worthless to anybody else (R18)."""

import base64
import secrets
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import InvalidInput, Refusal
from app.rules.keyring import Keyring

_NONCE_BYTES = 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEYSET = struct.Struct(">q16s")
_PLACE = struct.Struct(">QQQ")
_NUMBER = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Key:
    """Where a page of a list ends: the time and id of its last row."""

    moment: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stands in the change feed: its epoch, and the internal positions that it has read to and that
    the feed had come to when it began with nothing."""

    epoch: int
    position: int = 0
    began: int = 0


@dataclass(frozen=True, slots=True)
class Cursors:
    """Writes and reads the cursors of one participant; others' cursors are refused."""

    keyring: Keyring
    participant_id: UUID

    def of_key(self, key: Key) -> str:
        """The same whenever it is written, so that an answer which is asked for again is the same: it stands for a row
        that its reader sees."""
        microseconds = (key.moment - _EPOCH) // timedelta(microseconds=1)
        content = _KEYSET.pack(microseconds, key.id.bytes)
        # Another row has another nonce, as with a random one.
        secret = self.keyring.derived("cursor-nonce")
        nonce = blake2b(self._bound_to("list") + content, key=secret, digest_size=_NONCE_BYTES).digest()
        return self._written("list", content, nonce)

    def key(self, text: str | None) -> Key | None:
        """Raises: InvalidInput for anything but a cursor of one of the participant's own lists."""
        if text is None:
            return None
        microseconds, id = _KEYSET.unpack(self._read("list", text))
        return Key(_EPOCH + timedelta(microseconds=microseconds), UUID(bytes=id))

    def of_place(self, place: Place) -> str:
        """Another one each time: two alike would tell that nothing happened between them, hidden changes included."""
        content = _PLACE.pack(place.epoch, place.position, place.began)
        return self._written("feed", content, secrets.token_bytes(_NONCE_BYTES))

    def place(self, text: str, field: str = "after") -> Place:
        """Raises: InvalidInput for anything but a cursor of the participant's own feed."""
        return Place(*_PLACE.unpack(self._read("feed", text, field)))

    def of_feedback_place(self, place: Place) -> str:
        content = _PLACE.pack(place.epoch, place.position, place.began)
        return self._written("feedback", content, secrets.token_bytes(_NONCE_BYTES))

    def feedback_place(self, text: str) -> Place:
        """Raises: InvalidInput for anything but a cursor of the participant's own feedback."""
        return Place(*_PLACE.unpack(self._read("feedback", text)))

    def of_case_event(self, case_id: UUID, number: int) -> str:
        return self._written(f"case {case_id}", _NUMBER.pack(number), secrets.token_bytes(_NONCE_BYTES))

    def case_event(self, case_id: UUID, text: str) -> int:
        """Raises: InvalidInput for anything but a cursor of this case for this participant."""
        (number,) = _NUMBER.unpack(self._read(f"case {case_id}", text))
        return int(number)

    def _written(self, kind: str, content: bytes, nonce: bytes) -> str:
        sealed = self._cipher().encrypt(nonce, content, self._bound_to(kind))
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def _read(self, kind: str, text: str, field: str = "after") -> bytes:
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            content = self._cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._bound_to(kind))
        except (ValueError, InvalidTag) as error:
            raise InvalidInput(
                "This cursor is not one of this list for you: use one from a page that you got, or none to start.",
                field=field,
                reason=Refusal.BAD_CURSOR,
            ) from error
        return content

    def _cipher(self) -> AESGCM:
        return AESGCM(self.keyring.derived("cursor"))

    def _bound_to(self, kind: str) -> bytes:
        return kind.encode() + self.participant_id.bytes
